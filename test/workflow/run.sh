#!/usr/bin/env bash
# Runs every reusable and starter workflow with act, on this machine and without Docker, against the sandbox
# and its GitHub API. Installs act into .tools/ from Go's module proxy.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=v0.2.89
if ! .tools/bin/act --version 2>/dev/null | grep -qF "${version#v}"; then
  command -v go >/dev/null || { echo "act $version is to be installed, which needs Go" >&2; exit 1; }
  GOBIN="$PWD/.tools/bin" go install "github.com/nektos/act@$version"
fi

export PATH="$PWD/node_modules/.bin:$PATH"
exec timeout 600 vitest run --project workflow --maxWorkers 2 "$@"
