const workloads = ["Deployment", "StatefulSet", "Job", "CronJob"];

/** A finding of kube-score's about each of some kinds, with one reason. */
const of = (finding: string, kinds: readonly string[], reason: string) =>
  Object.fromEntries(kinds.map((kind) => [`${finding} of a ${kind}`, reason]));

/** What kube-score finds and is left as it is, each with its reason. What it no longer finds does not belong here. */
export const acceptedFindings: Readonly<Record<string, string>> = {
  ...of(
    "container-resources",
    workloads,
    "It misses limits of CPU. There are none on purpose: what is throttled answers late, and requests alone share a node fairly.",
  ),
  ...of(
    "container-ephemeral-storage-request-and-limit",
    workloads,
    "Root file systems are read-only; what is written goes to volumes that have a limit of their own, or to logs, which kubelets rotate.",
  ),
  ...of(
    "container-image-pull-policy",
    workloads,
    "IfNotPresent: tags are versions and are never given to another image, and a node must be able to start a pod while no registry answers.",
  ),
  ...of(
    "container-security-context-user-group-id",
    ["Deployment", "StatefulSet", "CronJob"],
    "101 and 999 are the users of the public images of nginx and Redis, whose files are theirs. No volume of the host is mounted.",
  ),
  ...of(
    "deployment-has-host-podantiaffinity",
    ["Deployment"],
    "Pods are spread over nodes and zones by topologySpreadConstraints, which this check does not know.",
  ),
  ...of(
    "pod-probes-identical",
    ["Deployment"],
    "nginx that answers on its status port is alive and ready: whether counters answer is theirs to tell, and would take every proxy away at once.",
  ),
  ...of(
    "deployment-replicas",
    ["Deployment"],
    "One exporter of each kind is enough: no visitor waits for it.",
  ),
  ...of(
    "deployment-strategy",
    ["Deployment"],
    "Exporters are replaced, not rolled: two of one kind would tell everything twice.",
  ),
  ...of(
    "deployment-targeted-by-hpa-does-not-have-replicas-configured",
    ["Deployment"],
    "A Deployment that is made begins with the least that its autoscaler allows. From then on replicas are handed over to it (docs/decisions/0003-replicas-are-handed-over.md).",
  ),
  ...of(
    "service-type",
    ["Service"],
    "NodePort is what its owner may ask for, where there is no load balancer.",
  ),
  ...of(
    "pod-networkpolicy",
    ["Deployment", "StatefulSet", "CronJob"],
    "One of the examples says networkPolicy.enabled: false.",
  ),
  ...of(
    "pod-networkpolicy",
    ["Job"],
    "The chart's Jobs live for seconds, with no port, and reach the API server or the proxy.",
  ),
};
