import process from "node:process";
import type { Engine } from "./engine.ts";
import { run, tryRun } from "./shell.ts";

/** The network that kind puts nodes into. */
const networkName = ({ name }: Engine) =>
  process.env[`KIND_EXPERIMENTAL_${name.toUpperCase()}_NETWORK`] ?? "kind";

/**
 * Makes kind's network before kind does, so that Podman hands out only the lower half of it: the upper half is
 * for the load balancers' pools. Docker's networks are 256 times as large.
 */
export async function ensureNetwork(engine: Engine): Promise<void> {
  const { command, env } = engine;
  const network = networkName(engine);
  const exists = await tryRun(command, ["network", "inspect", network], { env });
  if (engine.name !== "podman" || exists.code === 0) {
    return;
  }
  // Podman knows which subnets are free, but takes a range only with a subnet.
  await run(command, ["network", "create", network], { env });
  const subnet = (
    await run(command, ["network", "inspect", "--format", "{{(index .Subnets 0).Subnet}}", network], { env })
  ).trim();
  const [, base, length] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(subnet) ?? [];
  if (length !== "24") {
    return;
  }
  await run(command, ["network", "rm", network], { env });
  await run(command, ["network", "create", "--subnet", subnet, "--ip-range", `${base}/25`, network], { env });
}

/** Removes the network when no cluster of anyone uses it any more. */
export async function removeUnusedNetwork(engine: Engine): Promise<void> {
  const { command, env } = engine;
  const nodes = await run(command, ["ps", "--all", "--quiet", "--filter", "label=io.x-k8s.kind.cluster"], {
    env,
  });
  if (nodes.trim() === "") {
    await tryRun(command, ["network", "rm", networkName(engine)], { env });
  }
}
