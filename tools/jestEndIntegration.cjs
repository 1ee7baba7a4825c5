// What jest runs once after all integration tests.
module.exports = async () => await (await import("../test/support/integrationRun.ts")).end();
