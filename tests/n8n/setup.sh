#!/bin/sh
# Installs the real n8n engine for the tests, and n8n's linter: once, and again only when a package-lock.json changes.
# AGENTMEND_N8N_ENGINE=FOLDER shares one engine between checkouts; the default is engine/ here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# install NAME FOLDER WHERE ABOUT: npm ci of FOLDER's lock in WHERE.
install() {
  mkdir -p "$3"
  exec 9>"$3/.lock"
  if command -v flock >/dev/null; then flock 9; fi # two checkouts may share the folder
  if cmp -s "$2/package-lock.json" "$3/.installed-lock"; then
    echo "n8n $1: present"
    return
  fi
  echo "n8n $1: installing ($4)"
  [ "$2" = "$3" ] || cp "$2/package.json" "$2/package-lock.json" "$2/.npmrc" "$3/"
  # npm runs on the Node of this shell; engine and linter run on their own Node 24, so the engine check would complain.
  (cd "$3" && npm ci --ignore-scripts --no-progress --loglevel=error)
  cp "$2/package-lock.json" "$3/.installed-lock"
  echo "n8n $1: installed"
}

install engine "$here" "${AGENTMEND_N8N_ENGINE:-$here/engine}" "about a minute, 600 MB"
install lint "$here/lint" "$here/lint" "20 seconds, 160 MB"
