import { describe, expect, it } from "@jest/globals";
import type { V1CronJob, V1Deployment, V1PodTemplateSpec, V1StatefulSet } from "@kubernetes/client-node";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { counterSettingsOf, revisionOf } from "./counterSettings.ts";
import { desiredObjects } from "./index.ts";
import { PROXY_PATIENCE } from "./nginxConf.ts";
import { firstPasswords } from "./passwords.ts";

const objectsFor = (spec: Parameters<typeof hitCounterWith>[0] = {}) =>
  desiredObjects(inputsFor(hitCounterWith(spec)));
const find = <T>(objects: { kind?: string; metadata?: { name?: string } }[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata?.name === name) as T;
const templates = (objects: ReturnType<typeof objectsFor>) =>
  objects.flatMap((object): V1PodTemplateSpec[] => {
    const { spec } = object as V1Deployment | V1StatefulSet | V1CronJob;
    const template = spec && "jobTemplate" in spec ? spec.jobTemplate.spec?.template : spec?.template;
    return template ? [template] : [];
  });

describe("the children of a HitCounter", () => {
  it("are these, in the order in which they need each other", () => {
    expect(objectsFor().map(({ kind, metadata }) => `${kind} ${metadata?.name}`)).toEqual([
      "NetworkPolicy web-redis",
      "NetworkPolicy web-counter",
      "NetworkPolicy web-proxy",
      "Secret web-redis",
      "Service web-redis",
      "Service web-redis-pods",
      "StatefulSet web-redis",
      "Service web-counter",
      `ControllerRevision web-counter-${revisionOf(counterSettingsOf(hitCounterWith().spec))}`,
      "Deployment web-counter",
      "PodDisruptionBudget web-counter",
      "ConfigMap web-proxy",
      "Deployment web-proxy",
      "PodDisruptionBudget web-proxy",
      "Service web-proxy",
    ]);
  });

  it("are the same for the same inputs", () => {
    expect(objectsFor()).toEqual(objectsFor());
  });

  it("belong to it, and garbage collection removes them with it", () => {
    for (const { metadata } of objectsFor()) {
      expect(metadata?.ownerReferences).toEqual([
        expect.objectContaining({ kind: "HitCounter", name: "web", uid: "uid-of-web", controller: true }),
      ]);
      expect(metadata?.labels?.["app.kubernetes.io/managed-by"]).toBe("hitcounter-operator");
    }
  });

  it("have pods that pass Pod Security restricted, with a read-only root and bounded memory", () => {
    const all = templates(
      objectsFor({
        monitoring: { enabled: true },
        backup: { schedule: "@daily" },
        restore: { claimName: "old" },
      }),
    );
    expect(all).toHaveLength(6);
    for (const { spec } of all) {
      expect(spec?.automountServiceAccountToken).toBe(false);
      expect(spec?.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.resources?.requests).toHaveProperty("cpu");
        expect(container.resources?.limits).toHaveProperty("memory");
      }
      // What ends by itself is asked by nobody whether it serves.
      const serves = spec?.restartPolicy === "Never" ? [] : (spec?.containers ?? []);
      for (const container of serves) {
        expect(container.readinessProbe).toBeDefined();
        expect(container.livenessProbe).toBeDefined();
        // A program run each second takes a tenth of a core.
        for (const probe of [container.readinessProbe, container.livenessProbe])
          if (probe?.exec) expect(probe.periodSeconds).toBeGreaterThanOrEqual(10);
      }
    }
  });

  it("roll without taking a pod away before its successor is ready", () => {
    for (const name of ["web-counter", "web-proxy"]) {
      expect(find<V1Deployment>(objectsFor(), "Deployment", name).spec?.strategy).toEqual({
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
      });
    }
  });

  it("keep the password out of everything but the Secret", () => {
    const objects = objectsFor({ monitoring: { enabled: true } });
    const secret = objects.find(({ kind }) => kind === "Secret");
    const others = objects.filter((object) => object !== secret);
    const password = "correct-horse-battery-staple";
    expect(secret).toHaveProperty("data.password", Buffer.from(password).toString("base64"));
    expect(JSON.stringify(others)).not.toContain(password);
    expect(JSON.stringify(others)).not.toContain(Buffer.from(password).toString("base64"));
  });
});

describe("a change of the spec", () => {
  const counterPod = (spec: Parameters<typeof hitCounterWith>[0]) =>
    find<V1Deployment>(objectsFor(spec), "Deployment", "web-counter").spec?.template;

  it("of version changes the counter's image and nothing else's", () => {
    expect(counterPod({ version: "1.1.0" })?.spec?.containers[0]?.image).toBe("example.com/counter:1.1.0");
    const others = (version: string) =>
      objectsFor({ version }).filter(({ metadata }) => !metadata?.name?.startsWith("web-counter"));
    expect(others("1.1.0")).toEqual(others("1.0.0"));
  });

  it("of replicas changes no pod", () => {
    expect(counterPod({ counter: { replicas: 5 } })).toEqual(counterPod({}));
  });

  it("of autoscaling makes an autoscaler of the counters", () => {
    const autoscaling = { minReplicas: 3, maxReplicas: 7, targetCPUUtilizationPercentage: 60 };
    expect(find(objectsFor(), "HorizontalPodAutoscaler", "web-counter")).toBeUndefined();
    expect(
      find(objectsFor({ counter: { autoscaling } }), "HorizontalPodAutoscaler", "web-counter"),
    ).toMatchObject({
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web-counter" },
        minReplicas: 3,
        maxReplicas: 7,
        metrics: [{ resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } }],
      },
    });
  });

  it("of durability changes how Redis writes", () => {
    const command = (durability: "always" | "everysec") =>
      find<V1StatefulSet>(objectsFor({ redis: { durability } }), "StatefulSet", "web-redis").spec?.template
        .spec?.containers[0]?.command;
    expect(command("always")?.join(" ")).toContain("--appendfsync always");
    expect(command("everysec")?.join(" ")).toContain("--appendfsync everysec");
  });

  it("of deletionPolicy changes no child: whose the volume's claim is decides", () => {
    expect(objectsFor({ deletionPolicy: "Delete" })).toEqual(objectsFor());
    const { spec } = find<V1StatefulSet>(
      objectsFor({ deletionPolicy: "Delete" }),
      "StatefulSet",
      "web-redis",
    );
    expect(spec?.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: "Retain",
      whenScaled: "Retain",
    });
  });

  it.each([
    [undefined, 5],
    [150, 150],
  ])(
    "of drainSeconds to %s has a proxy serve on for %d s, with time left for what it has in hand",
    (asked, seconds) => {
      const drain = asked === undefined ? {} : { drainSeconds: asked };
      const { spec } = find<V1Deployment>(objectsFor({ proxy: drain }), "Deployment", "web-proxy");
      const { containers, terminationGracePeriodSeconds = 0 } = spec?.template.spec ?? {};
      expect(containers?.[0]?.lifecycle).toEqual({ preStop: { sleep: { seconds } } });
      expect(terminationGracePeriodSeconds - seconds).toBeGreaterThan(PROXY_PATIENCE);
    },
  );

  it("of the proxy's Service name renames that Service alone", () => {
    const names = objectsFor({ proxy: { service: { name: "proxy" } } }).map(
      ({ kind, metadata }) => `${kind} ${metadata?.name}`,
    );
    expect(names).toContain("Service proxy");
    expect(names).toContain("Deployment web-proxy");
    expect(names).not.toContain("Service web-proxy");
  });
});

describe("what pods read from elsewhere", () => {
  it("rolls them when it changes", () => {
    const inputs = inputsFor(hitCounterWith());
    const annotations = (changed: Partial<typeof inputs>) =>
      templates(desiredObjects({ ...inputs, ...changed })).map(({ metadata }) => metadata?.annotations);
    const [redis, counter, proxy] = annotations({});
    expect(annotations({ counterAddress: "10.96.0.8" })).toEqual([
      redis,
      counter,
      expect.not.objectContaining(proxy ?? {}),
    ]);
    const { passwords } = inputs;
    const lost = annotations({ passwords: firstPasswords(() => "another-password", new Date(0)) });
    expect(lost[2]).toEqual(proxy);
    expect(lost[0]).not.toEqual(redis);
    expect(lost[1]).not.toEqual(counter);
    const current = { ...passwords.current, user: "counter-b", password: "x", operator: "y" } as const;
    expect(annotations({ passwords: { ...passwords, current } })).toEqual([redis, counter, proxy]);
  });
});
