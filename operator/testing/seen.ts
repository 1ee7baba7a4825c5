import { counterSettingsOf, revisionOf } from "../desired/counterSettings.ts";
import type { Evidence } from "../reconcile/judge/situation.ts";
import type { CountAnswer } from "../reconcile/look/askProxy.ts";
import type { Seen, SeenCount } from "../reconcile/look/look.ts";
import type { PodTrouble } from "../reconcile/look/podTrouble.ts";
import type { Rollout } from "../reconcile/look/rollout.ts";
import { hitCounterWith } from "./fixtures.ts";

/** A part of two pods that has arrived and serves. */
export const up: Rollout = {
  wanted: 2,
  updated: 2,
  available: 2,
  total: 2,
  ready: 2,
  complete: true,
  stuck: false,
  trouble: undefined,
  notMade: undefined,
  unreadySince: undefined,
};
/** A part of which nothing is there yet. */
export const down: Rollout = { ...up, updated: 0, available: 0, ready: 0, complete: false };

/** An answer of the proxy to what is asked for as things are. */
export const answered = (
  answer: CountAnswer,
  more: Partial<Pick<SeenCount, "steady" | "fresh">> = {},
): SeenCount => ({
  ...answer,
  steady: true,
  fresh: true,
  ...more,
});

/** What is seen of a HitCounter that serves version 1.0.0. */
export const serving: Seen = {
  counter: up,
  redis: { ...up, wanted: 1, updated: 1, available: 1, total: 1, ready: 1 },
  proxy: up,
  counterVersion: "1.0.0",
  counterRevision: revisionOf(counterSettingsOf(hitCounterWith().spec)),
  redisReadySince: 0,
  proxyService: {
    spec: { type: "LoadBalancer" },
    status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
  },
  byHttps: false,
  tls: { served: undefined, problem: undefined },
  claim: undefined,
  backup: undefined,
  auth: {
    madeAt: "2026-01-01T00:00:00.000Z",
    step: "none",
    isIn: true,
    replacedAt: undefined,
    due: undefined,
    failure: undefined,
    problem: undefined,
  },
  copies: undefined,
  count: answered({ hits: 42 }),
};

/** A pod that plainly can't start, by its own doing. */
export const noImage: PodTrouble = {
  reason: "ImagePullBackOff",
  message: "pod web-x: ImagePullBackOff (no such tag)",
  hopeless: true,
  own: true,
};

/** When everything is judged. */
export const now = new Date("2026-01-02T03:04:05.678Z");

/** What else there may be to judge by. */
export type But = Partial<Omit<Evidence, "seen">> & {
  readonly seen?: Partial<Seen>;
  readonly spec?: Parameters<typeof hitCounterWith>[0];
};

/** What a HitCounter that serves is judged by, but for what is given. */
export function evidence({ seen, spec = {}, ...more }: But = {}): Evidence {
  const hitCounter = hitCounterWith(spec);
  const settings = counterSettingsOf(hitCounter.spec);
  return {
    hitCounter,
    choice: { settings, healthy: undefined, takenBack: false },
    seen: { ...serving, ...seen },
    changes: [],
    problems: [],
    admission: new Map(),
    now,
    ...more,
  };
}
