#!/bin/sh
# Makes the documentation of the library modules' public Swift API, and fails where DocC has a warning.
#   docc.sh FOLDER    FOLDER gets MODULE.doccarchive for each; the modules come from .build/debug
set -eu

cd "$(dirname "$0")/.."
output=$1
tools=$(dirname "$(realpath "$(command -v swift)")")
modules=$(sed -n 's/^ *\.target(name: "\([A-Z][A-Za-z]*\)".*/\1/p; /^ *\.target($/{n;s/^ *name: "\([A-Z][A-Za-z]*\)".*/\1/p}' Package.swift |
    grep -vx -e TestSupport -e ManifestTemplates)
maps=$(for map in Sources/C*/module.modulemap .build/checkouts/*/Sources/*/include/module.modulemap; do
    [ ! -e "$map" ] || printf '%s ' -Xcc "-fmodule-map-file=$map"
done)
flags=$(for flag in $(pkg-config --cflags libpq yaml-0.1 libcrypto libcurl zlib); do printf '%s ' -Xcc "$flag"; done)
rm -rf "$output"
mkdir -p "$output"
failed=
for module in $modules; do
    graphs=$output/graphs/$module
    mkdir -p "$graphs"
    # shellcheck disable=SC2086 # one word each
    "$tools/swift-symbolgraph-extract" -module-name "$module" -I .build/debug/Modules -sdk / \
        -target "$(uname -m)-unknown-linux-gnu" $maps $flags -minimum-access-level public -skip-inherited-docs \
        -output-dir "$graphs"
    "$tools/docc" convert --warnings-as-errors --fallback-display-name "$module" \
        --fallback-bundle-identifier "dev.rehome.$module" --additional-symbol-graph-dir "$graphs" \
        --output-path "$output/$module.doccarchive" || failed="$failed $module"
done
[ -z "$failed" ] || { echo "DocC has something to say of:$failed" >&2; exit 1; }
echo "documentation of $(echo "$modules" | wc -l) modules: $output" >&2
