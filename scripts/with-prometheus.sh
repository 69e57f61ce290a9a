#!/usr/bin/env bash
# Runs a command with PROMETHEUS, a real one: Debian's package, unpacked into .tools/ without being installed, so that no
# system service starts. PROMETHEUS names another binary. Fails where there is none and none can be had.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$PWD/.tools/prometheus
unpacked=$tools/usr/bin/prometheus

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

download() (cd "$1" && apt-get download prometheus)

fetch() {
  command -v apt-get >/dev/null || { echo "no apt-get to get Debian's package prometheus with" >&2; return 1; }
  local folder
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' RETURN
  download "$folder" || { as_root apt-get update && download "$folder"; } || return 1
  rm -rf "$tools" && mkdir -p "$tools" || return 1
  dpkg-deb --extract "$folder"/prometheus_*.deb "$tools"
}

if [ -z "${PROMETHEUS:-}" ]; then
  [ -x "$unpacked" ] || fetch || { echo "Prometheus is needed, and could not be got" >&2; exit 1; }
  PROMETHEUS=$unpacked
fi
export PROMETHEUS
"$PROMETHEUS" --version 2>&1 | head -n 1
exec "$@"
