#!/bin/bash
# Installs what is released, each kind where it will be used, tries it, and takes it away again.
#
# The programs are built. As root, Debian packages go into root file systems of each Debian that they are for, made by
# debootstrap and kept in .build/roots; a package's own dependencies must be all that they need there.
set -euo pipefail
cd "$(dirname "$0")/../.."
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"

fail() {
    echo "test-packages: $*" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(.build/static/rehome --version)
architecture=$(dpkg --print-architecture)

# make install, and what it put there.
make --silent install DESTDIR="$work/destdir" PREFIX=/usr/local >"$work/installed"
installed=$work/destdir/usr/local
while IFS= read -r path; do
    [ -e "$installed/$path" ] || fail "make install says that it installed $path, and did not"
done <"$work/installed"
[ "$("$installed/bin/kubectl-rehome" --version)" = "$version" ] || fail "kubectl-rehome is not rehome $version"
for name in rehome rehome-job; do
    share=$installed/share
    mandoc -T lint -W warning "$share/man/man1/$name.1" "$share/man/man1/$name"-*.1 || fail "a manual page is malformed"
    # Each command has a page, and the page of the whole points to it.
    "$installed/bin/$name" --help | sed -n '/^SUBCOMMANDS:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' | while read -r command; do
        [ -e "$share/man/man1/$name-$command.1" ] || fail "$name $command has no manual page"
        grep -q "^.Xr $name-$command 1" "$share/man/man1/$name.1" || fail "$name(1) does not name $name-$command(1)"
    done
    bash -n "$share/bash-completion/completions/$name"
    zsh --no-exec "$share/zsh/site-functions/_$name"
    fish --no-execute "$share/fish/vendor_completions.d/$name.fish"
done
# What a person sees who types a part of a word and Tab.
candidates=$(bash -c '. "$1"; COMP_WORDS=(rehome re) COMP_CWORD=1 COMP_LINE="rehome re" COMP_POINT=9 COMP_TYPE=9
    _rehome rehome re rehome 2>/dev/null; echo "${COMPREPLY[*]}"' bash "$installed/share/bash-completion/completions/rehome")
[[ " $candidates " == *" render "* ]] || fail "bash completes 'rehome re' to '$candidates'"
candidates=$(XDG_DATA_DIRS=$installed/share HOME=$work PATH=$installed/bin:$PATH fish -c 'complete --do-complete "rehome re"' | cut -f 1)
[ "$candidates" = render ] || fail "fish completes 'rehome re' to '$candidates'"
packaging/uninstall.sh "$installed" rehome
[ -e "$installed/share/man/man1/rehome-job-migrate.1" ] || fail "uninstall.sh of rehome takes rehome-job's manual pages away"
[ ! -e "$installed/share/man/man1/rehome-render.1" ] || fail "uninstall.sh of rehome leaves its manual pages"
make --silent uninstall DESTDIR="$work/destdir" PREFIX=/usr/local
[ -z "$(find "$work/destdir" -type f -o -type l)" ] || fail "make uninstall leaves $(find "$work/destdir" -type f -o -type l)"
echo "test-packages: make install puts everything in its place, and make uninstall takes it away"

packaging/release.sh .build/dist
(cd .build/dist && sha256sum --quiet --check SHA256SUMS)

# The archive, as Krew takes it: its files by pattern, a link for kubectl, which finds it on the PATH.
tools=$(packaging/tools.sh)
"$tools/python" - "$work" <<'EOF'
import hashlib, os, pathlib, shutil, sys, tarfile
from ruamel.yaml import YAML

work, dist = pathlib.Path(sys.argv[1]), pathlib.Path(".build/dist")
plugin = YAML(typ="safe").load((dist / "rehome.yaml").read_text())
platform = plugin["spec"]["platforms"][0]
archive = dist / platform["uri"].rsplit("/", 1)[1]
assert hashlib.sha256(archive.read_bytes()).hexdigest() == platform["sha256"], "the manifest's hash is another"
assert plugin["spec"]["version"] in platform["uri"], "the manifest's address is of another version"
assert len(plugin["spec"]["shortDescription"]) <= 80
with tarfile.open(archive) as file:
    for member in file:
        assert member.uid == member.gid == 0 and not member.mode & 0o022, f"{member.name} is writable by others"
    file.extractall(work / "unpacked", filter="data")
store, links = work / "krew" / "store", work / "krew" / "bin"
store.mkdir(parents=True)
links.mkdir()
for rule in platform["files"]:
    matches = list((work / "unpacked").glob(rule["from"]))
    assert len(matches) == 1, f"{rule['from']} matches {matches}"
    shutil.copy2(matches[0], store / rule["to"])
assert {"rehome", "LICENSE", "NOTICE"} <= set(os.listdir(store))
(links / f"kubectl-{plugin['metadata']['name']}").symlink_to(store / platform["bin"])
EOF
[ "$(PATH="$work/krew/bin:$PATH" "$tools/kubectl" rehome --version)" = "$version" ] || fail "kubectl does not run the plugin"
PATH="$work/krew/bin:$PATH" "$tools/kubectl" plugin list 2>/dev/null | grep -q kubectl-rehome || fail "kubectl does not list the plugin"
echo "test-packages: kubectl rehome works as Krew installs it"

[ "$(id -u)" = 0 ] || { echo "test-packages: the rest is skipped, only root can make a root file system"; exit 0; }

# The static program, where there is nothing else: no library, no shell.
empty=$work/empty
mkdir -p "$empty/proc" "$empty/example"
cp "$work/unpacked"/*/bin/rehome "$empty/"
cp -r examples/statefulset/. "$empty/example/"
# shellcheck disable=SC2016 # the inner shell expands
unshare --mount sh -eu -c 'mount -t proc proc "$1/proc"; chroot "$1" /rehome render -f example/rehome.yaml -o example/out' \
    sh "$empty" >"$work/log" 2>&1 || fail "the static program fails where there is nothing else: $(cat "$work/log")"
diff --recursive --exclude .rehome-files --exclude README.md out "$empty/example/out" || fail "the static program renders another tree"
echo "test-packages: the static program needs no file of the system"

# Where this machine has its own packages from.
mirror=$(apt-get indextargets --format "\$(SITE)" 'Created-By: Packages' | head -n 1)
mirror=${mirror%/}
# Debian's releases, and what the dependencies are called there.
for suite in "bookworm libcurl4,libssl3" "trixie libcurl4t64,libssl3t64"; do
    packages=libpq5,libstdc++6,libyaml-0-2,postgresql-client,${suite#* }
    suite=${suite% *}
    root=.build/roots/$suite
    if [ "$(cat "$root.made-of" 2>/dev/null)" != "$packages" ]; then
        if ! curl --silent --fail --head --output /dev/null --max-time 30 "$mirror/dists/$suite/Release"; then
            echo "test-packages: Debian packages are not tried, $mirror cannot be reached"
            exit 0
        fi
        rm -rf "$root"
        mkdir -p "$root"
        debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror" >"$work/log" 2>&1 \
            || { tail -n 20 "$work/log" >&2; fail "debootstrap could not make $suite"; }
        echo "$packages" >"$root.made-of"
    fi
    # What is installed goes to a layer above the root, which a later run finds as it was.
    mkdir -p "$work/$suite/upper" "$work/$suite/work" "$work/$suite/root"
    # shellcheck disable=SC2016 # the inner shell expands
    unshare --mount bash -eu -o pipefail -c '
        mount -t tmpfs tmpfs "$3"
        mkdir "$3/upper" "$3/work" "$3/root"
        mount -t overlay -o "lowerdir=$1,upperdir=$3/upper,workdir=$3/work" overlay "$3/root"
        root=$3/root
        mount -t proc proc "$root/proc"
        files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./var/lib/dpkg -o -path ./var/log \) -prune -o -print | sort); }
        files >"$3/before"
        cp "$2"/*.deb "$root/tmp/"
        chroot "$root" sh -c "dpkg --install /tmp/*.deb" >"$3/log" 2>&1 || { cat "$3/log" >&2; exit 1; }
        rm "$root"/tmp/*.deb
        for program in rehome kubectl-rehome rehome-job; do chroot "$root" "$program" --version; done
        chroot "$root" rehome-job settings >/dev/null
        chroot "$root" sh -c "cd /tmp && rehome schema >schema && rm schema"
        test -s "$root/usr/share/doc/rehome/copyright" -a -s "$root/usr/share/doc/rehome-job/copyright"
        chroot "$root" dpkg --verify rehome rehome-job
        chroot "$root" dpkg --purge rehome rehome-job >"$3/log" 2>&1 || { cat "$3/log" >&2; exit 1; }
        files >"$3/after"
        diff "$3/before" "$3/after" || { echo "files are left behind" >&2; exit 1; }
    ' bash "$root" .build/dist "$work/$suite/root" >"$work/log" 2>&1 || fail "$suite: $(cat "$work/log")"
    echo "test-packages: the packages of $version for $architecture install, run and go without a trace on Debian's $suite"
done
