/** The words of a Dockerfile's ENTRYPOINT. */
export function entrypointIn(dockerfile: string): string[] {
  const words = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1];
  if (words === undefined) throw new Error("The Dockerfile has no ENTRYPOINT in JSON");
  return JSON.parse(words) as string[];
}

/** Node.js's own flags among them. */
export const nodeFlagsIn = (dockerfile: string): string[] =>
  entrypointIn(dockerfile).filter((word) => word.startsWith("--"));
