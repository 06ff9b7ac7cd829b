#!/bin/sh
# Feeds YAMLTree inputs that libFuzzer makes up from the repository's own files:  fuzz.sh LIBFUZZER_OPTION...
#
# What is found lies in .build/fuzz as crash-…, timeout-… or oom-…; run it again with
# .build/fuzz/yaml-fuzz FILE. The corpus stays there, so a later run begins where this one ended.
set -eu
cd "$(dirname "$0")/../.."
folder=.build/fuzz
mkdir -p "$folder/corpus" "$folder/seeds"
# Address errors end a run, too. The fuzzer brings its own main.
options="-O -use-ld=lld -sanitize=fuzzer,address -swift-version 6 -parse-as-library -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature MemberImportVisibility -Xcc -ISources/CLibYAML -ISources/CLibYAML"
newest=$(find Sources/YAMLTree Sources/CLibYAML Tests/Fuzz -type f -newer "$folder/yaml-fuzz" 2>/dev/null | head -n 1)
if [ -n "$newest" ] || [ ! -x "$folder/yaml-fuzz" ]; then
    echo "fuzz: compiling YAMLTree for libFuzzer" >&2
    # shellcheck disable=SC2046,SC2086 # one word each
    swiftc $options -module-name YAMLTree -wmo -emit-module -emit-module-path "$folder/YAMLTree.swiftmodule" \
        -c -o "$folder/YAMLTree.o" $(find Sources/YAMLTree -name "*.swift")
    # shellcheck disable=SC2086 # one word each
    swiftc $options -module-name YAMLFuzz -I "$folder" -o "$folder/yaml-fuzz" Tests/Fuzz/*.swift "$folder/YAMLTree.o" -lyaml
fi
# Long inputs are slow, and find nothing that short ones do not; libFuzzer takes the beginning of these.
find examples templates Tests/ManifestsTests/Golden -name '*.yaml' -size -8k -print | while read -r file; do
    cp "$file" "$folder/seeds/$(printf %s "$file" | tr / _)"
done
cd "$folder"
# Naming the functions of a crash takes minutes in a program with Swift's symbols: do it by hand with the one input.
export ASAN_OPTIONS="symbolize=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
./yaml-fuzz -dict=../../Tests/Fuzz/yaml.dict -max_len=1024 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    "$@" corpus seeds
