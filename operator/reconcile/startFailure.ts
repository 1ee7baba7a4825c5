import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

/** Why a pod does not start. */
export interface StartFailure {
  /** The kubelet's word for it, such as ImagePullBackOff. */
  reason: string;
  /** The pod, the word, and what the kubelet or the container's last words say, without a full stop. */
  message: string;
  /** It plainly never will, as far as anyone can tell; else the kubelet has failed only once so far. */
  hopeless: boolean;
}

/** What the kubelet says of containers that waiting will not start. */
const HOPELESS: ReadonlySet<string> = new Set([
  "CrashLoopBackOff",
  "CreateContainerError",
  "ErrImageNeverPull",
  "ImagePullBackOff",
  "InvalidImageName",
  "RunContainerError",
]);
/** A container that has crashed as often is in a loop, also while it runs for a moment. */
const CRASHES_OF_A_LOOP = 2;
const LONGEST_WORDS = 500;

/** Why the first of these pods that does not start does not; undefined where all have started, or are starting. */
export function startFailure(pods: readonly V1Pod[]): StartFailure | undefined {
  for (const { metadata, status } of pods) {
    if (metadata?.deletionTimestamp) continue;
    for (const container of status?.containerStatuses ?? []) {
      const reason = reasonOf(container);
      if (reason === undefined) continue;
      const words = lastWords(container) ?? container.state?.waiting?.message;
      const message = `pod ${metadata?.name}: ${reason}${words ? ` (${words})` : ""}`;
      return { reason, message, hopeless: HOPELESS.has(reason) };
    }
  }
  return undefined;
}

function reasonOf({ ready, restartCount, state, lastState }: V1ContainerStatus): string | undefined {
  const waiting = state?.waiting?.reason;
  if (waiting !== undefined && (HOPELESS.has(waiting) || waiting === "ErrImagePull")) return waiting;
  const crashing =
    !ready && restartCount >= CRASHES_OF_A_LOOP && (state?.terminated ?? lastState?.terminated);
  return crashing ? "CrashLoopBackOff" : undefined;
}

/** What a container that crashed said at its end, or else its exit code, on one line. */
function lastWords({ state, lastState }: V1ContainerStatus): string | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  if (!ended) return undefined;
  const [last] = (ended.message ?? "").trim().split("\n").slice(-1);
  return last ? last.slice(-LONGEST_WORDS) : `it ended with exit code ${ended.exitCode}`;
}
