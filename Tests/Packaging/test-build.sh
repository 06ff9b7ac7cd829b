#!/bin/sh
# packaging/build.sh lets no warning of the compiler through: tried on a package of two small files.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "test-build: $*: $(cat "$work/log")" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/package/packaging" "$work/package/Sources/small"
cp packaging/build.sh "$work/package/packaging"
cat >"$work/package/Package.swift" <<'END'
// swift-tools-version: 6.2
import PackageDescription

let package = Package(name: "small", targets: [.executableTarget(name: "small")])
END
source=$work/package/Sources/small
echo 'func answer() -> Int { 42 }' >"$source/Answer.swift"
build() { "$work/package/packaging/build.sh" debug >"$work/log" 2>&1; }

echo 'print(answer())' >"$source/main.swift"
# Swift takes two writes within a second for one.
touch -d '1 minute ago' "$source/main.swift"
build || fail "sources without a warning are refused"

printf 'print(answer())\nfunc f() { let idle = 1 }\n' >"$source/main.swift"
for time in first second; do
    ! build || fail "a warning is let through the $time time"
    grep -q "^debug build: the compiler warns of the project's own sources:$" "$work/log" ||
        fail "a warning is not said to be why"
    grep -q '/Sources/small/main.swift:2:[0-9]*: warning: ' "$work/log" || fail "the warning's place is not told"
done

echo 'print(answer()' >"$source/main.swift"
! build || fail "an error is let through"
! grep -q "warns of" "$work/log" || fail "an error is taken for a warning"

echo 'print(answer())' >"$source/main.swift"
build || fail "what was mended is still refused"
echo "test-build: a warning fails a build, each time until it is mended"
