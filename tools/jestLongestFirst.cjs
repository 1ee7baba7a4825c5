const LONGEST = ["leader", "watchFaults", "quiet", "crash", "chaos", "durability", "upgrade", "autoscaling"];

const place = ({ path }) => {
  const index = LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return index < 0 ? LONGEST.length : index;
};

/** The integration tests that take longest begin first: the end waits for none of them alone. */
module.exports = class LongestFirst {
  sort(tests) {
    return [...tests].sort((one, other) => place(one) - place(other) || (one.path < other.path ? -1 : 1));
  }

  /** Jest's own sequencer remembers durations here, which a fresh clone has none of. */
  cacheResults() {}
};
