import type { Passwords } from "../../operator/desired/passwords.ts";
import { conditionOf } from "./hitCounters.ts";
import type { Kubectl } from "./kubectl.ts";
import { passwordsOf } from "./redisCli.ts";
import { until } from "./until.ts";

/** Waits until others have taken the place of these passwords of Redis, and nobody uses them any more. */
export async function untilRotated(kubectl: Kubectl, name: string, before: Passwords): Promise<void> {
  await until("counters are to use others", async () => {
    const { current } = await passwordsOf(kubectl, name);
    return current.user !== before.current.user;
  });
  // A kubelet looks at the pods that change, and at all others once a minute.
  const counters = `app.kubernetes.io/instance=${name},app.kubernetes.io/component=counter`;
  const looked = `example.com/looked-at=${Date.now()}`;
  await kubectl("annotate", "pod", "--selector", counters, "--overwrite", looked);
  await until("the former are forgotten", async () => {
    const { former } = await passwordsOf(kubectl, name);
    const told = await conditionOf(kubectl, name, "PasswordRotated");
    return former === undefined && told?.reason === "Rotated";
  });
}
