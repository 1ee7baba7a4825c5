#!/bin/sh
# Runs a program of this repository on the Node.js it pins, installing the pinned packages first where
# they are missing or stale: sh tools/run.sh FILE [ARGUMENT...]
set -eu
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd)
stamp="$root/node_modules/.installed-lock"

# The platform's own pinned build where npm has one (Linux on x64 and arm64), else the machine's Node.js.
find_node() {
  node=$root/node_modules/.bin/node
  [ -x "$node" ] || node=$(command -v node)
  major=$("$node" -p 'process.versions.node.split(".")[0]')
}

if ! cmp -s "$root/package-lock.json" "$stamp"; then
  for try in 1 2; do
    echo "Installing the pinned npm packages" >&2
    # Not `npm ci`: it refuses a lock file that does not list every platform's optional binaries.
    (cd "$root" && npm install --no-save --no-audit --no-fund --loglevel=error >&2)
    find_node
    # npm says nothing of an optional package that it could not fetch, as Node.js is here.
    [ "$major" -lt 24 ] || break
  done
fi

find_node
if [ "$major" -lt 24 ]; then
  echo "Node.js 24 or later is needed, but $node is version $major: install it and try again" >&2
  exit 1
fi
cmp -s "$root/package-lock.json" "$stamp" || cp "$root/package-lock.json" "$stamp"
PATH="$root/node_modules/.bin:$PATH"
export PATH
cd "$root"
exec "$node" --disable-warning=ExperimentalWarning "$@"
