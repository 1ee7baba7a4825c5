import { expect } from "@jest/globals";
import type { HitCounter } from "../../operator/api/hitCounter.ts";
import { expectAsItShould, podsOf, restartsOf } from "./aftermath.ts";
import { patchSpec, read } from "./hitCounters.ts";
import type { Kubectl } from "./kubectl.ts";
import { expectUnnoticed } from "./unnoticed.ts";

/** A change of spec: what it does in words, what it is, given the spec of now, and which parts get new pods by it. */
export type Change = [what: string, spec: (now: HitCounter["spec"]) => object, replaced: string[]];

/** The one of two that is not there now: so that the same change can be made again. */
export const other = <T>(now: unknown, one: T, another: T): T => (now === one ? another : one);

/** Changes spec under load, and expects that no visitor noticed, and that these parts got new pods and no others. */
export async function expectReplaced(
  kubectl: Kubectl,
  name: string,
  [what, spec, replaced]: Change,
): Promise<void> {
  const before = await podsOf(kubectl, name);
  await expectUnnoticed(kubectl, name, what, async () => {
    await patchSpec(kubectl, name, spec((await read(kubectl, name)).spec));
  });
  await expectAsItShould(kubectl, name, (await read(kubectl, name)).spec.version);
  const after = await podsOf(kubectl, name);
  const uid = new Set(after.map(({ metadata }) => metadata?.uid));
  const gone = before.filter(({ metadata }) => !uid.has(metadata?.uid));
  const parts = gone.map(({ metadata }) => metadata?.labels?.["app.kubernetes.io/component"]);
  expect([...new Set(parts)]).toEqual(replaced);
  expect(restartsOf(after)).toBe(0);
}
