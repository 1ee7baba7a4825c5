import { describe, expect, test } from "@jest/globals";
import { type KindConfigOptions, kindConfig } from "./kindConfig.ts";

const options: KindConfigOptions = {
  name: "trial",
  built: false,
  cgroupV1: false,
  volumes: "/state/volumes",
  audit: "/state/audit",
};

interface Config {
  networking: { disableDefaultCNI: boolean };
  kubeadmConfigPatches: string[];
  nodes: { role: string; extraMounts: { hostPath: string }[]; extraPortMappings?: object[] }[];
}

const configOf = (more: Partial<KindConfigOptions>) => kindConfig({ ...options, ...more }) as Config;
const kubeletOf = (config: Config) =>
  config.kubeadmConfigPatches
    .map((patch) => JSON.parse(patch))
    .find((patch) => patch.kind === "KubeletConfiguration");

describe("kindConfig", () => {
  test("makes one control plane and three workers that share the volumes", () => {
    const { nodes } = configOf({});
    expect(nodes.map(({ role }) => role)).toEqual(["control-plane", "worker", "worker", "worker"]);
    expect(nodes.every(({ extraMounts }) => extraMounts[0]?.hostPath === "/state/volumes")).toBe(true);
  });

  test("leaves kind's own network to the official image alone", () => {
    expect(configOf({}).networking.disableDefaultCNI).toBe(false);
    expect(configOf({ built: true }).networking.disableDefaultCNI).toBe(true);
  });

  test("tells the kubelet of cgroup v1 only where the machine has it", () => {
    expect(kubeletOf(configOf({}))).toEqual({ kind: "KubeletConfiguration" });
    expect(kubeletOf(configOf({ cgroupV1: true }))).toMatchObject({ failCgroupV1: false });
  });

  test("maps a port of 127.0.0.1 only when one is asked for", () => {
    expect(configOf({}).nodes[0]?.extraPortMappings).toEqual([]);
    expect(configOf({ hostPort: 8080 }).nodes[0]?.extraPortMappings).toEqual([
      { containerPort: 80, hostPort: 8080, listenAddress: "127.0.0.1" },
    ]);
  });
});
