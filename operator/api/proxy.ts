import { z } from "zod";
import { replicas, resources, strategy } from "./parts.ts";
import { spreadPodOf } from "./pod.ts";
import {
  addressRange,
  annotations,
  image,
  matching,
  objectName,
  part,
  qualifiedName,
  rules,
  whole,
} from "./schema.ts";

const port = whole(1, 65_535);

const service = part(
  "The Service that leads to the proxy: what users of the site call.",
  {
    name: matching(
      /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
      63,
      "spec.proxy.service.name must be a Service name: lower-case letters, digits and '-', beginning with a " +
        "letter, 63 characters at most",
    )
      .optional()
      .describe("Name of the Service. Default: `<name>-proxy`."),
    type: z
      .enum(["LoadBalancer", "NodePort", "ClusterIP"])
      .default("LoadBalancer")
      .describe("How the Service is reached."),
    port: port.default(80).describe("Port of the Service."),
    nodePort: port
      .optional()
      .describe(
        "Port on every node, for types NodePort and LoadBalancer. Default: one that Kubernetes chooses.",
      ),
    annotations: annotations
      .meta({
        maxProperties: 64,
        ...rules([
          "self.all(k, !k.startsWith('hitcounter.dev/'))",
          "spec.proxy.service.annotations must not have keys of the operator's own: hitcounter.dev/*",
        ]),
      })
      .describe("Annotations of the Service, such as a cloud's load balancer reads."),
    loadBalancerClass: qualifiedName
      .optional()
      .describe("Which load balancer implementation serves the Service. Default: the cluster's."),
    loadBalancerSourceRanges: z
      .array(addressRange("spec.proxy.service.loadBalancerSourceRanges"))
      .max(64)
      .optional()
      .describe("Client address ranges (CIDR) that the load balancer lets through. Default: all."),
    externalTrafficPolicy: z
      .enum(["Cluster", "Local"])
      .optional()
      .describe(
        "How a node passes on what comes from outside, for types NodePort and LoadBalancer: `Cluster`, to any " +
          "proxy, from an address of its own; `Local`, to proxies that it runs itself, from the client's address. " +
          "Default: Kubernetes', Cluster.",
      ),
  },
  [
    "self.type != 'ClusterIP' || !has(self.nodePort)",
    "spec.proxy.service.nodePort needs type NodePort or LoadBalancer",
  ],
  [
    "self.type != 'ClusterIP' || !has(self.externalTrafficPolicy)",
    "spec.proxy.service.externalTrafficPolicy needs type NodePort or LoadBalancer",
  ],
  [
    "self.type == 'LoadBalancer' || (!has(self.loadBalancerClass) && !has(self.loadBalancerSourceRanges))",
    "spec.proxy.service.loadBalancerClass and loadBalancerSourceRanges need type LoadBalancer",
  ],
  [
    "self.type != 'LoadBalancer' || oldSelf.type != 'LoadBalancer' || (has(self.loadBalancerClass) == " +
      "has(oldSelf.loadBalancerClass) && (!has(self.loadBalancerClass) || self.loadBalancerClass == " +
      "oldSelf.loadBalancerClass))",
    "spec.proxy.service.loadBalancerClass can't be changed while the Service is a LoadBalancer: change the " +
      "type to ClusterIP first",
  ],
);

const tls = z
  .object({
    secretName: objectName.describe(
      "Secret in the same namespace with the certificate: `tls.crt`, followed by those of its issuers, and `tls.key`, as " +
        "`kubectl create secret tls` and cert-manager make it. A renewal is served without a restart. One that can't be " +
        "served is told, and the one from before goes on.",
    ),
    port: port.default(443).describe("Port of the Service for HTTPS."),
    redirect: z
      .boolean()
      .default(true)
      .describe("Whether visitors by HTTP are sent to the same URL by HTTPS (308). If not, both are served."),
  })
  .optional()
  .describe("HTTPS, beside HTTP. Default: there is none.");

const clientAddress = part(
  "Whom to believe who the client is, where others pass requests on to the proxy: a balancer, a CDN. Nobody else can " +
    "say it. Default: the client is whoever has connected.",
  {
    trustedProxies: z
      .array(addressRange("spec.proxy.clientAddress.trustedProxies"))
      .max(256)
      .default([])
      .describe(
        "Address ranges (CIDR) of those who are believed. Of the addresses in X-Forwarded-For, the client's is the " +
          "last that is none of theirs.",
      ),
    proxyProtocol: z
      .boolean()
      .default(false)
      .describe(
        "Whether the client's address is told by the PROXY protocol instead, version 1 or 2, as the balancer has to be " +
          "set to as well. Connections that do not begin with it are closed.",
      ),
  },
  [
    "!self.proxyProtocol || size(self.trustedProxies) > 0",
    "spec.proxy.clientAddress.proxyProtocol needs trustedProxies, the ranges that the balancer connects from: whoever " +
      "else can connect could say to be anyone",
  ],
);

const rateLimit = z
  .object({
    requestsPerSecond: whole(1, 100_000)
      .default(10)
      .describe("How many requests a second a client may send for as long as it likes."),
    burst: whole(5, 100_000)
      .default(50)
      .describe("How many it may send beyond that at once, such as for all that stands on a page."),
    concurrentRequests: whole(1, 4096)
      .default(100)
      .describe(
        "How many of a client's requests may be under way at once. While Redis is away they are so for up to 15 s.",
      ),
  })
  .describe(
    "Limits how often one client may ask: one IPv4 address, or the /64 of an IPv6 one. More is answered 429, and not " +
      "counted. Each proxy pod counts for itself. Without `clientAddress`, or `externalTrafficPolicy: Local`, all clients " +
      "of a node's may share one address, and one limit: the condition ClientsLimited tells. Default: no limit.",
  );

/** What spec.proxy may say. */
export const proxy = part(
  "The nginx in front of the counters.",
  {
    image: image.describe(
      "Image of nginx that runs as a user other than root, with its tag. Default: the one the operator is set to use.",
    ),
    replicas: replicas.describe("How many proxy pods to run."),
    resources: resources({ requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "320Mi" } }),
    strategy,
    service,
    tls,
    clientAddress,
    rateLimit: rateLimit.optional(),
    drainSeconds: whole(1, 3600)
      .default(5)
      .describe(
        "How long, in seconds, a proxy that is to stop still serves as before: as long as whatever leads visitors to it " +
          "may take to forget it. Behind an AWS Network Load Balancer, 150.",
      ),
    pod: spreadPodOf("spec.proxy.pod").optional(),
  },
  [
    "!has(self.tls) || self.tls.port != self.service.port",
    "spec.proxy.tls.port must be another than spec.proxy.service.port: the Service has both",
  ],
);
