import { existsSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { terminalProgress } from "../../../cluster/progress.ts";
import { run, tryRun } from "../../../cluster/shell.ts";
import { ensureProgram } from "../../support/goPrograms.ts";

const root = join(import.meta.dirname, "../../..");
/** A moment on 2033-05-18, for what would otherwise depend on the day. */
const EPOCH = "2000000000";
const identity = {
  GIT_AUTHOR_NAME: "Somebody",
  GIT_AUTHOR_EMAIL: "somebody@example.com",
  GIT_COMMITTER_NAME: "Somebody",
  GIT_COMMITTER_EMAIL: "somebody@example.com",
  GIT_CONFIG_GLOBAL: "/dev/null",
};

let folder: string;
let env: Record<string, string>;
const git = async (...words: string[]) => (await run("git", words, { cwd: folder, env })).trim();
/** Which one the base image is, so that no registry needs to be asked. */
const DIGEST = `sha256:${"a1".repeat(32)}`;
const BASE = `gcr.io/distroless/nodejs24-debian12:nonroot@${DIGEST}`;
const release = (...words: string[]) =>
  tryRun(process.execPath, ["tools/release/main.ts", "--no-images", "--base", BASE, ...words], {
    cwd: folder,
    env,
  });
const output = (name: string) => join(folder, "dist/release", name);
const read = (name: string) => readFile(output(name), "utf8");
const inArchive = (archive: string, file: string) =>
  run("tar", ["--extract", "--gzip", "--to-stdout", "--file", output(archive), file]);
/** What a refused call says, and that it has left nothing. */
const refusal = async (...words: string[]) => {
  await rm(join(folder, "dist"), { recursive: true, force: true });
  const head = await git("rev-parse", "HEAD");
  const { code, stderr } = await release(...words);
  expect({ code, files: existsSync(output(".")), head: await git("rev-parse", "HEAD") }).toEqual({
    code: 1,
    files: false,
    head,
  });
  return stderr;
};
const commit = (message: string) => git("commit", "--quiet", "--all", "--message", message);

beforeAll(async () => {
  // The sources as they are now, committed or not, as a repository of their own.
  folder = await mkdtemp(join(tmpdir(), "hitcounter-release-"));
  const helm = await ensureProgram("helm", terminalProgress());
  env = {
    ...identity,
    PATH: [dirname(helm), process.env.PATH].join(delimiter),
    SOURCE_DATE_EPOCH: EPOCH,
    npm_config_registry: "http://127.0.0.1:1/", // so that it depends on none
    NODE_OPTIONS: "--disable-warning=ExperimentalWarning",
  };
  const listed = ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  for (const file of (await run("git", listed, { cwd: root })).trim().split("\n")) {
    if (!existsSync(join(root, file))) continue; // deleted, and not yet committed
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await cp(join(root, file), join(folder, file));
  }
  await git("init", "--quiet", "--initial-branch=main");
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await appendFile(join(folder, ".git/info/exclude"), "node_modules\n");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "All there is");
  // Nobody may push: there is somewhere to push to, and it stays empty.
  await git("init", "--quiet", "--bare", join(folder, ".git/elsewhere"));
  await git("remote", "add", "origin", join(folder, ".git/elsewhere"));
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a dry run of a release", () => {
  let said: string;

  it("writes every file of it, and leaves the tree as it was", async () => {
    const head = await git("rev-parse", "HEAD");
    const { code, stdout, stderr } = await release("--dry-run", "--version", "97.0.0");
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    said = stdout;
    expect((await readdir(output("."))).sort()).toEqual([
      "SHA256SUMS",
      "hitcounter-97.0.0.tgz",
      "hitcounter-compose-97.0.0.tgz",
      "hitcounter-counter.cdx.json",
      "hitcounter-npm.cdx.json",
      "hitcounter-operator.cdx.json",
      "hitcounter.yaml",
      "install.yaml",
      "pod-templates.json",
      "release-notes.md",
    ]);
    expect(await git("status", "--porcelain")).toBe("");
    expect([
      await git("rev-parse", "HEAD"),
      await git("tag"),
      await git("worktree", "list", "--porcelain"),
    ]).toEqual([head, "", expect.not.stringMatching(/worktree[\s\S]*worktree/)]);
    expect(stdout).toContain("NOTHING was audited.");
    expect(stdout).toContain("No images were built.\nNothing was pushed.\nNothing was committed or tagged");
    expect(stdout).toContain(
      "docker buildx build --file Dockerfile.counter --platform linux/amd64,linux/arm64",
    );
  });

  it("installs the operator by the release's image", async () => {
    const objects = parseAllDocuments(await read("install.yaml")).map((each) => each.toJS());
    expect(objects.map(({ kind }) => kind).sort()).toEqual(
      expect.arrayContaining(["ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Deployment"]),
    );
    const deployment = objects.find(({ kind }) => kind === "Deployment");
    const [container] = deployment.spec.template.spec.containers;
    expect(container.image).toBe("ghcr.io/hitcounter/hitcounter-operator:97.0.0");
  });

  it("names the version in what is applied, packed and told", async () => {
    expect(parse(await read("hitcounter.yaml")).spec.version).toBe("97.0.0");
    const notes = await read("release-notes.md");
    expect(notes).toMatch(/^# HitCounter 97\.0\.0\n\n### /);
    expect(notes).toContain("`ghcr.io/hitcounter/hitcounter-counter:97.0.0`");
    const hashes = JSON.parse(await read("pod-templates.json"));
    expect(Object.keys(hashes)).toEqual(["97.0.0"]);
    expect(Object.keys(hashes["97.0.0"])).toContain("as little as can be/counter");
    expect(parse(await inArchive("hitcounter-97.0.0.tgz", "hitcounter/Chart.yaml"))).toMatchObject({
      version: "97.0.0",
      appVersion: "97.0.0",
    });
    const compose = await inArchive(
      "hitcounter-compose-97.0.0.tgz",
      "hitcounter-compose-97.0.0/compose.yaml",
    );
    expect(compose).toMatch(/hitcounter-counter}:\$\{COUNTER_VERSION:-97\.0\.0}\n/);
  });

  it("names the base image by its digest in the notes, the bills of materials and the commands that are left", async () => {
    const pinned = `gcr.io/distroless/nodejs24-debian12@${DIGEST}`;
    expect(await read("release-notes.md")).toContain(`, on \`${pinned}\`\n`);
    expect(await read("hitcounter-counter.cdx.json")).toContain(`"version": "${DIGEST}"`);
    expect(said).toContain(`The base image is ${pinned}`);
    expect(said).toContain(`--build-arg NODE_IMAGE=${pinned} `);
  });

  it("writes checksums that sha256sum agrees with, of every file", async () => {
    const checked = await run("sha256sum", ["--check", "SHA256SUMS"], { cwd: output(".") });
    expect(checked.trim().split("\n")).toHaveLength((await readdir(output("."))).length - 1);
  });

  it("writes a chart that Helm takes", async () => {
    await run("helm", ["lint", "--strict", output("hitcounter-97.0.0.tgz")], { env });
  });
});

describe("a dry run for another registry", () => {
  it("names its images wherever images are named, says that its base image is not pinned, and pushes nothing", async () => {
    // Nor does a registry tell here which one the base image is.
    const nowhere = ["--base", "127.0.0.1:1/distroless/node:nonroot"];
    const words = ["--dry-run", "--version", "97.0.0", "--push", "registry.example.com/team/", ...nowhere];
    const { code, stdout } = await release(...words);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Nothing was pushed.")]);
    expect(stdout).toContain("the base image is NOT pinned in these files");
    expect(await read("release-notes.md")).toContain(", on `127.0.0.1:1/distroless/node:nonroot`\n");
    const install = await read("install.yaml");
    expect(install).toContain("image: registry.example.com/team/hitcounter-operator:97.0.0\n");
    expect(install).toMatch(
      /name: COUNTER_IMAGE\n +value: registry\.example\.com\/team\/hitcounter-counter\n/,
    );
    expect(await read("release-notes.md")).toContain("`registry.example.com/team/hitcounter-counter:97.0.0`");
    const compose = await inArchive(
      "hitcounter-compose-97.0.0.tgz",
      "hitcounter-compose-97.0.0/compose.yaml",
    );
    expect(parse(await inArchive("hitcounter-97.0.0.tgz", "hitcounter/values.yaml")).images.registry).toBe(
      "registry.example.com/team",
    );
    expect(compose).toContain("{COUNTER_IMAGE:-registry.example.com/team/hitcounter-counter}");
  });
});

describe("a release is refused", () => {
  it("from a tree that is not clean, which names what is not committed", async () => {
    await appendFile(join(folder, "README.md"), "\nOne more line.\n");
    await writeFile(join(folder, "stray.txt"), "");
    const said = await refusal("--dry-run");
    expect(said).toContain("A release is made from a clean tree");
    expect(said).toContain("\n M README.md\n?? stray.txt\n");
    await git("checkout", "--quiet", "README.md");
    await rm(join(folder, "stray.txt"));
  });

  it("with a version that is none, or is not above the last tag", async () => {
    expect(await refusal("--dry-run", "--version", "1.x")).toContain(
      '--version must be a semantic version such as 1.2.3 or 1.2.3-rc.1, not "1.x"',
    );
    await git("tag", "v98.0.0");
    expect(await refusal("--dry-run", "--version", "97.9.9")).toContain("--version must be above 98.0.0");
    await git("tag", "--delete", "v98.0.0");
  });

  it("with a base image that is none", async () => {
    expect(await refusal("--base", "node")).toContain("--base must be an image with its registry");
  });

  it("with images to push and none to build", async () => {
    expect(await refusal("--push", "registry.example.com")).toContain(
      "--push has nothing to push with --no-images",
    );
  });

  it("without a chart", async () => {
    await git("rm", "-r", "--quiet", "charts/hitcounter");
    await commit("No chart");
    expect(await refusal("--dry-run", "--version", "97.0.0")).toContain(
      "A release has a chart, but charts/hitcounter is missing",
    );
    await git("reset", "--quiet", "--hard", "HEAD~1");
  });

  it("with a time that is none", async () => {
    env.SOURCE_DATE_EPOCH = "yesterday";
    expect(await refusal("--dry-run")).toContain("SOURCE_DATE_EPOCH must be seconds since 1970");
    env.SOURCE_DATE_EPOCH = EPOCH;
  });
});

describe("a release that is no dry run", () => {
  it("commits the version and the changelog, tags them, and pushes nothing", async () => {
    const { code, stdout, stderr } = await release("--version", "97.0.0");
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Committed, and tagged v97.0.0, on this machine.");
    expect(stdout).toContain("git push origin main v97.0.0");
    expect(await git("status", "--porcelain")).toBe("");
    expect(await git("rev-parse", "v97.0.0^{commit}", "HEAD")).toMatch(/^(\w+)\n\1$/);
    expect(await git("log", "-1", "--format=%s")).toBe("Release 97.0.0");
    expect(await readFile(join(folder, "CHANGELOG.md"), "utf8")).toContain(
      "\n## [Unreleased]\n\n## [97.0.0] - 2033-05-18\n\n### ",
    );
    expect(JSON.parse(await readFile(join(folder, "package.json"), "utf8")).version).toBe("97.0.0");
    expect(await git("ls-remote", "origin")).toBe("");
  });

  it("is the same bytes when it is made again from the commit before its tag", async () => {
    const first = await read("SHA256SUMS");
    const again = join(folder, ".git/again");
    await run("git", ["clone", "--quiet", "--branch", "v97.0.0", folder, again], { env });
    await symlink(join(root, "node_modules"), join(again, "node_modules"));
    await appendFile(join(again, ".git/info/exclude"), "node_modules\n");
    await run("git", ["checkout", "--quiet", "v97.0.0~1"], { cwd: again, env });
    await run("git", ["tag", "--delete", "v97.0.0"], { cwd: again, env });
    const words = ["--no-images", "--base", BASE, "--dry-run", "--version", "97.0.0"];
    await run(process.execPath, ["tools/release/main.ts", ...words], { cwd: again, env });
    expect(await readFile(join(again, "dist/release/SHA256SUMS"), "utf8")).toBe(first);
  });

  it("leaves generated files current, so that what follows is checked against it", async () => {
    await run(process.execPath, ["tools/generate.ts", "--check"], { cwd: folder, env });
    expect(Object.keys(JSON.parse(await readFile(join(folder, "tools/podTemplates.json"), "utf8")))).toEqual([
      "97.0.0",
    ]);
  });

  it("is not made again while nothing has changed", async () => {
    expect(await refusal()).toContain("--version must be above 97.0.0");
    expect(await refusal("--version", "97.0.1")).toContain("CHANGELOG.md says nothing under [Unreleased]");
  });
});
