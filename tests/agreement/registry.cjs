// Serves Verdaccio, a real npm registry, from a directory on a free loopback port, and prints its address.
// Usage: node registry.cjs DIR, with NODE_PATH naming where Verdaccio is installed.
const path = require("node:path");
const { runServer } = require("verdaccio");

const top = path.resolve(process.argv[2]);
const everybody = { access: "$all", publish: "$all", unpublish: "$all" };

runServer({
  self_path: path.join(top, "config.yaml"),
  storage: path.join(top, "storage"),
  auth: { htpasswd: { file: path.join(top, "htpasswd") } },
  uplinks: {},
  packages: { "@*/*": everybody, "**": everybody },
  web: { enable: false },
  log: { type: "file", path: path.join(top, "log"), level: "warn", format: "json" },
  max_body_size: "10mb",
}).then((server) => {
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
});
