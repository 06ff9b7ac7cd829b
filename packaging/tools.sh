#!/bin/sh
# Installs what requirements.txt names into .build/tools, unless it is there, and prints the folder of its programs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../.build/tools
if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt"; then
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
        --only-binary :all: --requirement "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$tools"
fi
cd "$tools/bin"
pwd -P
