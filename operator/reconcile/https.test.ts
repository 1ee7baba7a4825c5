import { describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Secret, V1Service } from "@kubernetes/client-node";
import { pairsIn } from "../desired/proxyTls.ts";
import { type Issued, issue } from "../testing/certificates.ts";
import { FakeCluster } from "../testing/fakeCluster.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import type { SecretAnswer } from "./look/namedSecrets.ts";

type Spec = Parameters<typeof hitCounterWith>[0];

const DAY_MS = 86_400_000;
const start = Date.UTC(2026, 0, 2);
const valid = (days: number) => ({
  notBefore: new Date(start - DAY_MS),
  notAfter: new Date(start + days * DAY_MS),
});
const secretWith = ({ certificate, key }: Issued): SecretAnswer => ({
  content: { "tls.crt": certificate, "tls.key": key },
});
const message = "The Secret site-tls (spec.proxy.tls.secretName) is not there";
const missing: SecretAnswer = { problem: { reason: "SecretNotFound", message } };
const tls = { proxy: { tls: { secretName: "site-tls" } } };

/** A HitCounter `web` with this spec, that serves as far as it gets. */
async function clusterWith(spec: Spec, secret?: SecretAnswer): Promise<FakeCluster> {
  const cluster = new FakeCluster(hitCounterWith(spec));
  cluster.tlsSecret = secret;
  await serve(cluster);
  return cluster;
}
/** Lets pods come up as they are now to be, and the proxy answer. */
async function serve(cluster: FakeCluster): Promise<void> {
  await cluster.settle();
  cluster.run();
  await cluster.turn();
  cluster.count(42);
  await cluster.settle();
}
function want(cluster: FakeCluster, spec: Spec): void {
  const { status, metadata } = cluster.hitCounter;
  cluster.put({ ...hitCounterWith(spec), metadata, ...(status && { status }) });
}
const template = (cluster: FakeCluster) =>
  cluster.object<V1Deployment>("Deployment web-proxy").spec?.template;
const ports = (cluster: FakeCluster) =>
  cluster.object<V1Service>("Service web-proxy").spec?.ports?.map(({ port }) => port);
/** The certificate that the proxies have. */
const served = (cluster: FakeCluster) => {
  const pairs = pairsIn(cluster.find<V1Secret>("Secret web-proxy-tls"));
  return pairs?.[pairs.served].certificate;
};

describe("HTTPS that is wanted", () => {
  it("is served once there is a certificate, by proxies that are asked by it", async () => {
    const one = issue("one.example", valid(90));
    const cluster = await clusterWith(tls, secretWith(one));
    expect(served(cluster)).toBe(one.certificate);
    expect(ports(cluster)).toEqual([80, 443]);
    expect(cluster.asked?.target).toMatchObject({ byHttps: true, port: 443 });
    expect(cluster.told("Ready")).toBe("True Serving: The proxy answers with the count.");
    expect(cluster.told("CertificateValid")).toBe(
      "True Valid: The certificate for one.example is valid until 2026-04-02T00:00:00Z (90 days left).",
    );
    expect(cluster.hitCounter.status?.certificate).toEqual({
      notBefore: "2026-01-01T00:00:00Z",
      notAfter: "2026-04-02T00:00:00Z",
    });
  });

  it("is waited for while there is no certificate: proxies stay as they are, and Ready tells why", async () => {
    const cluster = await clusterWith({});
    const before = template(cluster);
    want(cluster, tls);
    cluster.tlsSecret = missing;
    await cluster.settle();
    expect(template(cluster)).toEqual(before);
    expect(ports(cluster)).toEqual([80]);
    expect(cluster.told("Ready")).toBe(`False NoHttps: ${message}.`);
    expect(cluster.told("Progressing")).toBe(`True Waiting: ${message}.`);
    expect(cluster.told("Degraded")).toMatch(/^False/);
    expect(cluster.told("CertificateValid")).toBe(
      `False SecretNotFound: ${message}. HTTPS is not served until then.`,
    );
    cluster.tlsSecret = secretWith(issue("one.example", valid(90)));
    await cluster.turn();
    expect(cluster.told("Ready")).toMatch(/^False NoHttps: HTTPS is not served yet/);
    await serve(cluster);
    expect(cluster.told("Ready")).toMatch(/^True/);
  });

  it("goes on with the certificate from before where the Secret has none that can be served any more", async () => {
    const one = issue("one.example", valid(90));
    const cluster = await clusterWith(tls, secretWith(one));
    const before = template(cluster);
    for (const secret of [missing, secretWith({ ...one, key: issue("other", valid(1)).key })]) {
      cluster.tlsSecret = secret;
      await cluster.settle();
      expect(served(cluster)).toBe(one.certificate);
      expect(cluster.told("Ready")).toMatch(/^True/);
      expect(cluster.told("Degraded")).toMatch(
        /^True CertificateUnusable: The Secret site-tls \(spec.proxy.tls.secretName\)/,
      );
      expect(cluster.told("CertificateValid")).toContain(
        "The one from before is served: it is valid until 2026-04-02T00:00:00Z (90 days left).",
      );
    }
    expect(template(cluster)).toEqual(before);
    // A moment in which the API server says nothing is no fault of the certificate's.
    cluster.tlsSecret = { problem: { reason: "SecretUnreadable", message: "no answer" } };
    await cluster.settle();
    expect(cluster.told("Degraded")).toMatch(/^False/);
  });

  it("takes a renewed certificate up without rolling a pod, and keeps the other for who has begun with it", async () => {
    const [one, two] = [issue("one.example", valid(90)), issue("two.example", valid(180))];
    const cluster = await clusterWith(tls, secretWith(one));
    const before = template(cluster);
    cluster.tlsSecret = secretWith(two);
    await cluster.settle();
    expect(served(cluster)).toBe(two.certificate);
    expect(pairsIn(cluster.object<V1Secret>("Secret web-proxy-tls"))?.a.certificate).toBe(one.certificate);
    expect(template(cluster)).toEqual(before);
    expect(cluster.told("CertificateValid")).toContain("two.example");
  });

  it("has its copy put back where somebody deletes it, also while there is no certificate to take", async () => {
    const one = issue("one.example", valid(90));
    const cluster = await clusterWith(tls, secretWith(one));
    cluster.tlsSecret = missing;
    cluster.remove("Secret web-proxy-tls");
    await cluster.settle();
    expect(served(cluster)).toBe(one.certificate);
  });

  it("tells of another number of days left each day, and of the end", async () => {
    const cluster = await clusterWith(tls, secretWith(issue("one.example", valid(1.5))));
    expect(cluster.told("CertificateValid")).toContain("(1 day left)");
    expect(await cluster.turn()).toEqual({ requeueAfterMs: DAY_MS / 2 });
    cluster.clock.advance(DAY_MS);
    await cluster.settle();
    expect(cluster.told("CertificateValid")).toContain("(0 days left)");
    cluster.clock.advance(DAY_MS);
    await cluster.settle();
    expect(cluster.told("CertificateValid")).toMatch(/^False CertificateExpired: .* was valid until/);
    expect(cluster.told("Degraded")).toMatch(/^True CertificateUnusable/);
    // It is better than none: who knows it may go on.
    expect(cluster.told("Ready")).toMatch(/^True/);
  });

  it("is looked at again when a certificate that is early comes into force", async () => {
    const early = { notBefore: new Date(start + 5_000), notAfter: new Date(start + DAY_MS) };
    const cluster = await clusterWith(tls, secretWith(issue("one.example", early)));
    expect(cluster.told("CertificateValid")).toContain("CertificateNotYetValid");
    expect(await cluster.turn()).toEqual({ requeueAfterMs: 5_000 });
    cluster.clock.advance(5_000);
    await serve(cluster);
    expect(cluster.told("CertificateValid")).toMatch(/^True/);
  });
});

describe("HTTPS that is no longer wanted", () => {
  it("stays on the Service until no proxy sends visitors there, and its Secret as long", async () => {
    const cluster = await clusterWith(tls, secretWith(issue("one.example", valid(90))));
    const old = cluster.pods.find(({ metadata }) => metadata?.name?.startsWith("web-proxy"));
    want(cluster, {});
    await cluster.settle();
    expect(JSON.stringify(template(cluster))).not.toContain("https");
    cluster.run();
    if (old) cluster.pods.push(old);
    await cluster.settle();
    expect(ports(cluster)).toEqual([80, 443]);
    expect(served(cluster)).toBeDefined();
    cluster.run();
    await serve(cluster);
    expect(ports(cluster)).toEqual([80]);
    expect(cluster.find("Secret web-proxy-tls")).toBeUndefined();
    expect(cluster.told("CertificateValid")).toBe("none");
    expect(cluster.told("Ready")).toMatch(/^True/);
    expect(cluster.named).toBeUndefined();
  });
});
