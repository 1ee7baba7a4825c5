import { describe, expect, it } from "@jest/globals";
import { imageCommands, pushImages } from "./images.ts";

const release = { version: "1.2.3", registry: "registry.example.com/team" };
const ingredients = {
  base: "example.com/node",
  epoch: 1_700_000_000,
  platforms: ["linux/amd64", "linux/arm64"],
};
const words = (commands: readonly (readonly string[])[]) => commands.map((command) => command.join(" "));

describe("imageCommands", () => {
  it("builds and pushes one manifest of all platforms for each program, by Podman", () => {
    const { build, push } = imageCommands("podman", release, ingredients);
    const options = (program: string) =>
      `--file Dockerfile.${program} --platform linux/amd64,linux/arm64 --build-arg NODE_IMAGE=example.com/node --build-arg VERSION=1.2.3 --label org.opencontainers.image.base.name=example.com/node --timestamp 1700000000`;
    const image = (program: string) => `registry.example.com/team/hitcounter-${program}:1.2.3`;
    const programs = ["operator", "counter"];
    expect(words(build)).toEqual(
      programs.map((program) => `podman build ${options(program)} --manifest ${image(program)} .`),
    );
    expect(words(push)).toEqual(
      programs.map((program) => `podman manifest push --all ${image(program)} docker://${image(program)}`),
    );
  });

  it("builds without pushing, and pushes, by Docker's buildx", () => {
    const { build, push } = imageCommands("docker", release, ingredients);
    for (const line of words(build))
      expect(line).toMatch(
        /^docker buildx build .*--build-arg SOURCE_DATE_EPOCH=1700000000 .*--output=type=image,push=false,rewrite-timestamp=true \.$/,
      );
    for (const line of words(push))
      expect(line).toMatch(/^docker buildx build .*--output=type=image,push=true,rewrite-timestamp=true \.$/);
  });
});

describe("pushImages", () => {
  it("refuses images that are not those of a release", async () => {
    const built = { build: [], push: [["false"]], env: {}, platforms: ["linux/amd64"], complete: false };
    await expect(pushImages("/", built)).rejects.toThrow(
      "there are images for linux/amd64 alone, on a stand-in",
    );
  });
});
