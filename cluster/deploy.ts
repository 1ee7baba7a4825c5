import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Kubectl } from "./kubectl.ts";
import type { Progress } from "./progress.ts";

/** The images that the operator runs from and gives to its HitCounters. */
export interface DeployedImages {
  operator: string;
  /** Without a tag: the versions are the tags. */
  counterRepository: string;
  redis: string;
  nginx: string;
  "redis-exporter": string;
  "nginx-exporter": string;
  /** Changes when an image changes under the same tag, so that the operator is rolled. */
  operatorId?: string;
}

const CONFIG = join(import.meta.dirname, "../config/default");
const SAMPLE = join(import.meta.dirname, "../samples/hitcounter.yaml");
/** The namespace of the operator. */
export const NAMESPACE = "hitcounter-system";
const DEPLOYMENT = "hitcounter-operator";
const ROLLOUT_SECONDS = 180;
const READY_SECONDS = 300;
const POLL_SECONDS = 1;

/** Applies the operator, its CRD and its rights with kustomize, and waits until it runs. */
export async function deployOperator(
  kubectl: Kubectl,
  images: DeployedImages,
  progress: Progress,
): Promise<void> {
  await progress.step("Deploying the operator", async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "hitcounter-deploy-")));
    try {
      const overlay = kustomization(relative(folder, await realpath(CONFIG)), images);
      await writeFile(join(folder, "kustomization.yaml"), JSON.stringify(overlay));
      await kubectl(["apply", "--server-side", "--force-conflicts", "--kustomize", folder]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    await kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd/hitcounters.hitcounter.dev"]);
    const rollout = ["rollout", "status", `--namespace=${NAMESPACE}`, `deployment/${DEPLOYMENT}`];
    try {
      await kubectl([...rollout, `--timeout=${ROLLOUT_SECONDS}s`]);
    } catch (error) {
      throw new Error(`The operator does not run:\n${await operatorReport(kubectl)}`, { cause: error });
    }
  });
}

/** The overlay that puts this build's images into the operator's Deployment. */
function kustomization(base: string, images: DeployedImages): object {
  const env = {
    COUNTER_IMAGE: images.counterRepository,
    REDIS_IMAGE: images.redis,
    PROXY_IMAGE: images.nginx,
    REDIS_EXPORTER_IMAGE: images["redis-exporter"],
    NGINX_EXPORTER_IMAGE: images["nginx-exporter"],
  };
  const container = {
    name: "operator",
    image: images.operator,
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
  };
  const annotations = images.operatorId ? { "hitcounter.dev/image-id": images.operatorId } : {};
  const patch = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: DEPLOYMENT, namespace: NAMESPACE },
    spec: { template: { metadata: { annotations }, spec: { containers: [container] } } },
  };
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: [base],
    patches: [{ patch: JSON.stringify(patch) }],
  };
}

async function operatorReport(kubectl: Kubectl): Promise<string> {
  const parts = [
    ["get", "pods", `--namespace=${NAMESPACE}`, "--output=wide"],
    ["logs", `--namespace=${NAMESPACE}`, `deployment/${DEPLOYMENT}`, "--tail=15"],
    ["get", "events", `--namespace=${NAMESPACE}`, "--sort-by=.lastTimestamp"],
  ];
  const texts = await Promise.all(parts.map((args) => kubectl(args).catch(String)));
  return texts.map((text) => text.trimEnd().split("\n").slice(-15).join("\n")).join("\n");
}

/** Applies the sample unless it is there, and waits until it is Ready; returns whether it is new. */
export async function deploySample(kubectl: Kubectl, progress: Progress): Promise<boolean> {
  const present = await kubectl(["get", "hitcounter", "hitcounter", "--ignore-not-found", "--output=name"]);
  const isNew = present.trim() === "";
  if (isNew) {
    // What is there may have been changed since, and stays as it is.
    await kubectl(["apply", "--filename", "-"], { input: await readFile(SAMPLE, "utf8") });
  }
  await progress.step("Waiting for the sample HitCounter to be Ready", () => untilReady(kubectl, progress));
  return isNew;
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

async function untilReady(kubectl: Kubectl, progress: Progress): Promise<void> {
  const deadline = performance.now() + READY_SECONDS * 1000;
  let told = "";
  for (;;) {
    const text = await kubectl(["get", "hitcounter", "hitcounter", "--output=json"]);
    const { status }: { status?: { conditions?: Condition[] } } = JSON.parse(text);
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status === "True") {
      return;
    }
    const line = ready ? `${ready.reason}: ${ready.message}` : "The operator has not seen it yet";
    if (line !== told) {
      progress.note(line);
      told = line;
    }
    if (performance.now() > deadline) {
      const pods = await kubectl(["get", "pods", "--output=wide"]).catch(String);
      throw new Error(
        `The sample is not Ready after ${READY_SECONDS} s (${line}):\n${pods}Look further with: kubectl describe hitcounter hitcounter`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_SECONDS * 1000));
  }
}
