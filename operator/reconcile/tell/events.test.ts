import { describe, expect, it } from "@jest/globals";
import type { HitCounter, HitCounterStatus } from "../../api/hitCounter.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";
import type { Change } from "../problem.ts";
import { eventsOfChanges, eventsOfStatus } from "./events.ts";

const condition = (
  type: string,
  status: "True" | "False",
  reason = "Because",
  message = `${type} is ${status}.`,
) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: "2026-01-02T03:04:05Z",
});
const serving: HitCounterStatus = {
  observedGeneration: 1,
  version: "1.0.0",
  conditions: [condition("Ready", "True"), condition("Degraded", "False")],
};
const withStatus = (status: HitCounterStatus | undefined, version = "1.0.0"): HitCounter => ({
  ...hitCounterWith({ version }),
  ...(status && { status }),
});
const news = (hitCounter: HitCounter, changes: Change[], now: HitCounterStatus = serving) =>
  [
    ...eventsOfChanges(hitCounter, changes),
    ...eventsOfStatus(hitCounter, hitCounter.status, changes, now),
  ].map(({ type, reason, note }) => `${type} ${reason}: ${note}`);
const service = (result: Change["result"]): Change => ({ child: "Service web-proxy", result });
const deployment = (result: Change["result"]): Change => ({ child: "Deployment web-counter", result });

describe("the news of a reconcile", () => {
  it("is none when nothing was done and nothing changed", () => {
    expect(news(withStatus(serving), [])).toEqual([]);
  });

  it.each<[string, HitCounterStatus | undefined, Change[], string]>([
    [
      "children of a new HitCounter",
      undefined,
      [service("created"), deployment("created")],
      "Normal Created: Created Service web-proxy, Deployment web-counter",
    ],
    [
      "a child that a changed spec asks for",
      { ...serving, observedGeneration: 0 },
      [service("created")],
      "Normal Created: Created Service web-proxy",
    ],
    [
      "a child that was deleted",
      serving,
      [service("created")],
      "Normal DriftRepaired: Made anew what had been deleted: Service web-proxy",
    ],
    [
      "a child that was changed",
      serving,
      [service("repaired")],
      "Normal DriftRepaired: Undid changes made to Service web-proxy",
    ],
    [
      "a child that is now wanted otherwise",
      serving,
      [service("updated")],
      "Normal Updated: Updated Service web-proxy",
    ],
    [
      "passwords that were lost while no operator ran",
      serving,
      [{ child: "Secret web-redis", result: "passwordTaken" }],
      "Warning PasswordChanged: Secret web-redis has other passwords than Redis, as it was lost while no " +
        "operator ran: Redis and the counters restart with them",
    ],
    [
      "a child that is no longer wanted",
      serving,
      [service("deleted")],
      "Normal Deleted: Deleted Service web-proxy: no longer wanted",
    ],
  ])("tells of %s", (_title, status, changes, line) => {
    expect(news(withStatus(status), changes)).toContain(line);
  });

  it("tells when an upgrade starts, once, and when it has finished", () => {
    const upgrading = withStatus(serving, "1.1.0");
    expect(news(upgrading, [deployment("updated")])).toContain(
      "Normal UpgradeStarted: Upgrading from 1.0.0 to 1.1.0",
    );
    expect(news(upgrading, [])).toEqual([]);
    expect(news(upgrading, [], { ...serving, version: "1.1.0" })).toEqual([
      "Normal UpgradeFinished: Upgraded from 1.0.0 to 1.1.0: every counter pod runs it",
    ]);
  });

  it("tells when a HitCounter becomes ready, and when it no longer is", () => {
    const notReady = { ...serving, conditions: [condition("Ready", "False", "RedisNotReady")] };
    expect(news(withStatus(notReady), [])).toEqual(["Normal Ready: Ready is True."]);
    expect(news(withStatus(serving), [], notReady)).toEqual(["Warning NotReady: Ready is False."]);
  });

  it("tells what is wrong when it goes wrong, and again when something else does", () => {
    const degraded = (message: string) => ({
      ...serving,
      conditions: [condition("Ready", "True"), condition("Degraded", "True", "Refused", message)],
    });
    expect(news(withStatus(serving), [], degraded("One."))).toEqual(["Warning Refused: One."]);
    expect(news(withStatus(degraded("One.")), [], degraded("One."))).toEqual([]);
    expect(news(withStatus(degraded("One.")), [], degraded("Another."))).toEqual([
      "Warning Refused: Another.",
    ]);
  });

  it("tells of a version that was taken back, once, and not as an upgrade", () => {
    const rolledBack = {
      ...serving,
      conditions: [
        condition("Ready", "True"),
        condition("Degraded", "True", "RolledBack", "No image."),
        condition("RolledBack", "True", "ImagePullBackOff", "Went back from 1.1.0 to 1.0.0: no image."),
      ],
    };
    const wanting = (status: HitCounterStatus) => withStatus(status, "1.1.0");
    expect(news(wanting(serving), [], rolledBack)).toEqual([
      "Warning RolledBack: Went back from 1.1.0 to 1.0.0: no image.",
    ]);
    expect(news(wanting(rolledBack), [deployment("updated")], rolledBack)).toEqual([
      "Normal Updated: Updated Deployment web-counter",
    ]);
  });

  it("tells when changes are paused and made again", () => {
    const paused = {
      ...serving,
      conditions: [...(serving.conditions ?? []), condition("Progressing", "False", "Paused")],
    };
    expect(news(withStatus(serving), [], paused)).toEqual([
      "Normal Paused: Nothing is changed while spec.paused is true",
    ]);
    expect(news(withStatus(paused), [], serving)).toEqual(["Normal Resumed: Changes are made again"]);
  });
});
