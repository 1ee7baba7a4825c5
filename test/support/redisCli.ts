import type { V1Secret } from "@kubernetes/client-node";
import { type Passwords, passwordsIn } from "../../operator/desired/passwords.ts";
import type { Kubectl } from "./kubectl.ts";

/** The passwords of a HitCounter's Redis, as its Secret has them. */
export async function passwordsOf(kubectl: Kubectl, name: string): Promise<Passwords> {
  const passwords = passwordsIn(await kubectl.json<V1Secret>("get", "secret", `${name}-redis`));
  if (!passwords) throw new Error(`The Secret ${name}-redis has no passwords`);
  return passwords;
}

/** Sends a command to a HitCounter's Redis, from its own pod, as a counter or somebody else; returns what it says, refusals too. */
export async function redisCli(
  kubectl: Kubectl,
  name: string,
  words: readonly string[],
  who?: { user: string; password: string },
): Promise<string> {
  const { user, password } = who ?? (await passwordsOf(kubectl, name)).current;
  const asUser = ["--user", user, "--pass", password, "--no-auth-warning"];
  const { stdout, stderr } = await kubectl.attempt(
    ...["exec", `${name}-redis-0`, "--", "redis-cli", ...asUser, ...words],
  );
  return `${stdout}${stderr}`.trim();
}
