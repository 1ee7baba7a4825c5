import { account, COMMON_FILES, COMMON_PACKAGES, PATH } from "../../cluster/images/recipes.ts";

/** How an image of Valkey is made, with the shell and the tools of the one of Redis. */
export const valkeyRecipe = {
  name: "valkey",
  version: "8.1-debian",
  packages: [...COMMON_PACKAGES, "valkey-server", "dash", "coreutils"],
  keep: [
    ...COMMON_FILES,
    "./usr/bin/valkey-{server,cli,check-aof,check-rdb}",
    "./usr/bin/{sh,dash,cat,echo,env,mkdir,mv,rm,sleep,sync,true}",
  ],
  files: account("valkey", 999, "/data"),
  writable: ["tmp", "data"],
  config: { User: "999:999", WorkingDir: "/data", Env: [PATH], Cmd: ["valkey-server"] },
};
