#!/bin/sh
# Installs the real n8n engine for the tests: once, and again only when package-lock.json changes.
# AGENTMEND_N8N_ENGINE=FOLDER shares one installation between checkouts; the default is engine/ here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
engine=${AGENTMEND_N8N_ENGINE:-$here/engine}
mkdir -p "$engine"
exec 9>"$engine/.lock"
if command -v flock >/dev/null; then flock 9; fi # two checkouts may share the folder
if cmp -s "$here/package-lock.json" "$engine/.installed-lock"; then
  echo "n8n engine: present"
  exit 0
fi
echo "n8n engine: installing (about a minute, 600 MB)"
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$engine/"
# The engine check would complain: npm runs on the Node of this shell, the engine on its own Node 24.
(cd "$engine" && npm ci --ignore-scripts --no-progress --loglevel=error)
cp "$here/package-lock.json" "$engine/.installed-lock"
echo "n8n engine: installed"
