import { createHash } from "node:crypto";
import { lookup } from "node:dns/promises";
import { KEEPER_NUMBERS } from "../../keeper/index.ts";

/** A number for the keeper of this process, by its name: seldom that of another, which would cost time and no more. */
export const keeperNumber = (identity: string): number =>
  createHash("sha256").update(identity).digest().readUInt32BE() % KEEPER_NUMBERS;

/** Finds the address of a host; undefined where DNS knows none. */
export const lookUpAddress = (host: string): Promise<string | undefined> =>
  lookup(host).then(
    ({ address }) => address,
    () => undefined,
  );
