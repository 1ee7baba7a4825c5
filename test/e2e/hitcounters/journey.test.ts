import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { uidOf, untilAnew } from "../../support/aftermath.ts";
import { freshNamespace, installedOperator, testCluster } from "../../support/cluster.ts";
import { getOnce } from "../../support/get.ts";
import { hitsOf, patchSpec, read, untilReady, untilSettled, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { startLoad } from "../../support/load.ts";
import { until } from "../../support/until.ts";

const sample = join(import.meta.dirname, "../../../samples/hitcounter.yaml");
let kubectl: Kubectl;
let url: string;

beforeAll(async () => {
  kubectl = await freshNamespace(testCluster().kubectl, "journey");
}, 3_600_000);

const get = async (path: string) => {
  const { status, body } = await getOnce(`${url}${path}`);
  return { status, body: body.trim() };
};

describe("the sample", () => {
  it("becomes Ready after kubectl apply", async () => {
    await kubectl("apply", "-f", sample);
    await untilReady(kubectl, "hitcounter");
    url = await urlOf(kubectl, "hitcounter");
  });

  it("has an EXTERNAL-IP on the Service proxy, which counts from 1", async () => {
    const [, row] = (await kubectl("get", "service", "proxy")).split("\n");
    expect(`http://${row?.split(/\s+/)[3]}`).toBe(url);
    expect(await get("/")).toEqual({ status: 200, body: "Holla! we have hit 1 times" });
    expect(await get("/")).toEqual({ status: 200, body: "Holla! we have hit 2 times" });
  });

  it("counts for pods in the cluster under the name proxy", async () => {
    const { image } = await installedOperator(kubectl);
    const script = "fetch('http://proxy/').then(r => r.text()).then(t => console.log(t.trim()))";
    const restricted = {
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "visitor",
          image,
          command: ["/nodejs/bin/node", "-e", script],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
      restartPolicy: "Never",
    };
    await kubectl.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "visitor" }, spec: restricted });
    await kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/visitor", "--timeout=180s");
    expect((await kubectl("logs", "visitor")).trim()).toBe("Holla! we have hit 3 times");
    await kubectl("delete", "pod", "visitor");
  });

  it("answers /health, /hits and a badge that only shows without counting, and keeps the rest inside", async () => {
    expect(await get("/health")).toEqual({ status: 200, body: '{"status":"UP"}' });
    expect(await get("/favicon.ico")).toMatchObject({ status: 404 });
    expect(await get("/metrics")).toMatchObject({ status: 404 });
    expect(await get("/ready")).toMatchObject({ status: 404 });
    const title = expect.stringContaining("<title>visits: 3</title>");
    expect(await get("/badge.svg?label=visits&count=false")).toEqual({ status: 200, body: title });
    expect(await get("/hits")).toEqual({ status: 200, body: '{"hits":3}' });
  });

  it("is shown by kubectl get hitcounters with its hits", async () => {
    const columns = await until("the hits are shown", async () => {
      const [header, row] = (await kubectl("get", "hitcounters"))
        .split("\n")
        .map((line) => line.split(/\s+/));
      return row?.[3] === "3" && { header, row };
    });
    expect(columns.header).toEqual(["NAME", "VERSION", "READY", "HITS", "ADDRESS", "STATUS", "AGE"]);
    expect(columns.row.slice(0, 6)).toEqual([
      "hitcounter",
      "1.0.0",
      "2/2",
      "3",
      url.replace("http://", ""),
      "Serving",
    ]);
  });
});

describe("an upgrade under load", () => {
  it("fails no request and loses and invents no hit", async () => {
    const version = "1.1.0";
    const before = await hitsOf(url);
    // Few, as others run beside this; what many see is shown by upgrades.test.ts.
    const load = startLoad(`${url}/`, { rate: 20, keptAlive: 2 });
    await until("the load runs", () => load.answered() > 20);
    await patchSpec(kubectl, "hitcounter", { version });
    await untilSettled(kubectl, "hitcounter");
    await until("only the new version answers", async () => {
      const versions = await Promise.all(Array.from({ length: 8 }, () => getOnce(`${url}/health`)));
      return versions.every((answer) => answer.version === version);
    });
    const { numbers, failures, versions } = await load.stop();

    expect(failures).toEqual([]);
    expect([...versions.keys()].sort()).toEqual(["1.0.0", "1.1.0"]);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect((await hitsOf(url)) - before).toBe(numbers.length);
    expect((await read(kubectl, "hitcounter")).status).toMatchObject({ version, ready: "2/2" });
    const described = await until("its end is told as an event, which may come late", async () => {
      const text = await kubectl("describe", "hitcounter", "hitcounter");
      return new RegExp(`UpgradeFinished .* Upgraded from \\S+ to ${version}`).test(text) && text;
    });
    expect(described).toMatch(new RegExp(`UpgradeStarted .* Upgrading from \\S+ to ${version}`));
  });
});

describe("a HitCounter that is deleted", () => {
  it("takes everything along but the kept data, and counts on when it is applied again", async () => {
    await untilSettled(kubectl, "hitcounter");
    url = await urlOf(kubectl, "hitcounter");
    const before = await hitsOf(url);
    await kubectl("delete", "hitcounter", "hitcounter");
    const left = await until(
      "its children are gone",
      async () => {
        const listed = await kubectl(
          "get",
          "deployment,statefulset,replicaset,pod,service,secret,configmap,pvc",
          "-l",
          "app.kubernetes.io/name=hitcounter",
          "-o",
          "name",
        );
        const names = listed.trim().split("\n");
        return names.length === 1 && names;
      },
      { withinSeconds: 240 },
    );
    expect(left).toEqual(["persistentvolumeclaim/data-hitcounter-redis-0"]);

    await kubectl("apply", "-f", sample);
    await untilReady(kubectl, "hitcounter");
    url = await urlOf(kubectl, "hitcounter");
    expect(await hitsOf(url)).toBe(before);
    expect(await get("/")).toEqual({ status: 200, body: `Holla! we have hit ${before + 1} times` });
  });

  it("takes the data along too when its deletionPolicy says so, and nothing else does", async () => {
    const before = await hitsOf(url);
    await patchSpec(kubectl, "hitcounter", { deletionPolicy: "Delete" });
    const owner = "jsonpath={.metadata.ownerReferences[*].kind}";
    await until(
      "the volume belongs to the HitCounter",
      async () => (await kubectl("get", "pvc", "data-hitcounter-redis-0", "-o", owner)) === "HitCounter",
    );
    const redis = "statefulset/hitcounter-redis";
    const uid = await uidOf(kubectl, redis);
    await kubectl("delete", "all", "-l", "app.kubernetes.io/instance=hitcounter", "--wait=false");
    await untilAnew(kubectl, redis, uid);
    await untilSettled(kubectl, "hitcounter");
    url = await urlOf(kubectl, "hitcounter");
    expect(await hitsOf(url)).toBe(before);

    await kubectl("delete", "hitcounter", "hitcounter");
    await until(
      "everything is gone",
      async () =>
        (
          await kubectl(
            "get",
            "pod,pvc,service,secret",
            "-l",
            "app.kubernetes.io/name=hitcounter",
            "-o",
            "name",
          )
        ).trim() === "",
      { withinSeconds: 240 },
    );
  });
});
