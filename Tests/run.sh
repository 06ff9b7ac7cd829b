#!/bin/sh
# Runs the tests that are built, with the arguments of `swift test`, and repeats at the end what failed.
set -u
cd "$(dirname "$0")/.."
log=.build/test.log
# Most tests start two servers and a Job; more of them at once than this only time each other out on two cores.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH="${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-3}"
{ swift test --skip-build "$@" 2>&1; echo "$?" >"$log.status"; } | tee "$log"
status=$(cat "$log.status")
if [ "$status" != 0 ]; then
	echo "What failed (the whole log: $log):"
	grep -E '^✘|error: Exited|Fatal error|: error:' "$log" || tail -n 20 "$log"
fi
exit "$status"
