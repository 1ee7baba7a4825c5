import type { V1Pod } from "@kubernetes/client-node";
import { installedOperator } from "./cluster.ts";
import type { Kubectl } from "./kubectl.ts";

/**
 * Runs a pod, on this node if named, that takes connections on a port and does nothing with them; waits until it does. With
 * the labels of another it stands in for that one, where it can't be had for longer than a moment.
 */
export async function startListener(
  kubectl: Kubectl,
  name: string,
  port: number,
  { nodeName, labels }: { nodeName?: string; labels?: Record<string, string> } = {},
): Promise<V1Pod> {
  const { image } = await installedOperator(kubectl);
  const script = `require("net").createServer((socket) => socket.on("error", () => {})).listen(${port})`;
  await kubectl.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...(labels && { labels }) },
    spec: {
      ...(nodeName !== undefined && { nodeName }),
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "listener",
          image,
          command: ["/nodejs/bin/node", "-e", script],
          ports: [{ containerPort: port }],
          readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  });
  await kubectl("wait", "--for=condition=Ready", `pod/${name}`, "--timeout=120s");
  return await kubectl.json<V1Pod>("get", "pod", name);
}
