import type { V1Secret } from "@kubernetes/client-node";
import { saltBytes } from "../../counter/contract.ts";
import type { HitCounter } from "../api/hitCounter.ts";
import type { Inputs } from "./inputs.ts";
import { child } from "./names.ts";

/** The salts by which visitors are told apart: of each day, by the name of its file, in base64. */
export type Salts = Readonly<Record<string, string>>;

/** Name of the Secret that has them. */
export const visitorsSecretName = (hitCounter: HitCounter) => `${hitCounter.metadata.name}-visitors`;

/** The salts of the days that are not over. No template has a hash of them: counters take up each day's by themselves. */
export function visitorsSecret({ hitCounter, salts }: Inputs): V1Secret | undefined {
  return (
    salts && {
      ...child("v1", "Secret", hitCounter, "counter", visitorsSecretName(hitCounter)),
      type: "Opaque",
      data: salts,
    }
  );
}

/** The salts in a Secret; what is none, or has another length, is left out. */
export const saltsIn = (secret: V1Secret | undefined): Salts =>
  Object.fromEntries(
    Object.entries(secret?.data ?? {}).filter(
      ([, encoded]) => Buffer.from(encoded, "base64").length === saltBytes,
    ),
  );
