/** The image that the product's images start from. */
export interface BaseImage {
  /** With its registry, and without a tag: `gcr.io/distroless/nodejs24-debian12`. */
  readonly name: string;
  readonly tag: string;
  /** Which one the tag was at this release: `sha256:…`. None where no registry said so. */
  readonly digest: string | undefined;
}

/** How long a registry may take for one answer (ms). */
const TIMEOUT_MS = 15_000;
/** What a registry may answer with: an image for several platforms, whose digest is that of all. */
const INDEXES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The name of an image by its digest, so that nobody can give another under that name; by its tag where none is known. */
export const pinned = ({ name, tag, digest }: BaseImage): string =>
  digest === undefined ? `${name}:${tag}` : `${name}@${digest}`;

/** Asks the registry of an image such as `gcr.io/distroless/nodejs24-debian12:nonroot` which one its tag is now. */
export async function findBaseImage(image: string): Promise<BaseImage> {
  const [, name = "", tag = "", digest] =
    /^([^@]+?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? [];
  if (name === "" || !name.includes("/") || (tag === "" && digest === undefined)) {
    throw new Error(
      `--base must be an image with its registry and its tag or digest, such as gcr.io/distroless/nodejs24-debian12:nonroot, not ${JSON.stringify(image)}`,
    );
  }
  return { name, tag, digest: digest ?? (await digestOf(name, tag)) };
}

/** The digest, or undefined where no registry answers. One that answers with anything else is an error. */
async function digestOf(name: string, tag: string): Promise<string | undefined> {
  const slash = name.indexOf("/");
  const [registry, repository] = [name.slice(0, slash), name.slice(slash + 1)];
  const scheme = /^(localhost|127\.0\.0\.1)(:|$)/.test(registry) ? "http" : "https";
  const url = `${scheme}://${registry === "docker.io" ? "registry-1.docker.io" : registry}/v2/${repository}/manifests/${tag}`;
  const answer = await head(url);
  if (answer === undefined) return undefined;
  const challenge = answer.status === 401 ? answer.headers.get("www-authenticate") : undefined;
  const last = challenge ? await head(url, await token(challenge)) : answer;
  const digest = last?.headers.get("docker-content-digest") ?? "";
  if (!last?.ok || !DIGEST.test(digest)) {
    throw new Error(`The registry of ${name}:${tag} answers ${last?.status}, and not with its digest`);
  }
  const type = last.headers.get("content-type") ?? "";
  if (!INDEXES.includes(type))
    throw new Error(`${name}:${tag} is not an image for several platforms, but ${type}`);
  return digest;
}

const head = (url: string, bearer?: string): Promise<Response | undefined> =>
  fetch(url, {
    method: "HEAD",
    headers: { accept: INDEXES.join(", "), ...(bearer && { authorization: `Bearer ${bearer}` }) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => undefined);

/** A token for anybody, from where the registry says that there is one. */
async function token(challenge: string): Promise<string> {
  const said = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
  );
  const url = new URL(said.realm ?? "");
  for (const key of ["service", "scope"]) if (said[key] !== undefined) url.searchParams.set(key, said[key]);
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const { token, access_token } = (await answer.json()) as { token?: string; access_token?: string };
  return token ?? access_token ?? "";
}
