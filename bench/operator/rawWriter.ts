// The least that any operator must do: applies the children of every HitCounter there is, ten HitCounters at once, and
// nothing else. It watches nothing and writes no status.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { childKinds, hitCounters } from "../../operator/kinds.ts";
import { connect } from "../../operator/runtime/connect.ts";
import type { KubeObject, ResourceKind } from "../../operator/runtime/objects.ts";
import { filled, type Templates } from "./templates.ts";

const AT_ONCE = 10;
const USER_AGENT = "bench-raw-writer";

const { values } = parseArgs({ options: { kubeconfig: { type: "string" }, templates: { type: "string" } } });
const templates = JSON.parse(await readFile(values.templates ?? "", "utf8")) as Templates;
const kinds: Readonly<Record<string, ResourceKind>> = childKinds;
const client = connect({ kubeconfig: values.kubeconfig, userAgent: USER_AGENT });
const { items } = await client.list(hitCounters, {});
process.stdout.write('{"msg":"reconciling"}\n');

const waiting = items.values();
const work = async () => {
  for (const { metadata } of waiting) {
    for (const template of templates.objects as readonly KubeObject[]) {
      const kind = kinds[template.kind ?? ""];
      if (!kind) throw new Error(`${template.kind} is no kind of child`);
      await client.apply(kind, filled(template, metadata), { fieldManager: USER_AGENT });
    }
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
// It stays until it is told to go, so that what it used can be read.
const staying = setInterval(() => {}, 60_000);
process.once("SIGTERM", () => {
  clearInterval(staying);
  void client.close();
});
