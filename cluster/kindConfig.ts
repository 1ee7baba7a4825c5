import { auditArguments } from "./audit.ts";

/** What differs between clusters. */
export interface KindConfigOptions {
  name: string;
  /** Node image made from packages: it brings neither pod network nor volume provisioner. */
  built: boolean;
  /** The machine has cgroup v1, which the kubelet must be told to bear. */
  cgroupV1: boolean;
  /** Host folder that all nodes share, for volumes. */
  volumes: string;
  /** Host folder with `policy.yaml`, in which the API server keeps `audit.log`. */
  audit: string;
  /** Port of 127.0.0.1 that leads to port 80 of the control-plane node. */
  hostPort?: number;
}

/** Where nodes see the shared folder. */
export const VOLUMES_FOLDER = "/volumes";
/** Where the control plane keeps its audit log. */
export const AUDIT_FOLDER = "/audit";

/** kind's configuration for one control plane and three workers, as an object (JSON is YAML too). */
export function kindConfig(options: KindConfigOptions): object {
  const volumes = { hostPath: options.volumes, containerPath: VOLUMES_FOLDER };
  const audit = { hostPath: options.audit, containerPath: AUDIT_FOLDER };
  const mapping = { containerPort: 80, hostPort: options.hostPort, listenAddress: "127.0.0.1" };
  return {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    name: options.name,
    networking: { disableDefaultCNI: options.built },
    kubeadmConfigPatches: [clusterPatch(), kubeletPatch(options)].map((patch) => JSON.stringify(patch)),
    nodes: [
      {
        role: "control-plane",
        extraMounts: [volumes, audit],
        extraPortMappings: options.hostPort === undefined ? [] : [mapping],
      },
      { role: "worker", extraMounts: [volumes] },
      { role: "worker", extraMounts: [volumes] },
      { role: "worker", extraMounts: [volumes] },
    ],
  };
}

function clusterPatch(): object {
  return {
    kind: "ClusterConfiguration",
    apiServer: {
      extraArgs: auditArguments(`${AUDIT_FOLDER}/policy.yaml`, `${AUDIT_FOLDER}/audit.log`),
      extraVolumes: [
        {
          name: "audit",
          hostPath: AUDIT_FOLDER,
          mountPath: AUDIT_FOLDER,
          readOnly: false,
          pathType: "Directory",
        },
      ],
    },
  };
}

function kubeletPatch({ built, cgroupV1 }: KindConfigOptions): object {
  return {
    kind: "KubeletConfiguration",
    ...(cgroupV1 ? { failCgroupV1: false } : {}),
    ...(built ? { cgroupDriver: "cgroupfs" } : {}), // as the image's containerd has it
  };
}
