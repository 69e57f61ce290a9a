#!/usr/bin/env bash
# Counts by a real Prometheus.
set -euo pipefail
cd "$(dirname "$0")/../.."

export PATH="$PWD/node_modules/.bin:$PATH"
exec bash scripts/with-prometheus.sh timeout 300 vitest run --project prometheus "$@"
