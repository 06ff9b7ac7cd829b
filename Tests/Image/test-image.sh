#!/bin/sh
# Proves, without a container engine, that a stage of the Containerfile holds all that its program needs:
#   test-image.sh job REHOME_JOB
#   test-image.sh generator REHOME
#
# Makes a root file system of the stage's base and packages with debootstrap, kept in .build/image-STAGE while the
# Containerfile names the same ones, and runs the program in it as a made-up user, read-only.
set -eu

stage=$1
cd "$(dirname "$0")/../.."
program=$(realpath "$2")
[ "$(id -u)" = 0 ] || { echo "test-image: skipped, only root can make a root file system"; exit 0; }

fail() {
    echo "test-image: $stage: $*" >&2
    exit 1
}

lines=$(sed -n "/^FROM .* AS $stage\$/,/^ENTRYPOINT/p" Containerfile)
suite=$(sed -n 's|^ARG DEBIAN=docker.io/library/debian:\([a-z]*\)-slim@sha256:[0-9a-f]\{64\}$|\1|p' Containerfile)
packages=$(printf '%s\n' "$lines" | sed -n '/apt-get install/,/&&/{s/^ *\([a-z0-9.+-]*\) \\$/\1/p}' | paste -sd,)
user=$(printf '%s\n' "$lines" | sed -n 's/^USER \([0-9]*:[0-9]*\)$/\1/p')
copied=$(printf '%s\n' "$lines" | sed -n 's|^COPY --from=[a-z-]* /rehome/\([^ ]*\) /usr/local/bin/.*|\1|p')
name=$(printf '%s\n' "$lines" | sed -n 's/^ENTRYPOINT \["\([a-z-]*\)"\]$/\1/p')
[ -n "$suite" ] || fail "found no base with a digest in the Containerfile"
[ -n "$user" ] || fail "the Containerfile's USER is not numeric, so runAsNonRoot could not be checked by the kubelet"
[ -n "$copied" ] && [ "$(realpath "$copied")" = "$program" ] || fail "the Containerfile copies '$copied', not $program"
[ "$(basename "$program")" = "$name" ] || fail "the Containerfile starts '$name', not $(basename "$program")"
for file in $(printf '%s\n' "$lines" | sed -n 's|^COPY \([A-Z ]*\) /usr/share/doc/.*|\1|p'); do
    [ -f "$file" ] || fail "the Containerfile copies $file, which is not there"
done

image=.build/image-$stage
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
    if ! debootstrap --variant=minbase ${packages:+--include="$packages"} "$suite" "$image/root" "$mirror" \
        >"$image/log" 2>&1; then
        tail -n 20 "$image/log" >&2
        fail "debootstrap could not make $suite${packages:+ with $packages}"
    fi
    echo "$suite,$packages" >"$image/made-of"
fi

# As OpenShift makes users up: of the group 0, and with a number of its own.
made_up=1000680000:0
# The folder that the image works in, where somebody mounts one.
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work" "$work.outside" "$work.diff"' EXIT
mkdir -p "$image/root/work"

# In a mount namespace of its own, as one user, with a read-only root and an empty /tmp.
inside() {
    unshare --mount sh -eu -c '
        root=$1 program=$2 work=$3 user=$4
        shift 4
        mount --bind "$root" "$root"
        touch "$root/usr/local/bin/${program##*/}"
        mount --bind "$program" "$root/usr/local/bin/${program##*/}"
        mount --bind "$work" "$root/work"
        mount -t tmpfs tmpfs "$root/tmp"
        mount --bind /dev/null "$root/dev/null"
        # Swift learns its arguments from /proc, which every container has.
        mount -t proc proc "$root/proc"
        mount -o remount,bind,ro "$root"
        exec chroot "$root" setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs \
            env -i --chdir=/work PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp "$@"
    ' sh "$image/root" "$program" "$work" "$run_as" "$@"
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

# The Job, which brings clients of PostgreSQL.
try_job() {
    [ -n "$packages" ] || fail "found no packages in the Containerfile"
    run_as=$made_up
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
}

# The generator, which a pipeline runs by a shell in a folder of its own.
try_generator() {
    for run_as in "$user" "$made_up"; do
        rm -rf "$work"/*
        cp examples/external/backstage.yaml examples/external/ca.pem examples/external/rehome.yaml "$work"
        cp -r "$work" "$work.outside"
        chown -R "$run_as" "$work"
        expect 0 "$("$program" --version)" rehome --version
        expect 1 "is not what rehome.yaml renders to" rehome check
        expect 0 "out: " rehome render
        # The same as outside of any image, and nobody else's.
        (cd "$work.outside" && "$program" render >/dev/null 2>&1) || fail "rehome render fails outside of the image"
        diff -r "$work.outside" "$work" >"$work.diff" || fail "renders something else than outside: $(cat "$work.diff")"
        [ -z "$(find "$work" -mindepth 1 ! -user "${run_as%:*}")" ] || fail "leaves files of another user"
        expect 0 "current" sh -euc 'rehome check >/tmp/rehome.diff 2>/tmp/errors; [ ! -s /tmp/rehome.diff ] && echo current'
        rm -rf "$work.outside" "$work.diff"
    done
}

"try_$stage"
echo "test-image: $stage: $suite${packages:+ with $packages} is enough"
