import { account, COMMON_FILES, COMMON_PACKAGES, PATH } from "../../cluster/images/recipes.ts";

/** How the image with the real Prometheus and promtool is made. */
export const prometheusRecipe = {
  name: "prometheus",
  version: "2.53-debian",
  packages: [...COMMON_PACKAGES, "prometheus"],
  keep: [...COMMON_FILES, "./usr/bin/{prometheus,promtool}"],
  files: account("prometheus", 65_534, "/prometheus"),
  writable: ["tmp", "prometheus"],
  config: {
    User: "65534:65534",
    WorkingDir: "/prometheus",
    Env: [PATH],
    Entrypoint: ["prometheus"],
  },
};
