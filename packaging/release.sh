#!/bin/sh
# Puts all that is given away of a version into one folder:  release.sh OUTPUT_FOLDER
#
# Takes the programs that build.sh has built. Nothing in the folder depends on where or when it was made: times are
# those of the commit, or SOURCE_DATE_EPOCH.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
output=$1
cd "$here/.."
# shellcheck source=packaging/release.conf
. packaging/release.conf
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"
# Only the programs' own: a locale changes how things are sorted.
export LC_ALL=C.UTF-8
static=.build/static/rehome
version=$("$static" --version)
architecture=$(dpkg --print-architecture)
archive=rehome_${version}_linux_$architecture.tar.gz
tools=$(packaging/tools.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rm -rf "$output"
mkdir -p "$output"
output=$(cd "$output" && pwd)

tree=$work/rehome_${version}_linux_$architecture
packaging/install.sh "$tree" "$static" >/dev/null
# What is linked in for good comes with its licence.
install -m 644 packaging/licences/LGPL-2.1.txt "$tree/share/doc/rehome/LGPL-2.1.txt"
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode=go=u,go-w --mtime="@$SOURCE_DATE_EPOCH" \
    --directory "$work" "$(basename "$tree")" | gzip --best --no-name >"$output/$archive"

for program in rehome rehome-job; do packaging/deb.sh ".build/release/$program" "$output" >/dev/null; done

sbom() { "$tools/python" packaging/sbom.py "$@"; }
sbom "$static" "$output/rehome_$version.cdx.json"
sbom .build/release/rehome-job "$output/rehome-job_$version.cdx.json"
if [ -d .build/image-job/root ]; then
    sbom .build/release/rehome-job "$output/rehome-job-image_$version.cdx.json" .build/image-job/root
else
    echo "release: without what the image is made of: run 'make test-image' first" >&2
fi

previous=$(git describe --tags --abbrev=0 HEAD^ 2>/dev/null || true)
if [ -n "$previous" ]; then
    git log --no-merges --format='- %s' "$previous..HEAD" >"$work/changes"
else
    echo "The first release." >"$work/changes"
fi
fill() {
    sed -e "s|@VERSION@|$version|g" -e "s|@ARCHITECTURE@|$architecture|g" -e "s|@HOMEPAGE@|$HOMEPAGE|g" \
        -e "s|@RELEASES@|$RELEASES|g" -e "s|@ARCHIVE@|$archive|g" \
        -e "s|@SHA256@|$(sha256sum "$output/$archive" | cut -d ' ' -f 1)|g" \
        -e "s|@COMMIT@|$(git rev-parse HEAD)|g" -e "s|@DEBIAN@|$(cat /etc/debian_version)|g" \
        -e "s|@SWIFT@|$(swiftc --version 2>/dev/null | sed -n 's/.*Swift version \([^ ]*\).*/\1/p')|g" \
        -e "/@CHANGES@/{r $work/changes" -e "d}" "$1"
}
fill packaging/krew.yaml >"$output/rehome.yaml"
fill packaging/notes.md >"$output/NOTES.md"
cp LICENSE NOTICE "$output"
cp packaging/gitlab/rehome-check.yml "$output/rehome-check.gitlab-ci.yml"
(cd "$output" && sha256sum -- *.tar.gz *.deb *.json *.yaml *.yml NOTES.md LICENSE NOTICE >SHA256SUMS)
echo "release: $output holds version $version"
