// From nothing to a HitCounter that counts: npm run up [-- OPTION...]
import process from "node:process";
import { parseArgs } from "node:util";
import { type Cluster, clusterName, ensureCluster, PERSONS_CLUSTER, TEST_CLUSTER } from "./cluster.ts";
import { type DeployedImages, deployOperator, deploySample } from "./deploy.ts";
import { findEngine } from "./engine.ts";
import { buildProductImages, packageVersion } from "./images/product.ts";
import { pushedName } from "./images/push.ts";
import { recipes } from "./images/recipes.ts";
import { ensureKubectl, type Kubectl } from "./kubectl.ts";
import { RELEASES, wantedRelease } from "./nodeImage/releases.ts";
import { type Progress, terminalProgress } from "./progress.ts";
import { run } from "./shell.ts";
import { sideBySide } from "./sideBySide.ts";
import { printResult } from "./upResult.ts";

const HELP = `npm run up [-- OPTION...]

Makes a Kubernetes cluster on this machine (four nodes, by kind), builds the images, deploys the operator and a
sample, and shows it counting. Again, it repairs what is broken and leaves the rest as it is.

  --cluster NAME     hitcounter, or the end-to-end tests' own hitcounter-test. Default hitcounter
  --port PORT        port of 127.0.0.1 that leads to the sample, for a new cluster. Default 8080
  --kubernetes 1.X   minor of Kubernetes for a new cluster (${RELEASES.map(({ minor }) => minor).join(", ")}). Default ${RELEASES[0].minor}
  --context NAME     use a cluster of your own, by its kubeconfig context, instead of making one
  --registry HOST    with --context: where its images are ("npm run images -- --push HOST" puts them there)
`;

/** The sample's version and the one to upgrade it to. */
const VERSIONS = ["1.0.0", "1.1.0"];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cluster: { type: "string", default: PERSONS_CLUSTER },
      port: { type: "string" },
      context: { type: "string" },
      registry: { type: "string" },
      kubernetes: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const progress = terminalProgress();
  if (values.context !== undefined) {
    if (values.kubernetes !== undefined) {
      throw new Error("--kubernetes is for a cluster that is made here: it does not go with --context");
    }
    await deployTo(values.context, values.registry, progress);
    return;
  }
  if (values.registry !== undefined) {
    throw new Error(
      "--registry goes with --context: the cluster made here gets its images from this machine",
    );
  }
  const hostPort = values.port === undefined ? {} : { hostPort: portNumber(values.port) };
  const name = clusterName(values.cluster);
  const release = wantedRelease(values.kubernetes);
  const insist = values.kubernetes !== undefined;
  const engine = await findEngine(progress);
  const built = buildProductImages(engine, progress, { versions: VERSIONS });
  const [cluster, images] = await sideBySide(
    [ensureCluster({ name, engine, release, insist, progress, images: built, ...hostPort }), built],
    progress,
  );
  const operatorId = await imageId(cluster, images.operator);
  await deployOperator(cluster.kubectl, { ...images, operatorId }, progress);
  if (cluster.name === TEST_CLUSTER) {
    // Of the namespaces that tests use, the only one that none of them makes.
    const restricted = "pod-security.kubernetes.io/enforce=restricted";
    await cluster.kubectl(["label", "namespace", "default", restricted, "--overwrite"]);
  }
  const isNew = await deploySample(cluster.kubectl, progress);
  await printResult(cluster.kubectl, {
    isNew,
    ...(cluster.hostPort === undefined ? {} : { hostPort: cluster.hostPort }),
    ...(cluster.name === PERSONS_CLUSTER
      ? { down: "npm run down" }
      : {
          kubectlOptions: `--kubeconfig ${cluster.kubeconfig}`,
          down: `npm run down -- --cluster ${cluster.name}`,
        }),
  });
}

/** Deploys to a cluster that the user has; nothing of the kubeconfig is changed. */
async function deployTo(context: string, registry: string | undefined, progress: Progress): Promise<void> {
  if (registry === undefined) {
    throw new Error(
      `A cluster of your own pulls its images: "npm run images -- --tag ${VERSIONS[0]} --push HOST" pushes them, then add --registry HOST`,
    );
  }
  const version = await packageVersion();
  const image = (name: string) => recipes.find((recipe) => recipe.name === name)?.public ?? name;
  const images: DeployedImages = {
    operator: pushedName(`localhost/hitcounter/operator:${version}`, registry),
    counterRepository: pushedName("localhost/hitcounter/counter", registry),
    redis: image("redis"),
    nginx: image("nginx"),
    "redis-exporter": image("redis-exporter"),
    "nginx-exporter": image("nginx-exporter"),
  };
  const program = await ensureKubectl(wantedRelease(), progress);
  const kubectl: Kubectl = (args, options) => run(program, ["--context", context, ...args], options);
  await deployOperator(kubectl, images, progress);
  await printResult(kubectl, {
    isNew: await deploySample(kubectl, progress),
    kubectlOptions: `--context ${context}`,
  });
}

async function imageId({ engine }: Cluster, tag: string): Promise<string> {
  const args = ["image", "inspect", "--format", "{{.Id}}", tag];
  return (await run(engine.command, args, { env: engine.env })).trim().replace("sha256:", "").slice(0, 16);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`--port must be a number from 1 to 65535, not ${text}`);
  }
  return port;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
