import { describe, expect, it } from "@jest/globals";
import type {
  V1CronJob,
  V1Deployment,
  V1PodDisruptionBudget,
  V1PodSpec,
  V1Secret,
  V1Service,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { exampleSpecs } from "../api/exampleSpecs.ts";
import type { HitCounterSpecInput } from "../api/hitCounter.ts";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { desiredObjects } from "./index.ts";
import type { Replication } from "./inputs.ts";
import { derivedPassword } from "./passwords.ts";
import { redisUsers } from "./redisUsers.ts";

type Redis = NonNullable<HitCounterSpecInput["redis"]>;

const growing = { countersKnow: false, isComplete: false };
const counting = { countersKnow: true, isComplete: false };
const complete = { countersKnow: true, isComplete: true };

const objectsWith = (
  replication: Replication,
  redis: Redis = { replicas: 3 },
  spec: Partial<HitCounterSpecInput> = {},
) => desiredObjects({ ...inputsFor(hitCounterWith({ ...spec, redis })), replication });
const find = <T>(objects: ReturnType<typeof objectsWith>, title: string) =>
  objects.find(({ kind, metadata }) => `${kind} ${metadata?.name}` === title) as T;
const statefulSet = (redis?: Redis) =>
  find<V1StatefulSet>(objectsWith(complete, redis), "StatefulSet web-redis").spec;
const podOf = (redis?: Redis) => statefulSet(redis)?.template.spec as V1PodSpec;
const environment = (replication: Replication) =>
  find<V1Deployment>(objectsWith(replication), "Deployment web-counter").spec?.template.spec?.containers[0]
    ?.env;
const { passwords } = inputsFor(hitCounterWith());

describe("one Redis", () => {
  it("is the same wherever three copies would be", () => {
    for (const { redis, ...spec } of Object.values(exampleSpecs) as HitCounterSpecInput[]) {
      const one = { ...redis, replicas: 1 };
      expect(objectsWith(growing, one, spec)).toEqual(objectsWith(complete, one, spec));
    }
  });

  it("has nothing of what three copies have", () => {
    const said = JSON.stringify(objectsWith(complete, {}, { backup: { schedule: "@daily" } }));
    expect(said).not.toMatch(/REDIS_HOSTS|replicaof|masterauth|auth-0|OnDelete|preStop.*redis-cli|ClientIP/);
  });
});

describe("three copies", () => {
  it("are pods of one StatefulSet, which replaces none of them by itself", () => {
    expect(statefulSet()).toMatchObject({
      replicas: 3,
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "OnDelete" },
    });
  });

  it("are on nodes of their own, whatever else the user wants, and in zones of their own as a wish", () => {
    const own = {
      topologyKey: "kubernetes.io/hostname",
      labelSelector: { matchLabels: expect.objectContaining({ "app.kubernetes.io/component": "redis" }) },
    };
    const apart = (redis: Redis) => podOf({ ...redis, replicas: 3 }).affinity?.podAntiAffinity;
    expect(apart({})).toEqual({
      requiredDuringSchedulingIgnoredDuringExecution: [own],
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, podAffinityTerm: { ...own, topologyKey: "topology.kubernetes.io/zone" } },
      ],
    });
    const { pod } = exampleSpecs["as much as can be"].redis;
    const users = [{ topologyKey: "rack", labelSelector: {} }];
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: users };
    expect(apart({ pod: { affinity: { podAntiAffinity } } })).toEqual({
      requiredDuringSchedulingIgnoredDuringExecution: [own, ...users],
    });
    expect(podOf({ replicas: 3, pod }).affinity).toMatchObject({ nodeAffinity: pod.affinity.nodeAffinity });
  });

  it("may be evicted one at a time, and one that is not ready only while the others are", () => {
    expect(
      find<V1PodDisruptionBudget>(objectsWith(complete), "PodDisruptionBudget web-redis").spec,
    ).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: "IfHealthyBudget" });
    expect(find(objectsWith(complete, {}), "PodDisruptionBudget web-redis")).toBeUndefined();
  });

  it("start as nobody's, with settings of a copy, whatever the engine, and end whatever holds them up", () => {
    const [, , script = "", , ...settings] = podOf().containers[0]?.command ?? [];
    const said = settings.join(" ");
    for (const wanted of [
      "--appendfsync always",
      "--replicaof 127.0.0.1 1 ",
      "--repl-diskless-load disabled",
      "--repl-diskless-sync yes",
      "--repl-diskless-sync-delay 0",
      "--repl-timeout 5",
      "--repl-ping-replica-period 1",
      "--repl-backlog-size 4mb",
      "--replica-serve-stale-data yes",
      "--replica-read-only yes",
      "--shutdown-on-sigterm force",
    ]) {
      expect(`${said} `).toContain(wanted);
    }
    expect(said).not.toMatch(/min-replicas|repl-rdb-channel/);
    expect(script).toContain("--repl-rdb-channel no");
    // Kubernetes would put a variable in its place.
    expect(script.replaceAll("$((", "")).not.toContain("$(");
  });

  it("are asked nothing but PING, and told to end only once they lead no more", () => {
    const [redis] = podOf().containers;
    const [alone] = podOf({}).containers;
    expect(redis?.readinessProbe).toEqual(alone?.readinessProbe);
    expect(redis?.livenessProbe).toEqual(alone?.livenessProbe);
    expect(redis?.lifecycle?.preStop?.exec?.command?.at(-1)).toContain("--user probe");
  });

  it("have a file of users each, of which one bears the pod's own name, and a password to follow by", () => {
    const { data = {} } = find<V1Secret>(objectsWith(complete), "Secret web-redis");
    for (const number of [0, 1, 2]) {
      const text = Buffer.from(data[`auth-${number}.conf`] ?? "", "base64").toString();
      expect(text.match(/^user web-redis-\d/gm)).toEqual([`user web-redis-${number}`]);
      expect(text).toMatch(/^user default off ~\* &\* \+@all$/m);
      expect(text).toContain(`\nmasterauth ${derivedPassword(passwords.current, "replica")}\n`);
    }
    expect(data["auth.conf"]).toBe(
      find<V1Secret>(objectsWith(complete, {}), "Secret web-redis").data?.["auth.conf"],
    );
  });

  it("let counters ask for what copies have, keepers at nothing that counters write, and nobody else at more", () => {
    const rules = (user: string, copy?: string) =>
      redisUsers(passwords, copy)
        .find(({ name }) => name === user)
        ?.rules.filter((rule) => !rule.startsWith("#"));
    const more = (user: string) =>
      rules(user, "web-redis-1")?.filter((rule) => !rules(user)?.includes(rule)) ?? [];
    expect(
      Object.fromEntries(
        ["counter-a", "operator", "exporter", "backup", "probe"].map((user) => [user, more(user)]),
      ),
    ).toEqual({
      "counter-a": ["+role", "+wait", "+waitaof"],
      operator: ["+config|set"],
      exporter: [],
      backup: ["+role"],
      probe: ["+role"],
    });
    expect(rules("web-redis-1", "web-redis-1")?.filter((rule) => rule.startsWith("~"))).toEqual([
      "~term",
      "~fence",
      "~pos",
    ]);
  });

  it("begin at the initial hits only while they never had everything", () => {
    const keys = (replication: Replication) =>
      Object.keys(
        find<V1Secret>(objectsWith(replication, { replicas: 3 }, { initialHits: 5 }), "Secret web-redis")
          .data ?? {},
      );
    expect(keys(counting)).toContain("initial-hits");
    expect(keys(complete)).not.toContain("initial-hits");
  });
});

describe("on the way from one to three", () => {
  it("counters are told of three once a copy leads, and go to each by its name", () => {
    expect(environment(growing)).toContainEqual({ name: "REDIS_HOST", value: "web-redis" });
    const known = environment(counting);
    const hosts = [0, 1, 2].map((number) => `web-redis-${number}.web-redis-pods`).join(",");
    expect(known).toContainEqual({ name: "REDIS_HOSTS", value: hosts });
    expect(known?.map(({ name }) => name)).not.toContain("REDIS_HOST");
  });

  it("the Service leads to the one there was, while a counter may know no other", () => {
    const serviceOf = (replication: Replication) =>
      find<V1Service>(objectsWith(replication), "Service web-redis").spec;
    const first = { "statefulset.kubernetes.io/pod-name": "web-redis-0" };
    expect(serviceOf(counting)?.selector).toMatchObject(first);
    expect(serviceOf(complete)?.selector).not.toMatchObject(first);
    expect(serviceOf(complete)).toHaveProperty("sessionAffinity", "ClientIP");
  });

  it("a backup is of the primary, whichever that is", () => {
    const { spec } = find<V1CronJob>(
      objectsWith(complete, { replicas: 3 }, { backup: { schedule: "@daily" } }),
      "CronJob web-backup",
    );
    const command = spec?.jobTemplate.spec?.template.spec?.containers[0]?.command ?? [];
    expect(command[2]).toContain("copies=$1 port=$2");
    expect(command[4]).toBe([0, 1, 2].map((number) => `web-redis-${number}.web-redis-pods`).join(" "));
  });
});
