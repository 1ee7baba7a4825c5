import type { V1Pod } from "@kubernetes/client-node";
import { inNode } from "../../cluster/kind.ts";
import { testNodes } from "./nodeImages.ts";

/** How long (s) a connection may take: one that is refused is refused at once, or never answered. */
const CONNECT_SECONDS = 3;

/** Tries each address, HOST:PORT, over a new connection, all at once, and prints those that took it. */
const TRY = `
id=$1; shift
pid=$(ctr --namespace=k8s.io tasks list | awk -v id="$id" '$1 == id { print $2 }')
[ -n "$pid" ] || { echo "no task $id" >&2; exit 1; }
for address in "$@"; do
  nsenter --target "$pid" --net timeout ${CONNECT_SECONDS} \\
    bash -c 'exec 3<>"/dev/tcp/$1/$2"' - "\${address%:*}" "\${address##*:}" 2>/dev/null && echo "$address" &
done
wait`;

/**
 * Which of these addresses take a new connection from a pod's network, whatever program runs in the pod. Throws where
 * the pod does not even reach itself, on the ports that it tells.
 */
export async function reachedFrom(
  { metadata, spec, status }: V1Pod,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> {
  const { engine } = await testNodes();
  const id = status?.containerStatuses?.[0]?.containerID?.replace("containerd://", "");
  if (id === undefined) throw new Error(`${metadata?.name} has no container yet`);
  const ports = spec?.containers[0]?.ports ?? [];
  const own = ports.map(({ containerPort }) => `${status?.podIP}:${containerPort}`);
  const command = ["bash", "-c", TRY, "-", id, ...new Set([...own, ...addresses])];
  const printed = await inNode(engine, spec?.nodeName ?? "", command);
  const reached = new Set(printed.split("\n").filter((line) => line !== ""));
  const missed = own.filter((address) => !reached.has(address));
  if (own.length === 0 || missed.length > 0) throw new Error(`${metadata?.name} reaches nothing: ${missed}`);
  return new Set(addresses.filter((address) => reached.has(address)));
}
