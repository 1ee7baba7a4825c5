import type { HitCounter } from "../api/hitCounter.ts";

/** Images of pods whose HitCounter names none; the operator's settings. */
export interface DefaultImages {
  /** Image of the counter, without a tag: spec.version is the tag. */
  counter: string;
  /** Image of Redis, with its tag. */
  redis: string;
  /** Image of nginx that runs as a user other than root, with its tag. */
  proxy: string;
}

/** Everything that decides how the children of a HitCounter should be. */
export interface Inputs {
  hitCounter: HitCounter;
  defaultImages: DefaultImages;
  /** The version that counter pods should run: the wanted one, or the last healthy one after that has failed. */
  version: string;
  /** Password of Redis: the one in the Secret there is, or a new one. */
  redisPassword: string;
  /** How many replicas the counter Deployment has; undefined while there is none, or where no autoscaler asks. */
  counterReplicas: number | undefined;
  /** Cluster IP of the counter's Service, which the API server chooses. */
  counterClusterIp: string;
  /**
   * Size that the StatefulSet's volume claim template asks for: what it was made with, as it can't be changed. The
   * volume itself may have grown since.
   */
  volumeSize: string;
}
