#!/usr/bin/env bash
# Drives the sandbox with AWS clients that Sluice does not use: boto3 and the AWS CLI, from PyPI.
# Installs them into .tools/, starts a sandbox of the example, and ends it by its process id.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=.tools/clients
if [ ! -x "$venv/bin/python" ] || ! cmp -s test/clients/requirements.txt "$venv/requirements.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r test/clients/requirements.txt
  cp test/clients/requirements.txt "$venv/requirements.txt"
fi

announcement=$(mktemp)
node dist/cli.js sandbox --file examples/orders/sandbox.yml >"$announcement" &
sandbox=$!
trap 'kill "$sandbox" 2>/dev/null || true; wait "$sandbox" 2>/dev/null || true; rm -f "$announcement"' EXIT
for _ in $(seq 150); do
  [ -s "$announcement" ] && break
  kill -0 "$sandbox" || { echo "the sandbox did not start" >&2; exit 1; }
  sleep 0.2
done
[ -s "$announcement" ] || { echo "the sandbox was not ready within 30 s" >&2; exit 1; }

export PATH="$PWD/$venv/bin:$PWD/node_modules/.bin:$PATH"
timeout 300 "$venv/bin/python" test/clients/clients.py "$announcement"
timeout 300 vitest run --project clients
