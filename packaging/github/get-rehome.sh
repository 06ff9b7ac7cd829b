#!/bin/bash
# Puts a release's rehome onto the PATH of a workflow's later steps, unless there is one. Reads VERSION, SHA256 and
# RELEASES from the environment.
set -euo pipefail

if command -v rehome >/dev/null; then
    echo "rehome $(rehome --version) is there already"
    exit 0
fi
case $(uname -m) in
x86_64) architecture=amd64 ;;
*)
    echo "::error title=rehome::no release is made for $(uname -m), only for x86_64 (amd64). Run this job on a runner with x86_64, or put a rehome onto the PATH before it."
    exit 1
    ;;
esac
archive=rehome_${VERSION}_linux_$architecture.tar.gz
folder=$RUNNER_TEMP/rehome-$VERSION
mkdir -p "$folder"
cd "$folder"
get() { curl --fail --silent --show-error --location --retry 3 --output "$1" "$RELEASES/v$VERSION/$1"; }
get "$archive"
if [ -z "$SHA256" ]; then
    get SHA256SUMS
    SHA256=$(awk -v name="$archive" '$2 == name {print $1}' SHA256SUMS)
fi
if ! echo "$SHA256  $archive" | sha256sum --check --status -; then
    echo "::error title=rehome::$archive is not the file with the SHA-256 '$SHA256'"
    exit 1
fi
tar --extract --gzip --file "$archive" --strip-components=1
echo "$folder/bin" >>"$GITHUB_PATH"
"$folder/bin/rehome" --version
