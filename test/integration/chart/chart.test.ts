import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Container, V1Deployment, V1LabelSelector } from "@kubernetes/client-node";
import { ensureKubectl } from "../../../cluster/kubectl.ts";
import { wantedRelease } from "../../../cluster/nodeImage/releases.ts";
import { terminalProgress } from "../../../cluster/progress.ts";
import { run } from "../../../cluster/shell.ts";
import { exampleSpecs } from "../../../operator/api/exampleSpecs.ts";
import { readSettings } from "../../../operator/config.ts";
import type { KubeObject } from "../../../operator/runtime/objects.ts";
import { CHART, type Helm, objectsIn, render, startHelm } from "../../support/helm.ts";

const NAMESPACE = "hitcounter-system";
let helm: Helm;

beforeAll(async () => {
  helm = await startHelm(NAMESPACE);
}, 1_800_000);
afterAll(async () => {
  await helm?.stop();
});

const kustomize = async (folder: string) =>
  objectsIn(
    await run(await ensureKubectl(wantedRelease(), terminalProgress()), [
      "kustomize",
      join(CHART, "../../config", folder),
    ]),
  );

/** Labels by which Helm's users know what belongs to a release. */
const HELMS_LABELS = [
  "helm.sh/chart",
  "app.kubernetes.io/name",
  "app.kubernetes.io/instance",
  "app.kubernetes.io/version",
  "app.kubernetes.io/managed-by",
];

/** An object without what the chart alone says of it: labels, and the namespace in the names of what has none. */
function alike(object: KubeObject): [string, unknown] {
  const copy = JSON.parse(
    JSON.stringify(object, (key, value) =>
      key === "app.kubernetes.io/instance" || (key === "imagePullSecrets" && value.length === 0)
        ? undefined
        : value,
    ).replaceAll(`"${NAMESPACE}:`, '"'),
  ) as KubeObject & { metadata: NonNullable<KubeObject["metadata"]> };
  const { labels = {}, namespace = "", name = "" } = copy.metadata;
  copy.metadata.labels = Object.fromEntries(
    Object.entries(labels).filter(([label]) => !HELMS_LABELS.includes(label)),
  );
  if (copy.kind === "Deployment") delete operatorOf(copy).env;
  // In the chart it is as crds/ has it: Helm takes it for no object of the release.
  if (copy.kind === "CustomResourceDefinition") delete copy.metadata.labels;
  return [`${copy.kind} ${namespace}/${name}`, copy];
}

const deploymentOf = (objects: readonly KubeObject[]) =>
  objects.find(({ kind }) => kind === "Deployment") as V1Deployment | undefined;
const operatorOf = (deployment: KubeObject) =>
  (deployment as V1Deployment).spec?.template.spec?.containers[0] as V1Container;

/** What the operator makes of the environment that its Deployment gives it. */
const settingsIn = (objects: readonly KubeObject[]) => {
  const { env = [] } = operatorOf(deploymentOf(objects) ?? {});
  return readSettings(Object.fromEntries(env.map(({ name, value }) => [name, value])));
};

const byName = (objects: readonly KubeObject[]) => Object.fromEntries(objects.map(alike));
const kindsOf = (objects: readonly KubeObject[]) => new Set(objects.map(({ kind }) => kind));

describe("the chart", () => {
  it("passes helm lint, strictly, with a HitCounter and without", async () => {
    await helm(["lint", "--strict", CHART]);
    await helm(["lint", "--strict", CHART], { hitcounter: { enabled: true } });
  });

  it("renders what config/default does", async () => {
    const objects = (await kustomize("default")).filter(({ kind }) => kind !== "Namespace");
    const rendered = await render(helm, {}, { hooks: false });
    expect(byName(rendered)).toEqual(byName(objects));
    expect(settingsIn(rendered)).toEqual(settingsIn(objects));
  });

  it("renders what config/namespaced does, for the namespaces that are watched", async () => {
    const watched = (await kustomize("namespaced/watched")).map((object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        namespace: "default",
        labels: { "app.kubernetes.io/part-of": "hitcounter" },
      },
    }));
    const objects = [...(await kustomize("namespaced")), ...watched].filter(
      ({ kind }) => kind !== "Namespace",
    );
    const rendered = await render(helm, { watchNamespaces: ["default"] }, { hooks: false });
    expect(byName(rendered)).toEqual(byName(objects));
    expect(settingsIn(rendered)).toEqual(settingsIn(objects));
  });

  it("renders what config/monitoring does, where that is wanted", async () => {
    const ofPrometheus = ({ apiVersion }: KubeObject) => apiVersion?.startsWith("monitoring.coreos.com/");
    const rendered = await render(helm, { monitoring: { enabled: true } });
    expect(byName(rendered.filter(ofPrometheus))).toEqual(byName(await kustomize("monitoring")));
    expect((await render(helm)).filter(ofPrometheus)).toEqual([]);
  });

  it("has a wall and a budget of disruptions for the operator, however it is installed", async () => {
    const own = ["NetworkPolicy", "PodDisruptionBudget"];
    const installs = [
      await kustomize("default"),
      await kustomize("namespaced"),
      await render(helm),
      await render(helm, { watchNamespaces: ["default"] }),
    ];
    for (const objects of installs) {
      const labels = deploymentOf(objects)?.spec?.template.metadata?.labels ?? {};
      const selectors = objects.flatMap((object) => {
        const { podSelector, selector } = (object as { spec?: Record<string, V1LabelSelector> }).spec ?? {};
        return own.includes(object.kind ?? "") ? [(podSelector ?? selector)?.matchLabels] : [];
      });
      expect(selectors).toEqual([labels, labels]);
      const budget = objects.find(({ kind }) => kind === "PodDisruptionBudget");
      expect(budget).toHaveProperty("spec.maxUnavailable", 1);
    }
    const open = await render(helm, { networkPolicy: { enabled: false } });
    expect([...kindsOf(open)]).not.toContain("NetworkPolicy");
  });

  it("needs no ClusterRole for some namespaces, not even for a hook", async () => {
    const values = { watchNamespaces: ["one", "two"], hitcounter: { enabled: true, namespace: "two" } };
    const kinds = kindsOf(await render(helm, values));
    expect([...kinds].filter((kind) => kind?.startsWith("Cluster"))).toEqual([]);
    expect(kinds).toContain("Role");
  });

  it("has neither the CustomResourceDefinition nor a HitCounter among its hooks, which Helm deletes", async () => {
    const rendered = await render(helm, { hitcounter: { enabled: true } });
    const hooks = rendered.filter(({ metadata }) => metadata?.annotations?.["helm.sh/hook"] !== undefined);
    expect([...kindsOf(hooks)].sort()).toEqual([
      "ClusterRole",
      "ClusterRoleBinding",
      "Job",
      "Role",
      "RoleBinding",
      "ServiceAccount",
    ]);
    expect(kindsOf(rendered)).toContain("HitCounter");
    expect(kindsOf(rendered)).toContain("CustomResourceDefinition");
  });

  it("gives two releases no name in common that both would own", async () => {
    const namesIn = async (release: string, namespace: string, values: object) => {
      const other = await startHelm(namespace);
      try {
        const objects = await render(other, { hitcounter: { enabled: true }, ...values }, { release });
        return objects
          .filter(({ kind }) => kind !== "CustomResourceDefinition")
          .map(({ kind, metadata }) => `${kind} ${metadata?.namespace ?? ""}/${metadata?.name}`);
      } finally {
        await other.stop();
      }
    };
    const all = [
      ...(await namesIn("hitcounter", "one", { watchNamespaces: ["one"] })),
      ...(await namesIn("hitcounter", "two", { watchNamespaces: ["two"] })),
      ...(await namesIn("mine", "one", { hitcounter: { enabled: true, name: "mine" } })),
      ...(await namesIn("hitcounter", "three", {})),
      ...(await namesIn("hitcounter", "four", {})),
      ...(await namesIn("a.release-whose-name-is-as-long-as-helm-lets-any-be-x", "five", {})),
    ];
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
    expect(all.filter((name) => name.slice(name.indexOf("/") + 1).length > 63)).toEqual([]);
  });

  it("takes its images, secrets, size and log level from its values", async () => {
    const values = {
      images: {
        registry: "registry.example.com/team",
        redis: "r:8",
        proxy: "p:1",
        redisExporter: "re:1",
        nginxExporter: "ne:1",
        pullSecrets: [{ name: "key" }],
      },
      replicas: 3,
      logLevel: "debug",
      resources: { requests: { cpu: 1 } },
      hitcounter: { enabled: true },
    };
    const rendered = await render(helm, values);
    expect(settingsIn(rendered)).toMatchObject({
      defaultImages: {
        counter: "registry.example.com/team/hitcounter-counter",
        redis: "r:8",
        proxy: "p:1",
        exporter: "re:1",
        "exporter-nginx": "ne:1",
      },
      logLevel: "debug",
    });
    const [deployment] = rendered.filter(({ kind }) => kind === "Deployment") as V1Deployment[];
    expect(deployment?.spec?.replicas).toBe(3);
    const pods = rendered.flatMap((object) => (object as V1Deployment).spec?.template?.spec ?? []);
    expect(pods).toHaveLength(5);
    for (const { imagePullSecrets, containers } of pods) {
      expect(imagePullSecrets).toEqual([{ name: "key" }]);
      expect(containers[0]?.image).toMatch(/^registry\.example\.com\/team\/hitcounter-operator:\d/);
      expect(containers[0]?.resources).toEqual({
        requests: { cpu: 1, memory: "128Mi" },
        limits: { memory: "384Mi" },
      });
    }
  });
});

describe("a bad value is refused by its name:", () => {
  const inSpec = (spec: object) => ({ hitcounter: { enabled: true, spec } });

  it.each<[string, object, string[]]>([
    ["one that is not known", { replica: 2 }, ["replica"]],
    ["another type", { replicas: "two" }, ["/replicas", "integer"]],
    ["a part that is not known", { images: { tag: "1" } }, ["/images", "tag"]],
    ["no registry", { images: { registry: "" } }, ["/images/registry"]],
    ["a pull policy", { images: { pullPolicy: "Sometimes" } }, ["/images/pullPolicy", "IfNotPresent"]],
    ["a secret that is no object", { images: { pullSecrets: ["key"] } }, ["/images/pullSecrets/0"]],
    ["a log level", { logLevel: "loud" }, ["/logLevel", "debug"]],
    ["the name of a namespace", { watchNamespaces: ["Demo"] }, ["/watchNamespaces/0"]],
    ["the name of a HitCounter", { hitcounter: { name: "a".repeat(47) } }, ["/hitcounter/name", "46"]],
    ["no time at all", { hitcounter: { timeoutSeconds: 0 } }, ["/hitcounter/timeoutSeconds"]],
    ["a field of spec", inSpec({ verion: "1.0.0" }), ["/hitcounter/spec", "verion"]],
    ["no version", inSpec({ version: null }), ["/hitcounter/spec", "version"]],
    ["a version that is a number", inSpec({ version: 1.1 }), ["/hitcounter/spec/version", "string"]],
    ["a version that is no tag", inSpec({ version: "1.1 beta" }), ["/hitcounter/spec/version"]],
    ["too few", inSpec({ counter: { replicas: -1 } }), ["/hitcounter/spec/counter/replicas"]],
    ["a quantity", inSpec({ redis: { storage: { size: "big" } } }), ["/hitcounter/spec/redis/storage/size"]],
    ["a word", inSpec({ deletionPolicy: "Keep" }), ["/hitcounter/spec/deletionPolicy", "Retain"]],
    [
      "a HitCounter that nobody looks after",
      { watchNamespaces: ["one"], hitcounter: { enabled: true, namespace: "two" } },
      ["hitcounter.namespace is two", "watchNamespaces (one)"],
    ],
  ])("%s", async (_what, values, words) => {
    const { code, stderr } = await helm.attempt(["template", "hitcounter", CHART], values);
    expect(code).not.toBe(0);
    for (const word of words) expect(stderr).toContain(word);
  });

  it.each(Object.entries(exampleSpecs))("but not a spec that asks for %s", async (_name, spec) => {
    const rendered = await render(helm, inSpec(spec));
    const [hitCounter] = rendered.filter(({ kind }) => kind === "HitCounter") as (KubeObject & {
      spec: object;
    })[];
    expect(hitCounter?.spec).toEqual(spec);
  });
});

describe("NOTES.txt", () => {
  const notes = async (values: object) => {
    const printed = await helm(["install", "mine", CHART, "--dry-run=client"], values);
    return printed.slice(printed.indexOf("NOTES:"));
  };

  it("tells how to see, find and test the HitCounter that was made", async () => {
    const spec = { version: "1.0.0", proxy: { service: { name: "proxy" } } };
    const text = await notes({ hitcounter: { enabled: true, name: "web", namespace: "demo", spec } });
    expect(text).toContain("kubectl get hitcounter --namespace demo web");
    expect(text).toContain("kubectl get service --namespace demo proxy");
    expect(text).toContain(`helm test --namespace ${NAMESPACE} mine`);
    expect(text).toContain("looks after all HitCounters");
    expect(text).not.toContain("CustomResourceDefinition");
  });

  it("tells how to make one where there is none", async () => {
    const text = await notes({});
    const [manifest = ""] = /apiVersion[\s\S]*?(?=\n *END)/.exec(text) ?? [];
    expect(objectsIn(manifest.replaceAll(/^ {2}/gm, ""))).toEqual([
      {
        apiVersion: "hitcounter.dev/v1alpha1",
        kind: "HitCounter",
        metadata: { name: "hitcounter" },
        spec: { version: "1.0.0" },
      },
    ]);
  });

  it("tells who has no ClusterRole how the CustomResourceDefinition is kept up to date", async () => {
    const text = await notes({ watchNamespaces: ["one", "two"] });
    expect(text).toContain("looks after the HitCounters in one, two");
    expect(text).toContain("helm show crds CHART | kubectl apply --server-side");
    expect(text).toContain("kubectl apply --namespace one");
  });
});
