#!/bin/sh
# Makes a Debian package of a program:  deb.sh PROGRAM OUTPUT_FOLDER
#
# What the package depends on is what the program loads, and for the Job the client programs that it starts.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "$1")
output=$2
name=$(basename "$program")
version=$("$program" --version)
version=${version##* }
architecture=$(dpkg --print-architecture)
# The maintainer and the page of every package.
# shellcheck source=packaging/release.conf
. "$here/release.conf"

case $name in
rehome)
    summary="render the manifests that move a Backstage instance to another PostgreSQL"
    text="Turns one config into the manifests that move the databases of a Backstage
 or Red Hat Developer Hub instance to another PostgreSQL by GitOps, and checks
 that what is committed is current. Reads and writes files, and never talks to
 a cluster or a database."
    needs=""
    ;;
rehome-job)
    summary="move Backstage's databases from one PostgreSQL server to another"
    text="Copies all databases of a Backstage instance to another server, verifies
 every row, and publishes all of them in one transaction. It is what the Jobs
 run that the manifests of rehome describe."
    needs="postgresql-client, "
    ;;
*)
    echo "deb: no package is made of $name" >&2
    exit 64
    ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/$name
mkdir -p "$tree/DEBIAN" "$work/debian"
"$here/install.sh" "$tree/usr" "$program" >/dev/null
# Debian's own folder for completions of packages.
mkdir -p "$tree/usr/share/zsh/vendor-completions"
mv "$tree/usr/share/zsh/site-functions"/* "$tree/usr/share/zsh/vendor-completions/"
rmdir "$tree/usr/share/zsh/site-functions"
mv "$tree/usr/share/doc/$name/NOTICE" "$tree/usr/share/doc/$name/copyright"
# Every Debian has the text of the Apache licence.
rm "$tree/usr/share/doc/$name/LICENSE"
printf '\nThe text of Apache-2.0 is /usr/share/common-licenses/Apache-2.0.\n' >>"$tree/usr/share/doc/$name/copyright"
find "$tree/usr/share/man" -name '*.1' -exec gzip --best --no-name {} +
if [ -L "$tree/usr/bin/kubectl-rehome" ]; then
    ln -s rehome.1.gz "$tree/usr/share/man/man1/kubectl-rehome.1.gz"
fi
printf '%s (%s) unstable; urgency=medium\n\n  * See the notes of the release.\n\n -- %s  %s\n' "$name" "$version" "$MAINTAINER" \
    "$(date --utc --date "@$SOURCE_DATE_EPOCH" -R)" | gzip --best --no-name >"$tree/usr/share/doc/$name/changelog.gz"

# The tool reads a source package's control file, of which only this matters.
printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' "$name" "$name" >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O -e"$program" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')

cat >"$tree/DEBIAN/control" <<EOF
Package: $name
Version: $version
Architecture: $architecture
Maintainer: $MAINTAINER
Homepage: $HOMEPAGE
Section: database
Priority: optional
Installed-Size: $(du --summarize --apparent-size --block-size 1024 "$tree/usr" | cut -f 1)
${libraries:+Depends: $needs$libraries
}Description: $summary
 $text
EOF
(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
mkdir -p "$output"
# Times and owners are not those of this build.
find "$tree" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
chmod -R go=u,go-w "$tree"
dpkg-deb --build --root-owner-group -Zxz "$tree" "$output/${name}_${version}_$architecture.deb" >/dev/null
echo "${name}_${version}_$architecture.deb"
