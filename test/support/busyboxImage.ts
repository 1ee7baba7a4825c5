import { account, COMMON_FILES, COMMON_PACKAGES, PATH } from "../../cluster/images/recipes.ts";

/** What the start of Redis, backups and restoring run besides Redis's own programs, the shell first. */
const APPLETS =
  "sh cat cp cut date grep head mkdir mv rm sed sha256sum sleep sort stat sync tail touch tr env true".split(
    " ",
  );

/** How an image of Redis is made whose shell and tools are busybox's, as in the official image on Alpine. */
export const busyboxRecipe = {
  name: "redis-busybox",
  version: "8.0-debian",
  packages: [...COMMON_PACKAGES, "redis-server", "busybox"],
  keep: [...COMMON_FILES, "./usr/bin/redis-{server,cli,check-aof,check-rdb}", "./usr/bin/busybox"],
  files: account("redis", 999, "/data"),
  links: Object.fromEntries(APPLETS.map((applet) => [`usr/bin/${applet}`, "busybox"])),
  writable: ["tmp", "data"],
  config: { User: "999:999", WorkingDir: "/data", Env: [PATH], Cmd: ["redis-server"] },
};
