// What jest runs once before all integration tests.
module.exports = async () => await (await import("../test/support/integrationRun.ts")).begin();
