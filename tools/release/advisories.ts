import { tryRun } from "../../cluster/shell.ts";

/** How long the registry may take (ms). */
const TIMEOUT_MS = 15_000;

/** What `npm audit --json` prints, as far as it is read here. */
interface Audit {
  readonly vulnerabilities?: Readonly<
    Record<
      string,
      { readonly name: string; readonly severity: string; readonly via: readonly (string | Via)[] }
    >
  >;
}
interface Via {
  readonly title: string;
  readonly url: string;
}

/**
 * The weaknesses that npm's registry knows of in the packages of a folder's lock file that are no tools, a line each; undefined
 * where it does not say.
 */
export async function findAdvisories(
  folder: string,
  env: Record<string, string> = {},
): Promise<string[] | undefined> {
  const words = ["audit", "--omit=dev", "--json", "--fetch-retries=0", `--fetch-timeout=${TIMEOUT_MS}`];
  const { stdout } = await tryRun("npm", words, { cwd: folder, env });
  const { vulnerabilities } = parsed(stdout);
  if (vulnerabilities === undefined) return undefined;
  return Object.values(vulnerabilities).map(({ name, severity, via }) => {
    const why = via.map((each) => (typeof each === "string" ? `by ${each}` : `${each.title} (${each.url})`));
    return `${name}, ${severity}: ${why.join("; ")}`;
  });
}

/** What a release tells of advisories. Throws where there are some, unless they are to be lived with. */
export function advisoriesInWords(advisories: readonly string[] | undefined, despite: boolean): string {
  if (advisories === undefined) {
    return "npm's registry did not say which weaknesses it knows of: NOTHING was audited. Run npm audit --omit=dev where it does.";
  }
  if (advisories.length === 0) return "npm's registry knows of no weakness in these packages.";
  const list = advisories.map((each) => `  ${each}`).join("\n");
  if (despite) return `Released despite what npm's registry knows:\n${list}`;
  throw new Error(
    `npm's registry knows of weaknesses:\n${list}\nUpdate these packages or, where none of it can be reached here, give --despite-advisories`,
  );
}

/** Anything else than JSON says that npm did not get so far. */
function parsed(text: string): Audit {
  try {
    return JSON.parse(text) as Audit;
  } catch {
    return {};
  }
}
