/** Files run in the order of their names: the first makes the cluster, the last removes it. */
module.exports = class Alphabetical {
  sort(tests) {
    return [...tests].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  /** Jest's own sequencer remembers durations here; this one has no use for them. */
  cacheResults() {}
};
