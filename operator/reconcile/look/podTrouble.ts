import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { causeIn } from "./lastWords.ts";

/** Why a pod does not start. */
export interface PodTrouble {
  /** Kubernetes' word for it, such as ImagePullBackOff or Unschedulable. */
  readonly reason: string;
  /** The pod, the word, and what Kubernetes or the container's last words say, without a full stop. */
  readonly message: string;
  /** It plainly never will, as far as anyone can tell; else it may pass. */
  readonly hopeless: boolean;
  /** It is the doing of the part's own image and settings, and not of what they need or of who adds to the pod. */
  readonly own: boolean;
  /** When the container that crashed last had begun, in milliseconds since 1970. */
  readonly crashBeganAt?: number | undefined;
}

/** What the kubelet says of containers that waiting will not start, whatever else there is. */
const HOPELESS: ReadonlySet<string> = new Set([
  "CrashLoopBackOff",
  "CreateContainerError",
  "ErrImageNeverPull",
  "ImagePullBackOff",
  "InvalidImageName",
  "RunContainerError",
]);
/** What it says of those that something else keeps from starting, or that it has tried only once so far. */
const MAY_PASS: ReadonlySet<string> = new Set(["CreateContainerConfigError", "ErrImagePull"]);
/** A container that has crashed as often is in a loop, also while it runs for a moment. */
const CRASHES_OF_A_LOOP = 2;

/** Why the first of these pods that does not start does not; undefined where all have started, or are starting. */
export function podTrouble(pods: readonly V1Pod[], container: string): PodTrouble | undefined {
  for (const pod of pods) {
    const trouble = pod.metadata?.deletionTimestamp
      ? undefined
      : (ofPod(pod) ?? ofContainers(pod, container));
    if (trouble) return trouble;
  }
  return undefined;
}

/** What keeps a pod as a whole from running: no node takes it, or one has thrown it out. */
function ofPod({ metadata, status }: V1Pod): PodTrouble | undefined {
  const unplaced = status?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  const said = status?.phase === "Failed" ? status : unplaced;
  if (!said?.reason) return undefined;
  return trouble(metadata?.name, said.reason, said.message, { hopeless: false, own: false });
}

function ofContainers({ metadata, status }: V1Pod, own: string): PodTrouble | undefined {
  for (const each of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const reason = reasonOf(each);
    if (reason === undefined) continue;
    const ended = each.state?.terminated ?? each.lastState?.terminated;
    const words = ended ? (causeIn(ended.message) ?? `it ended with exit code ${ended.exitCode}`) : undefined;
    const where = each.name === own ? metadata?.name : `${metadata?.name}, container ${each.name}`;
    return trouble(where, reason, words ?? each.state?.waiting?.message, {
      hopeless: HOPELESS.has(reason),
      own: each.name === own && HOPELESS.has(reason),
      ...(reason === "CrashLoopBackOff" && { crashBeganAt: timeOf(ended?.startedAt) }),
    });
  }
  return undefined;
}

function reasonOf({ ready, restartCount, state, lastState }: V1ContainerStatus): string | undefined {
  const waiting = state?.waiting?.reason;
  if (waiting !== undefined && (HOPELESS.has(waiting) || MAY_PASS.has(waiting))) return waiting;
  const crashing =
    !ready && restartCount >= CRASHES_OF_A_LOOP && (state?.terminated ?? lastState?.terminated);
  return crashing ? "CrashLoopBackOff" : undefined;
}

const trouble = (
  where: string | undefined,
  reason: string,
  words: string | undefined,
  rest: Pick<PodTrouble, "hopeless" | "own" | "crashBeganAt">,
): PodTrouble => ({ reason, message: `pod ${where}: ${reason}${words ? ` (${words})` : ""}`, ...rest });

/** A time as Kubernetes writes it, in milliseconds since 1970. Whatever its type says, it is a string at run time. */
export const timeOf = (time: string | Date | undefined): number | undefined =>
  time === undefined ? undefined : new Date(time).getTime();
