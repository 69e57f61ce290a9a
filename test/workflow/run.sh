#!/usr/bin/env bash
# Runs every reusable and starter workflow with act, on this machine and without Docker, against the sandbox
# and its GitHub API. Installs act into .tools/ from Go's module proxy.
set -euo pipefail
cd "$(dirname "$0")/../.."

bash scripts/install-go-tool.sh github.com/nektos/act v0.2.89
export PATH="$PWD/node_modules/.bin:$PATH"
exec timeout 600 vitest run --project workflow --maxWorkers 2 "$@"
