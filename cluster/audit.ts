/**
 * What an API server records: one JSON event for each request, with who, what and when but no bodies.
 * What Kubernetes' own components read all day, and their leases, would bury the rest and is left out.
 */
export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: ["RequestReceived"]
rules:
  - level: None
    userGroups: ["system:nodes"]
    verbs: ["get", "list", "watch"]
  - level: None
    users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy"]
    verbs: ["get", "list", "watch"]
  - level: None
    userGroups: ["system:nodes"]
    resources: [{ group: coordination.k8s.io, resources: ["leases"] }]
  - level: None
    users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"]
    resources: [{ group: coordination.k8s.io, resources: ["leases"] }]
  - level: None
    nonResourceURLs: ["/livez*", "/readyz*", "/healthz*"]
  - level: Metadata
`;

/** The API server's arguments for the log; the paths are as the API server sees them. */
export function auditArguments(policy: string, log: string): Record<string, string> {
  return {
    "audit-policy-file": policy,
    "audit-log-path": log,
    "audit-log-maxsize": "200", // megabytes
    "audit-log-maxbackup": "1",
  };
}
