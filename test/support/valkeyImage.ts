import { account, type BaseRecipe, recipes } from "../../cluster/images/recipes.ts";

const PROGRAMS = ["server", "cli", "check-aof", "check-rdb"];
const asValkey = (text: string) => text.replace("redis-", "valkey-");

function redisRecipe(): BaseRecipe {
  const found = recipes.find(({ name }) => name === "redis");
  if (!found) throw new Error("There is no recipe of Redis");
  return found;
}
const { packages, keep, writable, config } = redisRecipe();

/** How an image of Valkey is made: as that of Redis, by whose names its programs go too, as in the public image. */
export const valkeyRecipe: BaseRecipe = {
  name: "valkey",
  version: "8.1-debian",
  packages: packages.map(asValkey),
  keep: keep.map(asValkey),
  files: account("valkey", 999, "/data"),
  links: Object.fromEntries(PROGRAMS.map((program) => [`usr/bin/redis-${program}`, `valkey-${program}`])),
  writable,
  config,
};
