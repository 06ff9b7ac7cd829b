#!/bin/sh
# Builds the same sources in another folder, and compares all that is given away byte by byte with this folder's:
#   test-reproducible.sh
#
# The other folder has another name, another depth, and files of other times.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "test-reproducible: $*" >&2
    exit 1
}

export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"
other=$(mktemp -d)
trap 'rm -rf "$other"' EXIT
copy="$other/another folder/rehome"
mkdir -p "$(dirname "$copy")"
# What git knows, as it stands here: a change that is not committed yet is compared, too.
git clone --quiet --no-checkout . "$copy"
mkdir "$copy/.build"
git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - | tar --extract --touch --directory "$copy"
# What is downloaded, and depends on no build.
for folder in tools image-job; do
    [ ! -d ".build/$folder" ] || ln -s "$(pwd)/.build/$folder" "$copy/.build/$folder"
done

packaging/build.sh static rehome
packaging/build.sh release rehome-job
packaging/release.sh .build/dist
# The build's order differs as well: what is compiled first must not matter.
(cd "$copy" && packaging/build.sh release rehome-job && packaging/build.sh static rehome && packaging/release.sh .build/dist)

problems=0
for file in .build/dist/*; do
    if ! cmp "$file" "$copy/.build/dist/$(basename "$file")"; then problems=$((problems + 1)); fi
done
[ "$(ls .build/dist)" = "$(ls "$copy/.build/dist")" ] || fail "not the same files"
if [ "$problems" != 0 ]; then
    rm -rf .build/other-build
    mkdir .build/other-build
    cp "$copy"/.build/dist/* "$copy/.build/release/rehome" "$copy/.build/release/rehome-job" .build/other-build
    fail "$problems files differ between two builds of the same sources: those of the other one are in .build/other-build"
fi
echo "test-reproducible: $(find .build/dist -type f | wc -l) files are the same, byte by byte, from two folders"
