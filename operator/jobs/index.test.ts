import { describe, expect, it } from "@jest/globals";
import { isJobName, type JobName, jobs, jobsUsage, runJob } from "./index.ts";
import { hasty } from "./testing/surroundings.ts";

describe("a job", () => {
  it("is known by its word", () => {
    expect(Object.keys(jobs).every(isJobName)).toBe(true);
    expect(["", "toString", "--help"].some(isJobName)).toBe(false);
    for (const name of Object.keys(jobs)) expect(jobsUsage()).toContain(`operator ${name} `);
  });

  it.each<[JobName, string[], string]>([
    ["wait", ["--name=web"], "operator wait: --namespace is missing: it is needed"],
    ["wait", ["--namespace=Demo", "--name=web"], '--namespace is "Demo": a name is expected'],
    ["delete", ["--namespace=demo", "--name=web", "--timeout=1m"], '--timeout is "1m": a whole number'],
    ["apply-crd", ["--timeout=0"], '--timeout is "0": a whole number of seconds from 1 to 86400'],
    ["apply-crd", ["--timeout=86401"], '--timeout is "86401"'],
    ["apply-crd", ["--name=web"], "Unknown option '--name'"],
    ["apply-crd", ["now"], "Unexpected argument 'now'"],
    ["count", ["--url=proxy"], '--url is "proxy": a URL such as http://'],
  ])("%s %j is refused, with the name of what is wrong", async (name, args, words) => {
    await expect(runJob(name, args, hasty().surroundings)).rejects.toThrow(words);
  });
});
