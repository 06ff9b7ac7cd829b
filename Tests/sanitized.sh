#!/bin/sh
# Runs tests that are built under a sanitizer:  sanitized.sh address|thread ARGUMENTS...
#
# Whatever the sanitizer finds ends the run.
set -eu
cd "$(dirname "$0")/.."
kind=$1
shift
case $kind in
address)
    export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1:abort_on_error=1"
    folder=.build/asan
    ;;
thread)
    export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1"
    folder=.build/tsan
    ;;
*)
    sed -n '2s/^# //p' "$0" >&2
    exit 64
    ;;
esac
exec swift test --skip-build --sanitize "$kind" --scratch-path "$folder" "$@"
