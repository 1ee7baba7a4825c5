import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { goneBackHeader, patienceSeconds, versionHeader } from "../../../counter/contract.ts";
import { PROXY_STATUS_PORT } from "../../../operator/desired/nginxConf.ts";
import {
  COUNTER_VERSIONS,
  type ComposeProject,
  prepareComposeProject,
} from "../../support/composeProject.ts";
import { tell } from "../../support/findings.ts";
import { until } from "../../support/until.ts";
import { failuresInWords, judge, startVisitors } from "../../support/visitors.ts";

// One project, through its life: each test takes up where the one before has left it.

const SERVICES = ["redis", "counter-1", "counter-2", "proxy"];
const VISITORS_PER_SECOND = 10;
let project: ComposeProject;
/** What the counters run from some moment on. */
let env: Record<string, string> = {};

const up = (...words: string[]) => project.compose(["up", "--detach", "--wait", ...words], env);
const answer = async (path = "") => {
  const response = await fetch(`${project.url}${path}`);
  return { status: response.status, body: await response.text(), headers: response.headers };
};
const hit = async () => Number(/^Holla! we have hit (\d+) times\n$/.exec((await answer()).body)?.[1]);
const count = async () => (JSON.parse((await answer("hits")).body) as { hits: number }).hits;
const exec = async (service: string, ...words: string[]) =>
  await project.engine("exec", await project.container(service), ...words);
/** Runs JavaScript in a counter, whose image has nothing else. */
const evaluate = (service: string, source: string) => exec(service, "/nodejs/bin/node", "--eval", source);
const inspect = async (service: string, format: string) =>
  (await project.engine("inspect", "--format", format, await project.container(service))).trim();
const asRedis = (command: string) =>
  exec("redis", "sh", "-c", `REDISCLI_AUTH="$(cat /run/auth/password)" redis-cli ${command}`);

/** Does something while visitors come, and tells how their answers and the count agree. */
async function whileVisited(what: string, change: () => Promise<unknown>) {
  const before = await count();
  const visitors = startVisitors(project.url, VISITORS_PER_SECOND);
  try {
    await visitors.untilAnswered(VISITORS_PER_SECOND);
    await change();
    await visitors.untilAnswered(VISITORS_PER_SECOND);
  } finally {
    await visitors.stop();
  }
  const visits = visitors.soFar;
  const since = { ...visits, acknowledged: visits.acknowledged.map((number) => number - before) };
  const verdict = judge(since, (await count()) - before);
  tell(
    "compose",
    `${what}: ${visits.acknowledged.length} answered, slowest ${visits.slowestMs.toFixed(0)} ms, failed: ${failuresInWords(visits)}`,
  );
  return { verdict, soonestFailureMs: visits.soonestFailureMs };
}

beforeAll(async () => {
  project = await prepareComposeProject();
  await up();
}, 600_000);
afterAll(() => project?.remove(), 120_000);

describe("compose.yaml, by the real Compose", () => {
  it("is valid", async () => {
    expect(await project.compose(["config", "--quiet"])).toBe("");
  });

  it("counts: 1, 2, 3", async () => {
    expect([await hit(), await hit(), await hit()]).toEqual([1, 2, 3]);
  });

  it("serves what is the public's, and counts nothing else", async () => {
    const paths = ["hits", "health", "favicon.ico", "metrics", "ready", "p/page"];
    const statuses = await Promise.all(paths.map(async (path) => (await answer(path)).status));
    expect(statuses).toEqual([200, 200, 404, 404, 404, 404]);
    expect(await count()).toBe(3);
  });

  it("gives no process a capability, a new privilege, or a root file system to write to", async () => {
    const status: Record<string, () => Promise<string>> = {
      redis: () => exec("redis", "cat", "/proc/1/status"),
      proxy: () => exec("proxy", "cat", "/proc/1/status"),
      "counter-1": () =>
        evaluate("counter-1", 'process.stdout.write(require("fs").readFileSync("/proc/1/status"))'),
    };
    const users: Record<string, number> = { redis: 999, proxy: 101, "counter-1": 65_532 };
    for (const [service, read] of Object.entries(status)) {
      const text = await read();
      expect(text).toMatch(/^CapEff:\t0+$/m);
      expect(text).toMatch(/^CapBnd:\t0+$/m);
      expect(text).toMatch(/^NoNewPrivs:\t1$/m);
      expect(text).toMatch(new RegExp(`^Uid:\t${users[service]}\t`, "m"));
    }
    await expect(exec("redis", "touch", "/there")).rejects.toThrow("Read-only file system");
    await expect(evaluate("counter-1", 'require("fs").writeFileSync("/app/there", "")')).rejects.toThrow(
      "EROFS",
    );
  });

  it("lets nobody to Redis but the counters, by a password that stands nowhere else", async () => {
    expect(await exec("redis", "redis-cli", "ping")).toContain("NOAUTH");
    const password = (await exec("redis", "cat", "/run/auth/password")).trim();
    expect(password).toMatch(/^[A-Za-z0-9]{43}$/);
    expect(
      await evaluate("counter-2", 'console.log(require("fs").readFileSync("/run/auth/password", "utf8"))'),
    ).toBe(`${password}\n`);
    const told = await Promise.all(SERVICES.map(async (service) => await inspect(service, "{{json .}}")));
    expect([...told, await project.compose(["logs"])].join("\n")).not.toContain(password);
    const networks = async (service: string) =>
      Object.keys(JSON.parse(await inspect(service, "{{json .NetworkSettings.Networks}}")))
        .map((name) => name.replace(/^.*_/, ""))
        .sort();
    expect(await Promise.all(SERVICES.map(networks))).toEqual([
      ["redis"],
      ["counters", "redis"],
      ["counters", "redis"],
      ["counters", "public"],
    ]);
  });

  it("fails no request while the counters are upgraded one by one", async () => {
    const [, next] = COUNTER_VERSIONS;
    env = { COUNTER_VERSION: next };
    const { verdict } = await whileVisited("counters upgraded one by one", async () => {
      await up("--no-deps", "counter-1");
      await up("--no-deps", "counter-2");
    });
    expect(verdict).toEqual({ lost: 0, twice: 0, failed: 0, unacknowledged: 0 });
    expect((await answer("hits")).headers.get(versionHeader)).toBe(next);
    expect((await answer("hits")).headers.get(versionHeader)).toBe(next);
  });

  it("has requests wait while Redis is restarted, none for less than their patience", async () => {
    const { verdict, soonestFailureMs } = await whileVisited("Redis restarted", () =>
      project.compose(["restart", "redis"], env),
    );
    expect(verdict).toMatchObject({ lost: 0, twice: 0 });
    expect(verdict.unacknowledged).toBeLessThanOrEqual(verdict.failed);
    // Where a slow machine takes Redis away for longer, some give up after it; else none fails.
    expect(soonestFailureMs).toBeGreaterThanOrEqual(patienceSeconds * 1000);
  });

  it("loses no hit and counts none twice while its only proxy is restarted, which refuses some", async () => {
    const { verdict } = await whileVisited("the proxy restarted", () =>
      project.compose(["restart", "proxy"], env),
    );
    expect(verdict).toMatchObject({ lost: 0, twice: 0 });
    expect(verdict.unacknowledged).toBeLessThanOrEqual(verdict.failed);
  });

  it("answers what it has in hand when it is told to stop, and every part ends by itself", async () => {
    const before = await count();
    const redis = await project.container("redis");
    const networks = JSON.parse(await inspect("proxy", "{{json .NetworkSettings.Networks}}"));
    const [, { IPAddress: proxy }] = Object.entries<{ IPAddress: string }>(networks).find(([name]) =>
      name.endsWith("_counters"),
    ) ?? ["", { IPAddress: "" }];
    // Those of the visitors, and this one.
    const inHand = async () => {
      const source = `fetch("http://${proxy}:${PROXY_STATUS_PORT}/stub_status").then((answer) => answer.text()).then(
        (text) => console.log(/Writing: (\\d+)/.exec(text)[1]))`;
      return Number(await evaluate("counter-1", source)) - 1;
    };
    await project.engine("pause", redis);
    const began = performance.now();
    const answers = Promise.all(Array.from({ length: 6 }, hit));
    let stopped: Promise<unknown> | undefined;
    try {
      await until("the proxy has six requests in hand", async () => (await inHand()) === 6);
      stopped = project.compose(["stop"], env);
      const refuses = () =>
        inHand().then(
          () => false,
          () => true,
        );
      await until("the proxy takes no more", refuses);
    } finally {
      await project.engine("unpause", redis);
    }
    const held = performance.now() - began;
    const numbers = (await answers).sort((one, other) => one - other);
    await stopped;
    // A machine so slow that they waited for longer than their patience has them answered too, by 503.
    const expected =
      held < patienceSeconds * 1000 ? [1, 2, 3, 4, 5, 6].map((number) => before + number) : numbers;
    expect(numbers).toEqual(expected);
    expect(await Promise.all(SERVICES.map((name) => inspect(name, "{{.State.ExitCode}}")))).toEqual(
      SERVICES.map(() => "0"),
    );
    await up();
  });

  it("counts on after down and up", async () => {
    const last = await hit();
    await project.compose(["down"], env);
    expect((await project.compose(["ps", "--all", "--quiet"])).trim()).toBe("");
    await up();
    expect(await hit()).toBe(last + 1);
  });

  it("counts nothing below what a counter has seen, and shows it; once all are new, nobody knows of a loss", async () => {
    const last = await count();
    await asRedis("flushall");
    const { status, headers } = await answer();
    expect([status, headers.get(goneBackHeader)]).toEqual([503, `${last} 0`]);
    await until("the counters are told to be unhealthy", async () => {
      const format = "{{.State.Health.Status}}";
      return (await inspect("counter-1", format)) === "unhealthy";
    });
    await up("--no-deps", "--force-recreate", "counter-1", "counter-2");
    expect(await hit()).toBe(1);
  });
});
