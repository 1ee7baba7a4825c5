import { readSettings } from "../../operator/config.ts";

const { counter } = readSettings({}).defaultImages;

/** The registry, and the folder in it, where the operator looks for the counter if nobody says otherwise. */
export const DEFAULT_REGISTRY = counter.slice(0, counter.lastIndexOf("/"));

/** The registry that --push names; throws where it is none. */
export function registryFrom(text: string): string {
  if (!/^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)*\/?$/.test(text)) {
    throw new Error(
      `--push must be a registry such as ghcr.io/team or localhost:5000, in small letters and without https://, not ${JSON.stringify(text)}`,
    );
  }
  return text.replace(/\/$/, "");
}

/** The programs that have an image of their own. */
export const PROGRAMS = ["operator", "counter"] as const;
export type Program = (typeof PROGRAMS)[number];

/** What is made, and under which names. */
export interface Release {
  version: string;
  /** Where the images are, or will be. */
  registry: string;
}

/** A text that names images, with another registry in place of the default; throws where it names none. */
export function withRegistry(text: string, registry: string): string {
  if (!text.includes(DEFAULT_REGISTRY))
    throw new Error(`No image of ${DEFAULT_REGISTRY} is named in:\n${text}`);
  return text.replaceAll(DEFAULT_REGISTRY, registry);
}

/** Name of a program's image, without its tag. */
export const repositoryOf = (program: Program, { registry }: Release) => `${registry}/hitcounter-${program}`;

/** Name of a program's image. */
export const imageOf = (program: Program, release: Release) =>
  `${repositoryOf(program, release)}:${release.version}`;
