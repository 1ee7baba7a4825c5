import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { connect } from "../../../operator/runtime/connect.ts";
import { type ApiServer, startApiServer, startOperator } from "../../support/apiServer.ts";
import { tell } from "../../support/findings.ts";
import { sizeOf } from "../../support/size.ts";

const MEBIBYTE = 2 ** 20;
/** Together some times what the operator may grow by, were it to hold them. */
const FOREIGN_SECRETS = sizeOf("FOREIGN_SECRETS", { test: 200, soak: 1000 });
const FOREIGN_BYTES = 100_000;
const STARTS = 3;
const AT_ONCE = 20;

let api: ApiServer;

beforeAll(async () => {
  api = await startApiServer();
  await api.kubectl("create", "namespace", "memory");
}, 1_800_000);
afterAll(async () => {
  await api?.stop();
});

const inMebibytes = (bytes: number) => `${(bytes / MEBIBYTE).toFixed(1)} MiB`;

/** Data that operators hold that have just started, one after the other, in bytes. */
async function heldAfterStarts(starts: number): Promise<number[]> {
  const seen: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const operator = await startOperator(api.kubeconfig);
    seen.push((await operator.usage()).anonymousBytes);
    await operator.stop();
  }
  return seen;
}

describe("the operator's memory", () => {
  it(`does not grow with ${FOREIGN_SECRETS} Secrets of others, of ${FOREIGN_BYTES / 1000} kB each`, async () => {
    const before = await heldAfterStarts(STARTS);
    const running = await startOperator(api.kubeconfig);
    const runningBefore = (await running.usage()).anonymousBytes;
    const client = connect({ kubeconfig: api.kubeconfig, userAgent: "others" });
    const kind = { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true };
    const indexes = Array.from({ length: FOREIGN_SECRETS }, (_, index) => index).values();
    const work = async () => {
      for (const index of indexes) {
        const metadata = { name: `foreign-${index}`, namespace: "memory" };
        const data = { key: randomBytes(FOREIGN_BYTES).toString("base64") };
        await client.create(kind, { apiVersion: "v1", kind: "Secret", metadata, data } as object);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await client.close();
    const grown = (await running.usage()).anonymousBytes - runningBefore;
    await running.stop();
    // What is not collected yet comes on top, more or less of it by how busy the machine is.
    const more = Math.min(...(await heldAfterStarts(STARTS))) - Math.min(...before);
    tell(
      "memory",
      `${FOREIGN_SECRETS} foreign Secrets: ${inMebibytes(more)} more after a start, ${inMebibytes(grown)} while running`,
    );
    expect(more).toBeLessThan(5 * MEBIBYTE);
    expect(grown).toBeLessThan(5 * MEBIBYTE);
  });
});
