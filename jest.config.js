// What takes long and has no short version is for `npm run soak`, which sets this.
const isSoak = process.env.SOAK === "true";

const project = (name, more = {}) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/tools/jestTransform.cjs" },
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  testPathIgnorePatterns: isSoak ? [] : ["\\.soak\\.test\\.ts$"],
  injectGlobals: false,
  ...more,
});

/** Unit tests stand beside the file they test; integration and e2e tests need a real API server or cluster. */
export default {
  projects: [
    project("unit", {
      testMatch: ["<rootDir>/{operator,counter,cluster,tools,test/support,bench}/**/*.test.ts"],
    }),
    project("integration", {
      testMatch: ["<rootDir>/test/integration/**/*.test.ts"],
      globalSetup: "<rootDir>/tools/jestBeginIntegration.cjs",
      globalTeardown: "<rootDir>/tools/jestEndIntegration.cjs",
    }),
    project("hitcounters", { testMatch: ["<rootDir>/test/e2e/hitcounters/**/*.test.ts"] }),
    project("underLoad", { testMatch: ["<rootDir>/test/e2e/underLoad/**/*.test.ts"] }),
    project("redisAway", { testMatch: ["<rootDir>/test/e2e/redisAway/**/*.test.ts"] }),
    project("cluster", { testMatch: ["<rootDir>/test/e2e/cluster/**/*.test.ts"] }),
  ],
};
