#!/bin/sh
# Proves, without a container engine, that the Containerfile's last stage holds all that rehome-job needs:
#   test-image.sh REHOME_JOB
#
# Makes a root file system of the stage's base and packages with debootstrap, kept in .build/image while the
# Containerfile names the same ones, and runs the program in it as a made-up user, read-only.
set -eu

program=$(realpath "$1")
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "test-image: skipped, only root can make a root file system"; exit 0; }

fail() {
    echo "test-image: $*" >&2
    exit 1
}

suite=$(sed -n 's|^ARG DEBIAN=docker.io/library/debian:\([a-z]*\)-slim@sha256:[0-9a-f]\{64\}$|\1|p' Containerfile)
packages=$(sed -n '/^FROM .* AS job$/,$p' Containerfile \
    | sed -n '/apt-get install/,/&&/{s/^ *\([a-z0-9.+-]*\) \\$/\1/p}' | paste -sd,)
user=$(sed -n '/^FROM .* AS job$/,$s/^USER \([0-9]*:[0-9]*\)$/\1/p' Containerfile)
[ -n "$suite" ] && [ -n "$packages" ] || fail "found no base with a digest, or no packages, in the Containerfile"
[ -n "$user" ] || fail "the Containerfile's USER is not numeric, so runAsNonRoot could not be checked by the kubelet"

image=.build/image
# Where this machine has its own packages from.
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
mirror=${mirror%/}
if [ "$(cat "$image/made-of" 2>/dev/null)" != "$suite,$packages" ]; then
    if ! curl --silent --fail --head --output /dev/null --max-time 30 "$mirror/dists/$suite/Release"; then
        echo "test-image: skipped, $mirror cannot be reached"
        exit 0
    fi
    rm -rf "$image"
    mkdir -p "$image"
    if ! debootstrap --variant=minbase --include="$packages" "$suite" "$image/root" "$mirror" >"$image/log" 2>&1; then
        tail -n 20 "$image/log" >&2
        fail "debootstrap could not make $suite with $packages"
    fi
    echo "$suite,$packages" >"$image/made-of"
fi

# In a mount namespace of its own, as an arbitrary user, with a read-only root and an empty /tmp.
inside() {
    unshare --mount sh -eu -c '
        root=$1 program=$2
        shift 2
        mount --bind "$root" "$root"
        touch "$root/usr/local/bin/rehome-job"
        mount --bind "$program" "$root/usr/local/bin/rehome-job"
        mount -t tmpfs tmpfs "$root/tmp"
        mount --bind /dev/null "$root/dev/null"
        # Swift learns its arguments from /proc, which every container has.
        mount -t proc proc "$root/proc"
        mount -o remount,bind,ro "$root"
        exec chroot "$root" setpriv --reuid 1000680000 --regid 0 --clear-groups --no-new-privs \
            env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp "$@"
    ' sh "$image/root" "$program" "$@"
}

expect() {
    wanted=$1 text=$2
    shift 2
    status=0
    output=$(inside "$@" 2>&1) || status=$?
    [ "$status" = "$wanted" ] || fail "'$*' ended with $status instead of $wanted: $output"
    case $output in
    *"$text"*) echo "test-image: '$1 $2' says: $(printf '%s' "$output" | grep -F "$text" | head -n 1)" ;;
    *) fail "'$*' does not say '$text': $output" ;;
    esac
}

expect 0 "rehome-job 0" rehome-job --version
# Whom the Job trusts is mounted for it.
[ ! -e "$image/root/etc/ssl/certs/ca-certificates.crt" ] || fail "the image brings certificate authorities"
expect 0 "pg_dump (PostgreSQL) " pg_dump --version
expect 0 "pg_restore (PostgreSQL) " pg_restore --version
# Settings, libpq and the way to an exit code work: nobody listens on this port.
expect 75 "Connection refused" env REHOME_NAMESPACE=test REHOME_INSTANCE=test REHOME_GATE=none \
    REHOME_SOURCE_HOST=127.0.0.1 REHOME_SOURCE_PORT=1 REHOME_SOURCE_USER=postgres REHOME_SOURCE_PASSWORD=none \
    REHOME_TARGET_HOST=127.0.0.1 REHOME_TARGET_PORT=1 REHOME_TARGET_USER=postgres REHOME_TARGET_PASSWORD=none \
    REHOME_TARGET_SSLMODE=disable rehome-job migrate
echo "test-image: $suite with $packages is enough"
