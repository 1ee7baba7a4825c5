import { account, COMMON_FILES, COMMON_PACKAGES, PATH } from "../../cluster/images/recipes.ts";

/** The one family of letters that pictures are drawn with, whatever a page asks for. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <cachedir>/tmp/fontconfig</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;

/** How the image with the real Chromium is made: the one without windows, which Debian keeps current. */
export const chromiumRecipe = {
  name: "chromium",
  version: "debian",
  packages: [...COMMON_PACKAGES, "chromium-headless-shell", "fonts-dejavu-core"],
  keep: [
    ...COMMON_FILES,
    "./usr/lib/chromium/*",
    "./usr/lib/chromium/locales/*",
    "./usr/lib/*-linux-gnu/pulseaudio/*", // a library that one of its libraries wants there
    "./usr/share/fonts/truetype/dejavu/*",
  ],
  files: { ...account("chromium", 65_534, "/tmp"), "etc/fonts/fonts.conf": FONTS },
  writable: ["tmp"],
  config: {
    User: "65534:65534",
    WorkingDir: "/tmp",
    Env: [PATH, "HOME=/tmp"],
    Entrypoint: ["/usr/lib/chromium/chromium-headless-shell"],
  },
};
