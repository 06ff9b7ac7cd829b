#!/bin/sh
# Runs tests that are built under a sanitizer:  sanitized.sh address|thread ARGUMENTS...
#
# Whatever the sanitizer finds ends the run. It names addresses only: to name functions takes minutes in a program with
# Swift's symbols; addr2line -Cfe does it for one. Tests that start programs are no use under the thread sanitizer: it
# does not see the locks of swift-subprocess, which wait in the kernel, and reports all that they guard.
set -eu
cd "$(dirname "$0")/.."
kind=$1
shift
case $kind in
address)
    export ASAN_OPTIONS="symbolize=0:detect_leaks=1"
    export LSAN_OPTIONS="suppressions=Tests/leaks.supp:print_suppressions=0"
    folder=.build/asan
    ;;
thread)
    export TSAN_OPTIONS="symbolize=0:halt_on_error=1"
    folder=.build/tsan
    ;;
*)
    sed -n '2s/^# //p' "$0" >&2
    exit 64
    ;;
esac
exec swift test --skip-build --sanitize "$kind" --scratch-path "$folder" "$@"
