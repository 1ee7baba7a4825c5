import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { findBaseImage, pinned } from "./baseImage.ts";

const DIGEST = `sha256:${"a1".repeat(32)}`;
const INDEX = "application/vnd.oci.image.index.v1+json";

/** A registry on this machine. */
let registry: Server;
let host: string;
let answer: (response: ServerResponse) => void;
let asked: string[];

beforeEach(async () => {
  asked = [];
  answer = (response) =>
    void response.setHeader("content-type", INDEX).setHeader("docker-content-digest", DIGEST).end();
  registry = createServer((request, response) => {
    const { method, url, headers } = request;
    asked.push([method, url, headers.authorization].filter(Boolean).join(" "));
    if (url?.startsWith("/token")) return void response.end(JSON.stringify({ token: "anybody" }));
    answer(response);
  });
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
});
afterEach(() => void registry.close());

describe("findBaseImage", () => {
  it("pins the tag to the one that the registry says it is now", async () => {
    const base = await findBaseImage(`${host}/distroless/nodejs24:nonroot`);
    expect(base).toEqual({ name: `${host}/distroless/nodejs24`, tag: "nonroot", digest: DIGEST });
    expect(pinned(base)).toBe(`${host}/distroless/nodejs24@${DIGEST}`);
    expect(asked).toEqual(["HEAD /v2/distroless/nodejs24/manifests/nonroot"]);
  });

  it("asks for a token where the registry wants one, as anybody may", async () => {
    const serve = answer;
    answer = (response) => {
      if (asked.at(-1)?.endsWith("Bearer anybody")) return serve(response);
      const challenge = `Bearer realm="http://${host}/token",service="registry",scope="repository:node:pull"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
    };
    expect((await findBaseImage(`${host}/node:24`)).digest).toBe(DIGEST);
    expect(asked).toEqual([
      "HEAD /v2/node/manifests/24",
      "GET /token?service=registry&scope=repository%3Anode%3Apull",
      "HEAD /v2/node/manifests/24 Bearer anybody",
    ]);
  });

  it("asks nobody for a digest that is given", async () => {
    const base = await findBaseImage(`${host}/node@${DIGEST}`);
    expect([base.digest, pinned(base), asked]).toEqual([DIGEST, `${host}/node@${DIGEST}`, []]);
  });

  it("knows none where no registry answers, and names the tag", async () => {
    await new Promise((resolve) => registry.close(resolve));
    const base = await findBaseImage(`${host}/node:24`);
    expect([base.digest, pinned(base)]).toEqual([undefined, `${host}/node:24`]);
  });

  it.each([
    [
      "a tag that there is not",
      (response: ServerResponse) => void response.writeHead(404).end(),
      "answers 404",
    ],
    ["no digest", (response: ServerResponse) => void response.end(), "answers 200, and not with its digest"],
    [
      "an image for one platform",
      (response: ServerResponse) =>
        void response
          .setHeader("content-type", "application/vnd.oci.image.manifest.v1+json")
          .setHeader("docker-content-digest", DIGEST)
          .end(),
      "is not an image for several platforms",
    ],
  ])("refuses %s", async (_what, otherwise, words) => {
    answer = otherwise;
    await expect(findBaseImage(`${host}/node:24`)).rejects.toThrow(words);
  });

  it.each(["node:24", "gcr.io/node", "gcr.io/node@sha256:1", ""])(
    "refuses what names no image: %j",
    async (text) => {
      await expect(findBaseImage(text)).rejects.toThrow("--base must be an image with its registry");
    },
  );
});
