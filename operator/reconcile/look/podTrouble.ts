import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { conditionOf } from "../../runtime/index.ts";
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

/** Whether a pod is not on its way out. */
export const isStaying = ({ metadata }: V1Pod) => metadata?.deletionTimestamp === undefined;

/** Why the first of these pods that does not start does not; undefined where all have started, or are starting. */
export const podTrouble = (pods: readonly V1Pod[], container: string): PodTrouble | undefined =>
  pods
    .filter(isStaying)
    .map((pod) => ofPod(pod) ?? ofContainers(pod, container))
    .find((trouble) => trouble !== undefined);

/** What keeps a pod as a whole from running: no node takes it, or one has thrown it out. */
function ofPod({ metadata, status }: V1Pod): PodTrouble | undefined {
  const placed = conditionOf(status, "PodScheduled");
  const unplaced = placed?.status === "False" ? placed : undefined;
  const said = status?.phase === "Failed" ? status : unplaced;
  if (!said?.reason) return undefined;
  const message = words(metadata?.name, said.reason, said.message);
  return { reason: said.reason, message, hopeless: false, own: false };
}

function ofContainers({ metadata, status }: V1Pod, own: string): PodTrouble | undefined {
  const hasFailed = status?.phase === "Failed";
  for (const each of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const reason = reasonOf(each) ?? (hasFailed ? failureOf(each) : undefined);
    if (reason === undefined) continue;
    const ended = each.state?.terminated ?? each.lastState?.terminated;
    const cause = ended && (causeIn(ended.message) ?? `it ended with exit code ${ended.exitCode}`);
    const where = each.name === own ? metadata?.name : `${metadata?.name}, container ${each.name}`;
    const hopeless = HOPELESS.has(reason);
    return {
      reason,
      message: words(where, reason, cause ?? each.state?.waiting?.message),
      hopeless,
      own: each.name === own && hopeless,
      crashBeganAt: reason === "CrashLoopBackOff" ? timeOf(ended?.startedAt) : undefined,
    };
  }
  return undefined;
}

function reasonOf({ ready, restartCount, state, lastState }: V1ContainerStatus): string | undefined {
  const waiting = state?.waiting?.reason;
  if (waiting !== undefined && (HOPELESS.has(waiting) || MAY_PASS.has(waiting))) return waiting;
  const hasCrashed = state?.terminated ?? lastState?.terminated;
  return !ready && restartCount >= CRASHES_OF_A_LOOP && hasCrashed ? "CrashLoopBackOff" : undefined;
}

/** Why a container has failed that is not started again. */
const failureOf = ({ state }: V1ContainerStatus): string | undefined =>
  state?.terminated?.exitCode ? (state.terminated.reason ?? "Error") : undefined;

const words = (where: string | undefined, reason: string, said: string | undefined) =>
  `pod ${where}: ${reason}${said ? ` (${said})` : ""}`;

/** A time as Kubernetes writes it, in milliseconds since 1970. Whatever its type says, it is a string at run time. */
export const timeOf = (time: string | Date | undefined): number | undefined =>
  time === undefined ? undefined : new Date(time).getTime();
