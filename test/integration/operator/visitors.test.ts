import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import type { V1Deployment, V1Secret } from "@kubernetes/client-node";
import { saltBytes, saltFile } from "../../../counter/contract.ts";
import { MANAGED_BY } from "../../../operator/desired/names.ts";
import { visitorsSecretName } from "../../../operator/desired/visitorsSecret.ts";
import { childKinds } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import { hitCounterWith } from "../../../operator/testing/fixtures.ts";
import {
  lookingAfter,
  type RunningOperator,
  sharedApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { conditionOf, patchSpec, untilTold } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { makeWeb, patch } from "../../support/pretended.ts";
import { until } from "../../support/until.ts";

const DAY_MS = 86_400_000;
const key = { namespace: "visited", name: visitorsSecretName(hitCounterWith()) };
/** The days of which there are salts now. */
const days = () => [0, 1].map((ahead) => saltFile(new Date(Date.now() + ahead * DAY_MS)));
/** What cannot be the salt that was made. */
const ANOTHER = Buffer.alloc(saltBytes, 7).toString("base64");

const api = sharedApiServer();
let client: KubeClient;
let operator: RunningOperator;
let kubectl: Kubectl;

// One HitCounter, through all of it in turn. Days begin and end by what its Secret is made to have, not by a clock.
beforeAll(async () => {
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "visitors-test" });
  operator = await startOperator(api.kubeconfig, lookingAfter("visited"));
  kubectl = await makeWeb(api, "visited");
  await until("its counters are there", async () => (await counters()) !== undefined);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
});

// Salts of two days are no longer those of a minute ago when a day ends meanwhile.
beforeEach(async () => {
  await until("the day lasts", () => Date.now() % DAY_MS < DAY_MS - 60_000);
});

const secret = () => client.get<V1Secret>(childKinds.Secret, key);
const salts = async () => (await secret())?.data ?? {};
const counters = () =>
  client.get<V1Deployment>(childKinds.Deployment, { namespace: "visited", name: "web-counter" });
const template = async () => JSON.stringify((await counters())?.spec?.template);
const untilSaltsAre = (what: string, wanted: (all: Record<string, string>) => boolean) =>
  until(what, async () => wanted(await salts()));

it("has no Secret of salts where visitors are not counted", async () => {
  expect(await secret()).toBeUndefined();
  expect(await template()).not.toContain("visitors");
});

it("has salts of today and tomorrow once they are, and counters that read them", async () => {
  const before = await template();
  await patchSpec(kubectl, "web", { visitors: { enabled: true } });
  await untilSaltsAre("they are there", (all) => days().every((day) => day in all));
  for (const salt of Object.values(await salts()))
    expect(Buffer.from(salt, "base64")).toHaveLength(saltBytes);
  await until("counters read them", async () => (await template()) !== before);
  expect(await template()).toContain(key.name);
  await untilTold(client, "visited", "VisitorsCounted=False AddressesHidden");
  const proxy = { service: { externalTrafficPolicy: "Local" } };
  await patchSpec(kubectl, "web", { proxy });
  await untilTold(client, "visited", "VisitorsCounted=True AddressesKnown");
});

it("gets them back as they were where they are changed, lost or deleted", async () => {
  const before = await salts();
  const [today = ""] = Object.keys(before);
  const untilBack = () => untilSaltsAre("they are as they were", (all) => all[today] === before[today]);
  await patch(client, childKinds.Secret, key, { data: { [today]: ANOTHER } });
  await untilBack();
  await patch(client, childKinds.Secret, key, { data: { [today]: null } });
  await untilBack();
  await client.delete(childKinds.Secret, key);
  await untilBack();
  await patch(client, childKinds.Secret, key, { metadata: { labels: null } });
  await until("its labels are back", async () => (await secret())?.metadata?.labels !== undefined);
  expect(await salts()).toMatchObject(before);
});

it("keeps the day's through another operator, drops what is past, and replaces no pod for it", async () => {
  const pods = await template();
  await operator.stop();
  // As it was had the operator been stopped before midnight.
  const { metadata = {}, data = {} } = (await secret()) ?? {};
  const { labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  const [today = "", tomorrow = ""] = days();
  const kept = data[today] ?? ANOTHER;
  const written = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { ...key, labels, annotations, ownerReferences },
    data: { [saltFile(new Date(Date.now() - DAY_MS))]: ANOTHER, [today]: kept },
  };
  await client.apply<V1Secret>(childKinds.Secret, written, { fieldManager: MANAGED_BY });
  expect(Object.values(await salts())).toEqual([ANOTHER, kept]);
  operator = await startOperator(api.kubeconfig, lookingAfter("visited"));
  await untilSaltsAre("there is tomorrow's", (all) => tomorrow in all);
  expect(Object.keys(await salts())).toEqual([today, tomorrow]);
  expect((await salts())[today]).toBe(kept);
  expect(await template()).toBe(pods);
});

it("has none left when they are no longer wanted, and the condition is gone", async () => {
  await patchSpec(kubectl, "web", { visitors: { enabled: false } });
  await until("the Secret is gone", async () => (await secret()) === undefined);
  await until("the counters are as before", async () => !(await template()).includes(key.name));
  const told = () => conditionOf(kubectl, "web", "VisitorsCounted");
  await until("nothing is told of them", async () => (await told()) === undefined);
});
