import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { exampleSpecs } from "../../../operator/api/exampleSpecs.ts";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { hitCounters } from "../../../operator/kinds.ts";
import { collectionPath, objectPath } from "../../../operator/runtime/objects.ts";
import { sharedApiServer } from "../../support/apiServer.ts";
import { read } from "../../support/hitCounters.ts";

const samples = join(import.meta.dirname, "../../../samples");
const api = sharedApiServer();

/** Asks as kubectl does, but without a process of its own; returns what the API server has against it, or nothing. */
async function objection(method: "POST" | "PATCH", path: string, body: object): Promise<string> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const { status, body: said } = await api.kubectl.client.raw(method, path, {
    query: { fieldValidation: "Strict" },
    headers: { "content-type": type },
    body: JSON.stringify(body),
  });
  return status < 300 ? "" : (JSON.parse(said) as { message: string }).message;
}
const objectionTo = (object: object) => objection("POST", collectionPath(hitCounters, "default"), object);
const remove = (name: string) => api.kubectl.client.delete(hitCounters, { namespace: "default", name });

const hitCounter = (name: string, spec: object) => ({
  apiVersion: "hitcounter.dev/v1alpha1",
  kind: "HitCounter",
  metadata: { name, namespace: "default" },
  spec,
});

describe("a HitCounter the API server takes", () => {
  it.each(["hitcounter.yaml", "hitcounter-full.yaml"])(
    "is the sample %s, without a warning",
    async (file) => {
      const { code, stdout, stderr } = await api.kubectl.attempt("apply", "-f", join(samples, file));
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/created/);
    },
  );

  it("has its defaults filled in", async () => {
    const { spec } = await api.kubectl.json<HitCounter>("get", "hitcounter", "hitcounter");
    expect(spec).toMatchObject({
      message: "Holla! we have hit {hits} times",
      counter: { replicas: 2, strategy: { maxSurge: 1, maxUnavailable: 0 } },
      redis: { durability: "always", storage: { size: "1Gi" } },
      proxy: { replicas: 2, service: { name: "proxy", type: "LoadBalancer", port: 80 } },
      deletionPolicy: "Retain",
    });
  });

  it("has a status of no generation until an operator has looked at it", async () => {
    const { metadata, status } = await api.kubectl.json<HitCounter>("get", "hitcounter", "hitcounter");
    expect([metadata.generation, status]).toEqual([1, { observedGeneration: -1 }]);
  });

  it("has any field that the full sample shows, and that shows every field", async () => {
    const explained = await api.kubectl("explain", "hitcounter.spec", "--recursive");
    const fields = [...explained.matchAll(/^ {2,}(\w+)\t/gm)].map(([, name]) => name);
    const sample = await readFile(join(samples, "hitcounter-full.yaml"), "utf8");
    expect(fields.length).toBeGreaterThan(20);
    for (const field of fields) expect(sample).toMatch(new RegExp(`\\b${field}:`));
  });

  it.each(Object.entries(exampleSpecs))("is one that says %s, and has just that in it", async (_, spec) => {
    expect(await objectionTo(hitCounter("example", spec))).toBe("");
    expect((await read(api.kubectl, "example")).spec).toMatchObject(spec);
    await remove("example");
  });

  it("has any message that a process can be given, byte for byte", async () => {
    const codes = Array.from({ length: 0xa0 }, (_, code) => code).filter((code) => code > 0);
    const message = `${String.fromCharCode(...codes)}\u2028\ufeff\uffff $$ $(NAME) $$(NAME) \\ {hits} 😀`;
    await api.kubectl.apply(hitCounter("said", { version: "1.0.0", message }));
    const { spec } = await api.kubectl.json<HitCounter>("get", "hitcounter", "said");
    expect(Buffer.from(spec.message)).toEqual(Buffer.from(message));
  });
});

describe("a HitCounter the API server refuses, naming the field", () => {
  it.each<[string, object, RegExp]>([
    ["no version", {}, /spec\.version: Required value/],
    ["a bad version", { version: "1.0 beta" }, /spec\.version.*must be an image tag such as 1\.0\.0/s],
    ["a version that is a number", { version: 1 }, /spec\.version.*must be of type string/],
    [
      "negative replicas",
      { version: "1.0.0", counter: { replicas: -1 } },
      /spec\.counter\.replicas.*greater than or equal to 0/,
    ],
    [
      "a password that is rotated too often",
      { version: "1.0.0", redis: { auth: { rotateAfter: "59m" } } },
      /spec\.redis\.auth\.rotateAfter must be a length of time from 1h to 87600h, such as 720h/,
    ],
    [
      "an age that is none",
      { version: "1.0.0", redis: { auth: { rotateAfter: "a month" } } },
      /spec\.redis\.auth\.rotateAfter must be a length of time from 1h to 87600h, such as 720h/,
    ],
    [
      "a schedule for a password of one's own",
      { version: "1.0.0", redis: { auth: { rotateAfter: "720h", secretName: "own" } } },
      /spec\.redis\.auth must not have both rotateAfter and secretName/,
    ],
    [
      "an unknown durability",
      { version: "1.0.0", redis: { durability: "sometimes" } },
      /spec\.redis\.durability.*supported values: "always", "everysec"/,
    ],
    [
      "two copies of Redis",
      { version: "1.0.0", redis: { replicas: 2 } },
      /spec\.redis\.replicas must be 1 or 3: of two copies none could go on/,
    ],
    [
      "three copies that may lose a second",
      { version: "1.0.0", redis: { replicas: 3, durability: "everysec" } },
      /spec\.redis\.durability must be always where spec\.redis\.replicas is 3/,
    ],
    [
      "three copies that begin from a backup",
      { version: "1.0.0", redis: { replicas: 3 }, restore: { claimName: "old" } },
      /spec\.restore must be left out where spec\.redis\.replicas is 3/,
    ],
    ...["big", "", 0, "0", "0Gi", ".0e3", -1, "-1Gi"].map((size): [string, object, RegExp] => [
      `the size ${JSON.stringify(size)}`,
      { version: "1.0.0", redis: { storage: { size } } },
      /spec\.redis\.storage\.size must be a quantity above 0, such as 1Gi/,
    ]),
    [
      "resources below none",
      { version: "1.0.0", counter: { resources: { limits: { cpu: -1 } } } },
      /spec\.counter\.resources\.limits\.cpu.*greater than or equal to 0/,
    ],
    [
      "a message that no process can be given",
      { version: "1.0.0", message: "hit\0{hits}" },
      /spec\.message must not have a NUL character/,
    ],
    ["an unknown field", { version: "1.0.0", replicas: 3 }, /unknown field "spec\.replicas"/],
    ["a field of a later version", { version: "1.0.0", later: { keep: 7 } }, /unknown field "spec\.later"/],
    [
      "backups at no time",
      { version: "1.0.0", backup: { keep: 7 } },
      /spec\.backup\.schedule: Required value/,
    ],
    ...[
      "",
      "daily",
      "@every 1h",
      "@reboot",
      "* * * *",
      "60 * * * *",
      "* 24 * * *",
      "* * * * 7",
      "*/0 * * * *",
    ].map((schedule): [string, object, RegExp] => [
      `the schedule ${JSON.stringify(schedule)}`,
      { version: "1.0.0", backup: { schedule } },
      /spec\.backup\.schedule must be five fields of cron.*such as 30 2 \* \* \*, or @hourly/s,
    ]),
    [
      "no backup to keep",
      { version: "1.0.0", backup: { schedule: "@daily", keep: 0 } },
      /spec\.backup\.keep.*greater than or equal to 1/,
    ],
    [
      "backups without room",
      { version: "1.0.0", backup: { schedule: "@daily", storage: { size: "0" } } },
      /spec\.backup\.storage\.size must be a quantity above 0/,
    ],
    ...["../hits.rdb", "-rf", "a b.rdb", ""].map((backup): [string, object, RegExp] => [
      `the backup ${JSON.stringify(backup)}`,
      { version: "1.0.0", restore: { claimName: "old", backup } },
      /spec\.restore\.backup must be the name of a file in the claim/,
    ]),
    ["a backup from nowhere", { version: "1.0.0", restore: {} }, /spec\.restore\.claimName: Required value/],
    [
      "two beginnings",
      { version: "1.0.0", initialHits: 1, restore: { claimName: "old" } },
      /spec\.initialHits must be 0 or left out where spec\.restore is there/,
    ],
    [
      "less than nothing",
      { version: "1.0.0", initialHits: -1 },
      /spec\.initialHits.*greater than or equal to 0/,
    ],
    [
      "more hits than there can be",
      { version: "1.0.0", initialHits: 900_000_000_000_001 },
      /spec\.initialHits.*less than or equal to 9(00000000000000|e\+14)/,
    ],
    [
      "a deadline that no version could meet",
      { version: "1.0.0", upgrade: { deadlineSeconds: 1 } },
      /spec\.upgrade\.deadlineSeconds.*greater than or equal to 10/,
    ],
    [
      "a strategy that can't replace",
      { version: "1.0.0", counter: { strategy: { maxSurge: "0%" } } },
      /spec\.counter\.strategy.*must not both be 0/s,
    ],
    [
      "autoscaling without a most",
      { version: "1.0.0", counter: { autoscaling: { minReplicas: 2 } } },
      /spec\.counter\.autoscaling\.maxReplicas: Required value/,
    ],
    [
      "autoscaling to no less than too much",
      { version: "1.0.0", counter: { autoscaling: { minReplicas: 4, maxReplicas: 3 } } },
      /spec\.counter\.autoscaling.*minReplicas must not be above maxReplicas/s,
    ],
    [
      "autoscaling to none",
      { version: "1.0.0", counter: { autoscaling: { minReplicas: 0, maxReplicas: 3 } } },
      /spec\.counter\.autoscaling\.minReplicas.*greater than or equal to 1/,
    ],
    [
      "autoscaling by a load that nothing is measured against",
      { version: "1.0.0", counter: { autoscaling: { maxReplicas: 3 }, resources: { requests: {} } } },
      /spec\.counter.*autoscaling needs spec\.counter\.resources\.requests\.cpu/s,
    ],
    ...["counter", "redis", "proxy"].flatMap((part): [string, object, RegExp][] => [
      [
        `a label of the operator's own for ${part}`,
        { version: "1.0.0", [part]: { pod: { labels: { "app.kubernetes.io/name": "mine" } } } },
        new RegExp(`spec\\.${part}\\.pod\\.labels must not have keys of the operator's own`),
      ],
      [
        `an annotation of the operator's own for ${part}`,
        { version: "1.0.0", [part]: { pod: { annotations: { "hitcounter.dev/config-hash": "0" } } } },
        new RegExp(`spec\\.${part}\\.pod\\.annotations must not have keys of the operator's own`),
      ],
    ]),
    [
      "a label that is none",
      { version: "1.0.0", counter: { pod: { labels: { team: "not a label" } } } },
      /spec\.counter\.pod\.labels/,
    ],
    [
      "a toleration of all without saying so",
      { version: "1.0.0", redis: { pod: { tolerations: [{ effect: "NoSchedule" }] } } },
      /spec\.redis\.pod\.tolerations.*its operator must be Exists/s,
    ],
    [
      "a toleration of any value that names one",
      { version: "1.0.0", redis: { pod: { tolerations: [{ key: "a", operator: "Exists", value: "b" }] } } },
      /operator Exists must have no value/,
    ],
    [
      "a toleration for a while that nothing ends",
      { version: "1.0.0", redis: { pod: { tolerations: [{ key: "a", tolerationSeconds: 5 }] } } },
      /tolerationSeconds must have effect NoExecute/,
    ],
    [
      "an unknown kind of affinity",
      { version: "1.0.0", proxy: { pod: { affinity: { nodeAffinty: {} } } } },
      /unknown field "spec\.proxy\.pod\.affinity\.nodeAffinty"/,
    ],
    [
      "a spread of the one Redis",
      { version: "1.0.0", redis: { pod: { topologySpreadConstraints: [] } } },
      /unknown field "spec\.redis\.pod\.topologySpreadConstraints"/,
    ],
    [
      "a bad Service name",
      { version: "1.0.0", proxy: { service: { name: "My_Proxy" } } },
      /spec\.proxy\.service\.name.*must be a Service name/s,
    ],
    ...["bad-counter", "bad-redis", "bad-redis-pods", "bad-exporter", "bad-exporter-nginx"].map(
      (name): [string, object, RegExp] => [
        `the name ${name} of a Service that it has`,
        { version: "1.0.0", proxy: { service: { name } } },
        /spec\.proxy\.service\.name must not be/,
      ],
    ),
    [
      "an annotation of the operator's own for the Service",
      { version: "1.0.0", proxy: { service: { annotations: { "hitcounter.dev/applied": "0" } } } },
      /spec\.proxy\.service\.annotations must not have keys of the operator's own: hitcounter\.dev\/\*/,
    ],
    [
      "a node port without a type for it",
      { version: "1.0.0", proxy: { service: { type: "ClusterIP", nodePort: 30080 } } },
      /nodePort needs type NodePort or LoadBalancer/,
    ],
    [
      "a traffic policy without a type for it",
      { version: "1.0.0", proxy: { service: { type: "ClusterIP", externalTrafficPolicy: "Local" } } },
      /spec\.proxy\.service\.externalTrafficPolicy needs type NodePort or LoadBalancer/,
    ],
    [
      "an unknown traffic policy",
      { version: "1.0.0", proxy: { service: { externalTrafficPolicy: "Global" } } },
      /spec\.proxy\.service\.externalTrafficPolicy.*supported values: "Cluster", "Local"/,
    ],
    ...["10.0.0.1", "10.0.0.0/33", "balancer", "2001:db8::/129", "10.0.0.0/8; root /"].map(
      (range): [string, object, RegExp] => [
        `trust in ${range}, which is no range`,
        { version: "1.0.0", proxy: { clientAddress: { trustedProxies: ["192.0.2.0/24", range] } } },
        /spec\.proxy\.clientAddress\.trustedProxies must be ranges of addresses such as 10\.0\.0\.0\/16/,
      ],
    ),
    [
      "sources of a balancer that are no range",
      { version: "1.0.0", proxy: { service: { loadBalancerSourceRanges: ["nowhere"] } } },
      /spec\.proxy\.service\.loadBalancerSourceRanges must be ranges of addresses such as 10\.0\.0\.0\/16/,
    ],
    ...(
      [
        ["requestsPerSecond", 0, "greater than or equal to 1"],
        ["burst", 4, "greater than or equal to 5"],
        ["concurrentRequests", 4097, "less than or equal to 4096"],
      ] as const
    ).map(([field, value, words]): [string, object, RegExp] => [
      `a limit of clients whose ${field} is ${value}`,
      { version: "1.0.0", proxy: { rateLimit: { [field]: value } } },
      new RegExp(`spec\\.proxy\\.rateLimit\\.${field}.*${words}`),
    ]),
    [
      "an image of the counter with a tag",
      { version: "1.0.0", counter: { image: "example.com/counter:1.0.0" } },
      /spec\.counter\.image.*must be an image without a tag.*the tag is spec\.version/s,
    ],
    [
      "an image that can't be one",
      { version: "1.0.0", proxy: { image: "nginx 1.28" } },
      /spec\.proxy\.image.*must be an image such as/s,
    ],
    [
      "a class of storage that can't be one",
      { version: "1.0.0", redis: { storage: { storageClassName: "Fast!" } } },
      /spec\.redis\.storage\.storageClassName.*must be the name of an object/s,
    ],
    [
      "the PROXY protocol of anybody",
      { version: "1.0.0", proxy: { clientAddress: { proxyProtocol: true } } },
      /spec\.proxy\.clientAddress\.proxyProtocol needs trustedProxies/,
    ],
    [
      "HTTPS on the port for HTTP",
      { version: "1.0.0", proxy: { service: { port: 8080 }, tls: { secretName: "site-tls", port: 8080 } } },
      /spec\.proxy\.tls\.port must be another than spec\.proxy\.service\.port/,
    ],
    [
      "HTTPS without a Secret",
      { version: "1.0.0", proxy: { tls: { port: 8443 } } },
      /spec\.proxy\.tls\.secretName: Required value/,
    ],
    ...["Site", "a/b", "-a", "a_b"].map((secretName): [string, object, RegExp] => [
      `a certificate in ${secretName}, which is no name`,
      { version: "1.0.0", proxy: { tls: { secretName } } },
      /spec\.proxy\.tls\.secretName.*it must be the name of an object/,
    ]),
    ...["bad-proxy-tls", "bad-redis", "bad-visitors"].flatMap((secretName): [string, object, RegExp][] => [
      [
        `a certificate in ${secretName}, which is the operator's own`,
        { version: "1.0.0", proxy: { tls: { secretName } } },
        /spec\.proxy\.tls\.secretName must not be <name>-proxy-tls, <name>-redis or <name>-visitors/,
      ],
      [
        `its password in ${secretName}, which is the operator's own`,
        { version: "1.0.0", redis: { auth: { secretName } } },
        /spec\.redis\.auth\.secretName must not be <name>-proxy-tls, <name>-redis or <name>-visitors/,
      ],
    ]),
    ...[0, 3601].map((drainSeconds): [string, object, RegExp] => [
      `a drain of ${drainSeconds} s`,
      { version: "1.0.0", proxy: { drainSeconds } },
      /spec\.proxy\.drainSeconds.*(greater than or equal to 1|less than or equal to 3600)/,
    ]),
    [
      "a port that is none",
      { version: "1.0.0", proxy: { service: { port: 70000 } } },
      /spec\.proxy\.service\.port.*less than or equal to 65535/,
    ],
    [
      "an unknown deletion policy",
      { version: "1.0.0", deletionPolicy: "Keep" },
      /spec\.deletionPolicy.*supported values: "Retain", "Delete"/,
    ],
  ])("has %s", async (_title, spec, sentence) => {
    expect(await objectionTo(hitCounter("bad", spec))).toMatch(sentence);
  });

  it.each([
    ["too long", "a".repeat(47), /metadata\.name must have 46 characters at most/],
    ["no name for a Service", "1st", /metadata\.name must be lower-case letters/],
  ])("has a name that is %s", async (_title, name, sentence) => {
    expect(await objectionTo(hitCounter(name, { version: "1.0.0" }))).toMatch(sentence);
  });

  it("has a name of 46 characters only just not", async () => {
    expect(await objectionTo(hitCounter("a".repeat(46), { version: "1.0.0" }))).toBe("");
    await remove("a".repeat(46));
  });
});

describe("spec.redis.replicas", () => {
  const path = objectPath(hitCounters, { namespace: "default", name: "copied" });
  const ask = (redis: object) => objection("PATCH", path, { spec: { redis } });

  it("goes from 1 to 3, and not back, by whatever way", async () => {
    expect(await objectionTo(hitCounter("copied", { version: "1.0.0" }))).toBe("");
    expect(await ask({ replicas: 3 })).toBe("");
    for (const replicas of [1, null]) {
      expect(await ask({ replicas })).toMatch(
        /spec\.redis\.replicas must not go from 3 back to 1.*spec\.backup/s,
      );
    }
    expect(await objection("PATCH", path, { spec: { redis: null } })).toMatch(/must not go from 3 back to 1/);
    expect(await objection("PATCH", path, { spec: { message: "{hits}" } })).toBe("");
    await remove("copied");
  });
});

describe("spec.redis.storage", () => {
  const path = objectPath(hitCounters, { namespace: "default", name: "stored" });
  const patch = (body: object) => objection("PATCH", path, body);
  const ask = (storage: object) => patch({ spec: { redis: { storage } } });
  const tell = (storage: object | null) => objection("PATCH", `${path}/status`, { status: { storage } });
  /** A HitCounter that asks for `storage`, and has `volume`. */
  const storing = async (storage: object, volume: object | null) => {
    await remove("stored");
    expect(await objectionTo(hitCounter("stored", { version: "1.0.0", redis: { storage } }))).toBe("");
    expect(await tell(volume)).toBe("");
  };
  const asked = async () => (await read(api.kubectl, "stored")).spec.redis.storage;

  it("may become anything while there is no volume", async () => {
    await storing({ size: "2Gi", storageClassName: "fsat" }, null);
    for (const storage of [{ storageClassName: "fast", size: "1Gi" }, { storageClassName: null }]) {
      expect(await ask(storage)).toBe("");
    }
    expect(await asked()).toEqual({ size: "1Gi" });
  });

  it.each<[string, object, object, object, RegExp]>([
    [
      "a size below that of the volume",
      { size: "2Gi" },
      { size: "2Gi" },
      { size: "2047Mi" },
      /spec\.redis\.storage\.size must be 2Gi or more: the volume has that, and none can shrink/,
    ],
    [
      "a larger one that is still below that of the volume",
      { size: "1Gi" },
      { size: "3Gi" },
      { size: 2147483648 },
      /spec\.redis\.storage\.size must be 3Gi or more/,
    ],
    [
      "another class than the volume's",
      { storageClassName: "fast" },
      { size: "1Gi", storageClassName: "fast" },
      { storageClassName: "slow" },
      /spec\.redis\.storage\.storageClassName must be fast, which the volume has, or be left out: no volume can change its class/,
    ],
    [
      "another class than what the default was",
      {},
      { size: "1Gi", storageClassName: "standard" },
      { storageClassName: "fast" },
      /storageClassName must be standard, which the volume has, or be left out/,
    ],
    [
      "a class for a volume that has none",
      {},
      { size: "1Gi" },
      { storageClassName: "fast" },
      /storageClassName must be left out: no volume can change its class/,
    ],
  ])("does not become %s", async (_title, before, volume, after, sentence) => {
    await storing(before, volume);
    const there = await asked();
    expect(await ask(after)).toMatch(sentence);
    expect(await asked()).toEqual(there);
  });

  it.each<[string, object, object, object]>([
    ["larger", { size: "1Gi" }, { size: "1Gi" }, { size: "2Gi" }],
    ["what the volume has, where it asked for more", { size: "3Gi" }, { size: "1Gi" }, { size: "1024Mi" }],
    ["less, where the volume has no more", { size: "3Gi" }, { size: "1Gi" }, { size: "2Gi" }],
    [
      "the same in other words, where the volume has more",
      { size: "1Gi" },
      { size: "2Gi" },
      { size: "1024Mi" },
    ],
    [
      "silent on the class",
      { storageClassName: "fast" },
      { size: "1Gi", storageClassName: "fast" },
      { storageClassName: null },
    ],
    [
      "open on the class the volume has",
      {},
      { size: "1Gi", storageClassName: "standard" },
      { storageClassName: "standard" },
    ],
    [
      "right on the class, where it was not",
      { storageClassName: "fsat" },
      { size: "1Gi", storageClassName: "standard" },
      { storageClassName: "standard" },
    ],
  ])("may become %s", async (_title, before, volume, after) => {
    await storing(before, volume);
    expect(await ask(after)).toBe("");
  });

  it("keeps no status from being written, nor the rest of spec from being changed", async () => {
    await storing({ size: "1Gi", storageClassName: "fast" }, { size: "1Gi", storageClassName: "fast" });
    const volumes = [{ size: "5Gi", storageClassName: "slow" }, { size: "5Gi" }, { size: "512Mi" }];
    for (const volume of [...volumes.map((each) => ({ storageClassName: null, ...each })), null]) {
      expect(await tell(volume)).toBe("");
      expect(await patch({ spec: { message: `${JSON.stringify(volume)} {hits}` } })).toBe("");
    }
    expect(await asked()).toEqual({ size: "1Gi", storageClassName: "fast" });
  });
});

describe("kubectl", () => {
  it("finds HitCounters by their short name and among all", async () => {
    expect(await api.kubectl("get", "hc")).toContain("every-field");
    expect(await api.kubectl("get", "all")).toContain("hitcounter.hitcounter.dev/every-field");
  });

  it("shows what a user looks for", async () => {
    const status = {
      version: "1.0.0",
      ready: "2/2",
      hits: 42,
      address: "192.0.2.1",
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "Serving",
          message: "It serves.",
          lastTransitionTime: "2026-01-02T03:04:05Z",
        },
      ],
    };
    await api.kubectl(
      "patch",
      "hitcounter",
      "hitcounter",
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify({ status }),
    );
    const [header, row] = (await api.kubectl("get", "hitcounter", "hitcounter")).split("\n");
    expect(header?.split(/\s+/)).toEqual(["NAME", "VERSION", "READY", "HITS", "ADDRESS", "STATUS", "AGE"]);
    expect(row?.split(/\s+/).slice(0, 6)).toEqual([
      "hitcounter",
      "1.0.0",
      "2/2",
      "42",
      "192.0.2.1",
      "Serving",
    ]);
    expect(await api.kubectl("get", "hitcounter", "hitcounter", "-o", "wide")).toContain("It serves.");
  });

  it("explains every field of the spec", async () => {
    const explained = await api.kubectl("explain", "hitcounter.spec");
    expect(explained).toContain("The version to run: the tag of the counter image.");
    expect(explained).not.toContain("<no description>");
  });

  it("scales the counters", async () => {
    await api.kubectl("scale", "hitcounter/hitcounter", "--replicas=5");
    expect(
      await api.kubectl("get", "hitcounter", "hitcounter", "-o", "jsonpath={.spec.counter.replicas}"),
    ).toBe("5");
  });
});
