import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { V1Deployment, V1Secret, V1Service } from "@kubernetes/client-node";
import { pairsIn } from "../../../operator/desired/proxyTls.ts";
import { childKinds } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import { type Issued, issue } from "../../../operator/testing/certificates.ts";
import {
  lookingAfter,
  type RunningOperator,
  sharedApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { conditionOf, patchSpec, untilTold } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { makeWeb } from "../../support/pretended.ts";
import { until } from "../../support/until.ts";

const namespace = "encrypted";
const first = issue("first.example");
const tls = { secretName: "site-tls" };

const api = sharedApiServer();
let client: KubeClient;
let operator: RunningOperator;
let kubectl: Kubectl;

// One HitCounter, through all of it in turn. Spec is changed to have the operator read the Secret at once.
beforeAll(async () => {
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "https-test" });
  operator = await startOperator(api.kubeconfig, lookingAfter(namespace));
  kubectl = await makeWeb(api, namespace);
  await until("its proxies are there", async () => (await proxies()) !== undefined);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
});

const proxies = () => client.get<V1Deployment>(childKinds.Deployment, { namespace, name: "web-proxy" });
const template = async () => JSON.stringify((await proxies())?.spec?.template);
const copy = () => client.get<V1Secret>(childKinds.Secret, { namespace, name: "web-proxy-tls" });
const ports = async () => {
  const service = await client.get<V1Service>(childKinds.Service, { namespace, name: "web-proxy" });
  return service?.spec?.ports?.map(({ name, port }) => `${name} ${port}`);
};
/** The certificate that the proxies have. */
const served = async () => {
  const pairs = pairsIn(await copy());
  return pairs?.[pairs.served].certificate;
};
const generation = async () =>
  Number(await kubectl("get", "hitcounter", "web", "-o", "jsonpath={.metadata.generation}"));
let looks = 120;
const lookNow = () => {
  looks += 1;
  return patchSpec(kubectl, "web", { upgrade: { deadlineSeconds: looks } });
};
const put = ({ certificate, key }: Pick<Issued, "certificate" | "key">) =>
  kubectl.apply({
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    metadata: { name: "site-tls" },
    stringData: { "tls.crt": certificate, "tls.key": key },
  });

it("waits for a Secret that is not there, and changes nothing till then", async () => {
  const before = await template();
  await patchSpec(kubectl, "web", { proxy: { tls } });
  const message = await untilTold(client, namespace, "CertificateValid=False SecretNotFound");
  expect(message).toContain("The Secret site-tls (spec.proxy.tls.secretName) is not there.");
  expect([await template(), await ports(), await copy()]).toEqual([before, ["http 80"], undefined]);
});

it("serves it once it is there, without being told", async () => {
  await put(first);
  await untilTold(client, namespace, "CertificateValid=True Valid");
  expect(await served()).toBe(first.certificate);
  expect(await ports()).toEqual(["http 80", "https 443"]);
  expect(await template()).toContain("web-proxy-tls");
});

it("has each renewal beside the one before, and replaces no pod", async () => {
  const before = await template();
  const given = [first];
  for (const name of ["second.example", "third.example", "fourth.example"]) {
    const renewed = issue(name);
    given.push(renewed);
    await put(renewed);
    await lookNow();
    await until("it is served", async () => (await served()) === renewed.certificate);
    const { a, b } = pairsIn(await copy()) ?? {};
    const wanted = given.slice(-2).map(({ certificate }) => certificate);
    expect([a?.certificate, b?.certificate].toSorted()).toEqual(wanted.toSorted());
  }
  expect(await template()).toBe(before);
});

it("goes on with the last that could be served, through another operator too", async () => {
  const good = await served();
  await put({ certificate: first.certificate, key: issue("first.example").key });
  await lookNow();
  const message = await untilTold(client, namespace, "CertificateValid=False CertificateUnusable");
  expect(message).toContain("has in tls.key not the key of the first certificate in tls.crt");
  expect(message).not.toContain("PRIVATE KEY");
  await operator.stop();
  operator = await startOperator(api.kubeconfig, lookingAfter(namespace));
  await lookNow();
  await until(
    "it has looked",
    async () => (await conditionOf(kubectl, "web", "Degraded"))?.observedGeneration === (await generation()),
  );
  expect(await served()).toBe(good);
  expect(JSON.stringify(operator.log())).not.toContain("PRIVATE KEY");
});

it("leaves nothing once it is no longer wanted", async () => {
  await patchSpec(kubectl, "web", { proxy: { tls: null } });
  await until("the copy is gone", async () => (await copy()) === undefined);
  expect(await ports()).toEqual(["http 80"]);
  await until("proxies are as before", async () => !(await template()).includes("https"));
  await until("nothing is told of it", async () => !(await conditionOf(kubectl, "web", "CertificateValid")));
});
