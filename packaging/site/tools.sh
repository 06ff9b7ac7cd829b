#!/bin/sh
# Installs what requirements.txt and mermaid.txt name into .build/site-tools, unless it is there, and prints that folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../.build/site-tools
wanted=$(cat "$here/requirements.txt" "$here/mermaid.txt")
if [ "$(cat "$tools/installed" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$tools"
    python3 -m venv "$tools"
    install() {
        "$tools/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: "$@" >&2
    }
    install --requirement "$here/requirements.txt"
    install --no-deps --ignore-requires-python --target "$tools/mermaid" --requirement "$here/mermaid.txt"
    printf '%s\n' "$wanted" >"$tools/installed"
fi
cd "$tools"
pwd -P
