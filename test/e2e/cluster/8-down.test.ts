import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import { TEST_CLUSTER } from "../../../cluster/cluster.ts";
import { run } from "../../../cluster/shell.ts";
import { stateFolder } from "../../../cluster/state.ts";
import { npmRun } from "../../support/cluster.ts";
import { theEngine } from "../../support/engine.ts";

describe("npm run down", () => {
  it("leaves no container, process, mount, network or kubeconfig of the cluster behind", async () => {
    const engine = await theEngine();
    const node = new RegExp(`${TEST_CLUSTER}-(control-plane|worker)`);
    const containers = async () =>
      await run(engine.command, ["ps", "--all", "--format", "{{.Names}}"], { env: engine.env });
    const networks = async () => {
      const list = await run(engine.command, ["network", "ls", "--format", "{{.Name}}"], { env: engine.env });
      return list.trim().split("\n");
    };
    const processes = async () => await run("ps", ["-e", "-o", "args"]);
    expect(await containers()).toMatch(node);
    expect(await processes()).toMatch(node);

    expect(await networks()).toContain("kind");

    expect((await npmRun("down")).code).toBe(0);

    const others = (await containers()).includes("-control-plane");
    expect((await networks()).includes("kind")).toBe(others);
    expect(await containers()).not.toMatch(node);
    expect(await processes()).not.toMatch(node);
    expect(await readFile("/proc/mounts", "utf8")).not.toContain(TEST_CLUSTER);
    expect(existsSync(stateFolder(TEST_CLUSTER).kubeconfig)).toBe(false);
  });

  it("is fine with nothing there", async () => {
    expect((await npmRun("down")).code).toBe(0);
  });
});
