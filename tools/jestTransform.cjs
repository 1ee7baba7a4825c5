// Jest runs the TypeScript as Node.js itself does: by blanking out the types, so lines keep their numbers.
const { stripTypeScriptTypes } = require("node:module");

module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: "strip" }) }),
};
