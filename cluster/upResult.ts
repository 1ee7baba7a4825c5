import process from "node:process";
import type { Kubectl } from "./kubectl.ts";

/** What is known of the cluster that the sample runs in. */
export interface UpResult {
  /** The sample was made by this run: it is shown counting. Else its hits are only read. */
  isNew: boolean;
  /** Port of 127.0.0.1 that leads to the sample's proxy. */
  hostPort?: number;
  /** What kubectl needs to reach it, where it is not the current context. */
  kubectlOptions?: string;
  /** The command that removes it, where this project made it. */
  down?: string;
}

const ANSWER_SECONDS = 20;
const SETTLED_SECONDS = 20;

/** Prints what a person would look at first, and what to try next. */
export async function printResult(kubectl: Kubectl, result: UpResult): Promise<void> {
  const kubectlWords = ["kubectl", result.kubectlOptions].filter(Boolean).join(" ");
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const path = result.isNew ? "/" : "/hits"; // running it again must not count
  const addresses = [
    result.hostPort === undefined ? undefined : `127.0.0.1:${result.hostPort}`,
    await externalAddress(kubectl),
  ].filter((address) => address !== undefined);
  const reachable: string[] = [];
  for (const address of addresses) {
    const url = `http://${address}${path}`;
    say(`\n$ curl ${url}`);
    try {
      say((await answer(url)).trimEnd());
      reachable.push(address);
    } catch (error) {
      say(
        `no answer (${error instanceof Error ? error.message : error}): this machine may not reach the cluster's nodes`,
      );
    }
  }
  await settled(kubectl, result.isNew ? reachable.length : 0);
  say(`\n$ ${kubectlWords} get hitcounters`);
  say((await kubectl(["get", "hitcounters"])).trimEnd());
  const address = reachable[0] ?? "ADDRESS";
  say(`
Try next:
  curl http://${address}/
  ${kubectlWords} get service proxy
  ${kubectlWords} patch hitcounter hitcounter --type merge -p '{"spec":{"version":"1.1.0"}}'
  ${kubectlWords} get hitcounters --watch`);
  if (result.down !== undefined) {
    say(`  ${result.down}`);
  }
}

/** Waits, for some seconds, until the HitCounter shows all its replicas and the hits it has just had. */
async function settled(kubectl: Kubectl, hits: number): Promise<void> {
  const deadline = performance.now() + SETTLED_SECONDS * 1000;
  while (performance.now() < deadline) {
    const {
      status,
    }: { status?: { version?: string; replicas?: number; readyReplicas?: number; hits?: number } } =
      JSON.parse(await kubectl(["get", "hitcounter", "hitcounter", "--output=json"]));
    const { version, replicas, readyReplicas } = status ?? {};
    if (version && replicas === readyReplicas && (status?.hits ?? 0) >= hits) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function externalAddress(kubectl: Kubectl): Promise<string | undefined> {
  const path = "{.status.loadBalancer.ingress[0]['ip','hostname']}";
  const address = (await kubectl(["get", "service", "proxy", `--output=jsonpath=${path}`])).trim();
  return address === "" ? undefined : address;
}

/** Asks until something answers with success, for some seconds. */
async function answer(url: string): Promise<string> {
  const deadline = performance.now() + ANSWER_SECONDS * 1000;
  for (;;) {
    try {
      const response = await fetch(url, {
        signal: AbortSignal.timeout(5000),
        headers: { connection: "close" },
      });
      if (response.ok) {
        return await response.text();
      }
      throw new Error(`status ${response.status}`);
    } catch (error) {
      if (performance.now() > deadline) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
