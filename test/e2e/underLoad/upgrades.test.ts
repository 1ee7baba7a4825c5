import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { issue } from "../../../operator/testing/certificates.ts";
import {
  expectAsItShould,
  namesOf,
  podsOf,
  restartsOf,
  untilSettledAndGone,
} from "../../support/aftermath.ts";
import { freshNamespace, installedOperator, testCluster } from "../../support/cluster.ts";
import {
  conditionOf,
  makeHitCounter,
  patchSpec,
  read,
  untilReady,
  untilSettled,
  urlOf,
} from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { tagInNodes } from "../../support/nodeImages.ts";
import { type Change, expectReplaced } from "../../support/replaced.ts";
import { sizeOf } from "../../support/size.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { expectUnnoticed } from "../../support/unnoticed.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
const VERSIONS = ["1.1.0", "1.0.0"];
const bumps = sizeOf("BUMPS", { test: 10, soak: 100 });
const renewals = sizeOf("RENEWALS", { test: 3, soak: 100 });
/** So many handshakes in a row that are all of one mind have been with each of the proxies. */
const HANDSHAKES = 20;
const NEXT_PROXY = "localhost/hitcounter-test/nginx:next";
let kubectl: Kubectl;

beforeAll(async () => {
  const cluster = testCluster();
  kubectl = await freshNamespace(cluster.kubectl, "upgrades");
  const { PROXY_IMAGE: proxy = "" } = (await installedOperator(cluster.kubectl)).env;
  await tagInNodes(proxy, NEXT_PROXY);
  await putCertificate("0.example");
  await makeHitCounter(kubectl, NAME, { pages: { max: 2 } });
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "upgrades", "--wait=false");
});

const told = () => conditionOf(kubectl, NAME, "CertificateValid");
const patch = (spec: object) => patchSpec(kubectl, NAME, spec);
const versionNow = async () => (await read(kubectl, NAME)).spec.version;
const otherVersion = () => VERSIONS.find((version) => version !== lastVersion) ?? "";
let lastVersion = "1.0.0";

/** Makes, or renews, the certificate in the Secret that spec names. */
async function putCertificate(name: string): Promise<void> {
  const { certificate, key } = issue(name);
  const metadata = { name: "site-tls" };
  const stringData = { "tls.crt": certificate, "tls.key": key };
  await kubectl.apply({ apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata, stringData });
}

/** For whom the certificate is that a new connection gets. */
const nameServed = (url: string) =>
  new Promise<string | undefined>((resolve, reject) => {
    const { hostname: host } = new URL(url);
    const socket = connect({ host, port: 443, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN?.toString());
      socket.destroy();
    });
    socket.on("error", reject);
  });

/** Whether each proxy serves the certificate for this name. */
async function isServed(url: string, name: string): Promise<boolean> {
  for (let handshake = 0; handshake < HANDSHAKES; handshake += 1) {
    if ((await nameServed(url)) !== name) return false;
  }
  return true;
}

describe("under 200 requests a second", () => {
  it(`${bumps} version bumps cost no request and no hit`, async () => {
    const untouched = namesOf([
      ...(await podsOf(kubectl, NAME, "proxy")),
      ...(await podsOf(kubectl, NAME, "redis")),
    ]);
    const seen = await underLoad(kubectl, NAME, `${bumps} version bumps`, async () => {
      for (let bump = 0; bump < bumps; bump += 1) {
        lastVersion = otherVersion();
        await patch({ version: lastVersion });
        expect((await untilSettled(kubectl, NAME)).status?.version).toBe(lastVersion);
      }
      await untilSettledAndGone(kubectl, NAME);
    });
    expectNothingLost(seen);
    expect([...seen.versions.keys()].sort()).toEqual(["1.0.0", "1.1.0"]);
    await expectAsItShould(kubectl, NAME, lastVersion);
    const pods = [...(await podsOf(kubectl, NAME, "proxy")), ...(await podsOf(kubectl, NAME, "redis"))];
    expect(namesOf(pods)).toEqual(untouched);
    expect(restartsOf(await podsOf(kubectl, NAME))).toBe(0);
  }, 3_600_000);

  it.each([
    [
      "a change of the proxy's settings, its drain and whom it trusts, and HTTPS beside HTTP",
      () => ({
        proxy: {
          resources: { limits: { memory: "130Mi" } },
          clientAddress: { trustedProxies: ["192.0.2.0/24"] },
          tls: { secretName: "site-tls", redirect: false },
          drainSeconds: 8,
        },
      }),
      ["proxy"],
    ],
    // From here on visitors come by HTTPS.
    ["an upgrade of the proxy's image", () => ({ proxy: { image: NEXT_PROXY } }), ["proxy"]],
  ] as Change[])("%s costs no request and no hit", async (...change) => {
    await expectReplaced(kubectl, NAME, change);
  });

  it(`${renewals} renewals of the certificate cost visitors by HTTPS no request, no hit and no pod`, async () => {
    const url = await urlOf(kubectl, NAME);
    expect(url).toMatch(/^https:/);
    const before = await podsOf(kubectl, NAME);
    const seen = await underLoad(
      kubectl,
      NAME,
      `${renewals} renewals of the certificate, by HTTPS`,
      async () => {
        for (let renewal = 1; renewal <= renewals; renewal += 1) {
          const name = `${renewal}.example`;
          await putCertificate(name);
          // The operator reads the Secret each half minute, and a kubelet its copy about each minute: both at once, if asked.
          await patch({ upgrade: { deadlineSeconds: 120 + (renewal % 2) } });
          await until("the operator has taken it", async () => (await told())?.message.includes(` ${name} `));
          const proxies = ["-l", `app.kubernetes.io/instance=${NAME},app.kubernetes.io/component=proxy`];
          await kubectl("annotate", "pod", ...proxies, "--overwrite", `example.com/look=${renewal}`);
          await until("it is served", () => isServed(url, name));
        }
      },
    );
    expectNothingLost(seen);
    const after = await podsOf(kubectl, NAME);
    expect(namesOf(after)).toEqual(namesOf(before));
    expect(restartsOf(after)).toBe(0);
  }, 7_200_000);

  it("a Secret that has no certificate any more is told, and the one from before is served on", async () => {
    const url = await urlOf(kubectl, NAME);
    await kubectl("patch", "secret", "site-tls", "-p", JSON.stringify({ stringData: { "tls.crt": "oh" } }));
    await patch({ upgrade: { deadlineSeconds: 130 } });
    await until("it is told", async () => (await told())?.reason === "CertificateUnusable");
    expect((await told())?.message).toContain("The Secret site-tls (spec.proxy.tls.secretName)");
    await untilReady(kubectl, NAME);
    expect(await isServed(url, `${renewals}.example`)).toBe(true);
  });

  it("HTTPS that is turned off costs visitors by HTTP no request and no hit", async () => {
    const off = () => patch({ proxy: { tls: null } });
    await expectUnnoticed(kubectl, NAME, "HTTPS beside HTTP turned off", off, { byHttp: true });
    await expectAsItShould(kubectl, NAME, await versionNow());
    expect(await urlOf(kubectl, NAME)).toMatch(/^http:/);
    expect((await kubectl.attempt("get", "secret", `${NAME}-proxy-tls`)).code).toBe(1);
  });

  it.each([
    [2, 6],
    [6, 2],
  ])("kubectl scale from %d counters to %d costs no request and no hit", async (from, to) => {
    const before = namesOf(await podsOf(kubectl, NAME));
    const seen = await underLoad(kubectl, NAME, `kubectl scale from ${from} counters to ${to}`, async () => {
      await kubectl("scale", `hitcounter/${NAME}`, `--replicas=${to}`);
      await untilSettledAndGone(kubectl, NAME);
    });
    expectNothingLost(seen);
    await expectAsItShould(kubectl, NAME, await versionNow());
    const after = await podsOf(kubectl, NAME);
    expect(after.length - before.length).toBe(to - from);
    const [fewer, more] = from < to ? [before, namesOf(after)] : [namesOf(after), before];
    expect(more).toEqual(expect.arrayContaining(fewer));
    expect(restartsOf(after)).toBe(0);
  });
});
