/**
 * Those that take longest, by their paths in `test`. Those of a browser are over before that of Compose begins, which makes
 * networks: Chromium gives up what it is loading when this machine's change.
 */
const LONGEST = [
  "integration/operator/crash",
  "integration/operator/leader",
  "integration/operator/quiet",
  "integration/operator/watchFaults",
  "integration/browser/page",
  "integration/browser/badge",
  "integration/counter/chaos",
  "integration/counter/backup",
  "integration/release/release",
  "integration/compose/compose",
  "integration/operator/operator",
  "integration/release/images",
  "integration/counter/durability",
  "integration/operator/upgrade",
  "integration/counter/retries",
  "e2e/hitcounters/backups",
  "e2e/hitcounters/journey",
  "e2e/hitcounters/docs",
  "e2e/hitcounters/lostData",
  "e2e/hitcounters/readiness",
  "e2e/underLoad/upgrades",
  "e2e/underLoad/rollbacks",
  "e2e/underLoad/monitoring",
];

const place = ({ path }) => {
  const index = LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return index < 0 ? LONGEST.length : index;
};

/** The tests that take longest begin first, that the end waits for none of them alone. */
module.exports = class LongestFirst {
  sort(tests) {
    return [...tests].sort((one, other) => place(one) - place(other) || (one.path < other.path ? -1 : 1));
  }

  /** Jest's own sequencer remembers durations here, which a fresh clone has none of. */
  cacheResults() {}
};
