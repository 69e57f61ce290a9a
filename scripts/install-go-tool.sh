#!/usr/bin/env bash
# Installs a Go program into .tools/bin, unless that version of it is there: install-go-tool.sh PACKAGE VERSION
set -euo pipefail
cd "$(dirname "$0")/.."

package=$1 version=$2 name=${1##*/}
! ".tools/bin/$name" --version 2>/dev/null | grep -qF "${version#v}" || exit 0
# Go's installer puts it there, and leaves PATH to whoever logs in.
PATH="$PATH:/usr/local/go/bin"
command -v go >/dev/null || { echo "$name $version is to be installed, which needs Go" >&2; exit 1; }
GOBIN="$PWD/.tools/bin" go install "$package@$version"
