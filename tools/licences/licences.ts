import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BundledPackage } from "./bundledPackages.ts";

/**
 * What may go into an image: licences that ask for their text to come along, or for nothing. One that asks for more, such
 * as for sources or a name, is decided on by a person, here.
 */
export const ALLOWED: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Unlicense",
]);

/** Whether an expression of SPDX, such as `(MIT OR GPL-3.0-only)`, leaves a choice in which all is allowed. */
export function isAllowed(expression: string): boolean {
  const choices = expression.replaceAll(/[()]/g, " ").split(/\sOR\s/);
  // What is nested or has exceptions is for a person to read.
  if (/\([^)]*\(|\)\s*AND|AND\s*\(|\sWITH\s/.test(expression)) return false;
  return choices.some((choice) => choice.split(/\sAND\s/).every((each) => ALLOWED.has(each.trim())));
}

const TEXTS = /^((un)?licen[cs]e|copying|notice)\b/i;

/** What a package says of its licence: its files of that name or, where there is none, that section of its README. */
export function licenceTextOf({ name, version, folder }: BundledPackage): string {
  const files = readdirSync(folder);
  const texts = files
    .filter((file) => TEXTS.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (texts.length > 0) return texts.join("\n\n");
  const readme = files.find((file) => /^readme\.md$/i.test(file));
  const section = /^(?:#+ *Licen[cs]e|Licen[cs]e\n-+)\s*\n([\s\S]+?)(?=\n#|$(?![\s\S]))/im.exec(
    readme === undefined ? "" : readFileSync(join(folder, readme), "utf8"),
  );
  if (section?.[1] === undefined) throw new Error(`${name} ${version} brings no text of its licence`);
  return section[1].trim();
}

const RULE = "-".repeat(80);

/**
 * What goes into an image beside a bundle: under which licence the product is, under which each package in it, with their
 * texts, and the comments of authors that stood in the sources. Throws where a package is under a licence that is not
 * allowed.
 */
export function legalText(own: string, packages: readonly BundledPackage[], comments: string): string {
  const refused = packages.filter(({ license }) => !isAllowed(license));
  if (refused.length > 0) {
    const names = refused.map(({ name, version, license }) => `${name} ${version} (${license})`).join(", ");
    throw new Error(
      `Under a licence that is not allowed in an image: ${names}. Bundle another package, or allow the licence in tools/licences/licences.ts`,
    );
  }
  const parts = packages.map(
    (each) => `${each.name} ${each.version}\nLicence: ${each.license}\n\n${licenceTextOf(each)}`,
  );
  const head = `HitCounter\nLicence: Apache-2.0\n\n${own.trim()}`;
  const tail = comments.trim() === "" ? [] : [`Comments of the sources\n\n${comments.trim()}`];
  return `${[head, ...parts, ...tail].join(`\n\n${RULE}\n`)}\n`;
}
