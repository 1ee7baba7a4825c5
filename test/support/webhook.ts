import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import type { ApiServer } from "./apiServer.ts";

/** A mutating admission webhook. */
export interface Webhook {
  /** How often the API server has asked it. */
  readonly calls: number;
  /** Takes it out of the API server's way, and ends it. */
  stop(): Promise<void>;
}

/**
 * Has the API server ask on loopback how to change each object of these resources of apps/v1 that is written; the
 * answer is a JSON patch. It may take a moment until it is asked. The certificate is the API server's own.
 */
export async function startWebhook(
  { kubeconfig, kubectl }: ApiServer,
  resources: readonly string[],
  change: (object: unknown) => readonly object[],
): Promise<Webhook> {
  const certificates = join(dirname(kubeconfig), "certificates");
  const [cert, key] = await Promise.all(
    ["apiserver.crt", "apiserver.key"].map((file) => readFile(join(certificates, file))),
  );
  let calls = 0;
  const server = createServer({ cert, key }, async (request, response) => {
    calls += 1;
    const { uid, object } = JSON.parse(await text(request)).request;
    const patch = Buffer.from(JSON.stringify(change(object))).toString("base64");
    const answer = { uid, allowed: true, patchType: "JSONPatch", patch };
    const review = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: answer };
    response.setHeader("content-type", "application/json").end(JSON.stringify(review));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await kubectl.apply({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "test" },
    webhooks: [
      {
        name: "test.example.dev",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        clientConfig: { url, caBundle: cert?.toString("base64") },
        rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources }],
      },
    ],
  });
  return {
    get calls() {
      return calls;
    },
    async stop() {
      await kubectl("delete", "mutatingwebhookconfiguration/test");
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
