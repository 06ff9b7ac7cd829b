#!/bin/sh
# Looks at programs that are to be given away:  test-binaries.sh PROGRAM...
#
# Each must be position-independent, have all that the linker fills in made read-only (full RELRO), no executable
# stack, no search path for libraries, no symbols, and no trace of the folder it was built in.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "test-binaries: $*" >&2
    exit 1
}

for program; do
    headers=$(readelf --wide --file-header --program-headers "$program")
    dynamic=$(readelf --wide --dynamic "$program")
    has() { printf '%s\n' "$1" | grep -Eq "$2"; }
    has "$headers" '^ *Type: +DYN ' || fail "$program is not position-independent"
    has "$headers" '^ *GNU_RELRO ' || fail "$program has no RELRO"
    has "$dynamic" '\(FLAGS\).*BIND_NOW' || fail "$program is bound lazily, so its RELRO is partial"
    has "$headers" '^ *GNU_STACK .* RW +0' || fail "$program has an executable stack"
    ! has "$dynamic" '\((RPATH|RUNPATH)\)' || fail "$program searches for libraries in folders of its own"
    ! readelf --wide --section-headers "$program" | grep -Eq ' \.(symtab|debug_info) ' || fail "$program is not stripped"
    ! grep -aqF "$(pwd -P)" "$program" || fail "$program names the folder it was built in"
    echo "test-binaries: $program is hardened, stripped and names no folder"
done
