import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  type ApiServer,
  type RunningOperator,
  serviceAccountKubeconfig,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { requestsOf } from "../../support/audit.ts";
import { manifest } from "../../support/hitCounters.ts";
import { until } from "../../support/until.ts";

const config = join(import.meta.dirname, "../../../config");
let api: ApiServer;
let operator: RunningOperator;

beforeAll(async () => {
  api = await startApiServer();
  await api.kubectl("apply", "--server-side", "-k", join(config, "namespaced"));
  for (const name of ["one", "two", "other"]) await api.kubectl("create", "namespace", name);
  for (const name of ["one", "two"])
    await api.kubectl.in(name)("apply", "-k", join(config, "namespaced/watched"));
  operator = await startOperator(await serviceAccountKubeconfig(api), { NAMESPACES: "one,two" });
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await api?.stop();
});

describe("an operator that looks after two namespaces, with Roles only", () => {
  it("does so, and leaves the others alone, without a request that is forbidden", async () => {
    await api.kubectl.in("other").apply(manifest("web"));
    for (const name of ["one", "two"]) {
      const kubectl = api.kubectl.in(name);
      await kubectl.apply(manifest("web"));
      await until(`${name} has its proxy and its status`, async () => {
        const { code } = await kubectl.attempt("get", "service/web-proxy");
        return (
          code === 0 && (await kubectl("get", "hc", "web", "-o", "jsonpath={.status.conditions}")) !== ""
        );
      });
    }
    const left = await api.kubectl.in("other")("get", "deployment,service,secret", "-o", "name");
    expect(left).toBe("");
    const forbidden = (await requestsOf(api.auditLog, "hitcounter-operator"))
      .filter(({ responseStatus }) => responseStatus?.code === 403)
      .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
    expect(forbidden).toEqual([]);
  });
});
