import type { V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import { exampleSpecs } from "../operator/api/exampleSpecs.ts";
import { readSettings } from "../operator/config.ts";
import { desiredObjects } from "../operator/desired/index.ts";
import { hashOf } from "../operator/runtime/apply.ts";
import { hitCounterWith, inputsFor } from "../operator/testing/fixtures.ts";

/** Hash of each pod template, by the spec it is made from and the part it is of: `as little as can be/counter`. */
export type PodTemplates = Record<string, string>;
/** The pod templates of each version of the operator. */
export type PodTemplatesByVersion = Record<string, PodTemplates>;

/** The pod templates as the operator makes them now, with the images that it takes where none are set. */
export function podTemplatesNow({ defaultImages } = readSettings({})): PodTemplates {
  const templates = Object.entries(exampleSpecs).flatMap(([name, spec]) => {
    const inputs = { ...inputsFor(hitCounterWith(spec)), defaultImages };
    return desiredObjects(inputs).flatMap((object): [string, string][] => {
      const template = (object as V1Deployment | V1StatefulSet).spec?.template;
      const part = object.metadata?.labels?.["app.kubernetes.io/component"];
      return template ? [[`${name}/${part}`, hashOf(template)]] : [];
    });
  });
  return Object.fromEntries(templates);
}

/** The versions that the changelog says are released: those that have a date, newest first. */
export const releasedVersions = (changelog: string) =>
  [...changelog.matchAll(/^## \[([^\]]+)\] - \d{4}-\d{2}-\d{2}$/gm)].map(([, version]) => version ?? "");

/** What to record: that of released versions stays, that of the version being prepared is as it is now. */
export function recorded(
  before: PodTemplatesByVersion,
  changelog: string,
  preparing: string,
): PodTemplatesByVersion {
  const released = releasedVersions(changelog);
  const kept = Object.entries(before).filter(([version]) => released.includes(version));
  return {
    ...Object.fromEntries(kept),
    ...(!released.includes(preparing) && { [preparing]: podTemplatesNow() }),
  };
}

/**
 * The parts whose pods an upgrade of the operator from the newest released version would restart without a word: each
 * needs a line of the changelog, above that version, such as `- Restarts the counter pods: …`.
 */
export function undeclaredRestarts(
  byVersion: PodTemplatesByVersion,
  now: PodTemplates,
  changelog: string,
): string[] {
  const [newest] = releasedVersions(changelog);
  if (newest === undefined) return [];
  const released = byVersion[newest];
  if (!released) throw new Error(`The pod templates of the released version ${newest} are not recorded`);
  const since = changelog.slice(0, changelog.indexOf(`## [${newest}]`));
  const changed = Object.keys(released).filter((name) => released[name] !== now[name]);
  const parts = new Set(changed.map((name) => name.slice(name.lastIndexOf("/") + 1)));
  return [...parts].filter((part) => !since.includes(`- Restarts the ${part} pods: `));
}
