import { expect, test } from "@jest/globals";
import { RELEASES } from "../../cluster/nodeImage/releases.ts";
import { releaseStages } from "./releaseStages.ts";

test("puts a release through the integration tests and the journeys, each after what it needs", () => {
  const [{ minor }] = RELEASES;
  const stages = releaseStages(RELEASES[0]);
  expect(stages.map(({ name }) => name)).toEqual([
    `${minor} tools`,
    `${minor} integration`,
    `${minor} up`,
    `${minor} hitcounters`,
    `${minor} underLoad`,
    `${minor} redisAway`,
  ]);
  for (const { env } of stages) expect(env).toEqual({ KUBERNETES_VERSION: minor });
});
