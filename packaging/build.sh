#!/bin/sh
# Builds, and says in one line how far it is instead of in hundreds:
#   build.sh debug ARGUMENTS...      what 'swift build ARGUMENTS' builds
#   build.sh release PRODUCT...      programs to give away, in .build/release
#   build.sh static PRODUCT...       the same without any shared library, in .build/static
#
# Programs to give away hold nothing of the folder they were built in, so the same commit gives the same bytes
# everywhere. Their addresses are random, and what the dynamic linker has filled in is read-only afterwards.
#
# A warning of the compiler about the project's own sources is a failure; one about a dependency's is not ours to mend.
set -eu

cd "$(dirname "$0")/.."
kind=$1
shift
here=$(pwd -P)

# Reads what 'swift build' prints. A step is a line like '[17/412] Compiling X509'; everything else is passed on.
say_progress() {
    name=$1 last=-1
    [ -t 2 ] && is_terminal=yes || is_terminal=no
    while IFS= read -r line; do
        case $line in
        "["[0-9]*/[0-9]*"] "*)
            counts=${line#?}
            counts=${counts%%]*}
            step=${line#*] }
            # What comes before the build has counts of its own.
            case $step in "Planning build" | "Compiling plugin "* | "Write sources") continue ;; esac
            total=${counts#*/}
            percent=$((${counts%/*} * 100 / (total > 0 ? total : 1)))
            if [ "$is_terminal" = yes ]; then
                printf '\r\033[K%s: %3d %%  %s' "$name" "$percent" "$(printf %.60s "$step")" >&2
            elif [ $((percent / 20)) -gt "$last" ]; then
                # Steps are added while it builds, so a later share may be a smaller one: it is not told.
                last=$((percent / 20))
                echo "$name: $percent % ($counts), $step" >&2
            fi
            ;;
        Fetching* | Fetched* | Computing* | Computed* | Creating* | "Working copy"* | Building* | Planning* | "Build complete!"*) ;;
        "Build of product "*"complete!"*) ;;
        *)
            [ "$is_terminal" = no ] || printf '\r\033[K' >&2
            printf '%s\n' "$line" >&2
            case $line in
            "$here/.build/"*) ;;
            # What a macro makes of a source has no path of its own.
            "$here/"*": warning: "* | "macro expansion "*": warning: "*) printf '%s\n' "$line" >>"$warnings" ;;
            esac
            ;;
        esac
    done
    [ "$is_terminal" = no ] || printf '\r\033[K' >&2
}

# Swift is silent about a file that it has compiled already, so what came of each that it warned of is deleted: otherwise
# the next build would be taken for a clean one. (A newer time at the source is not enough: of two within a second Swift
# sees one.) A warning of what a macro makes names no file.
compile_again() {
    case "
$1" in
    *"
macro expansion "*) find "$here"/.build/*/ -path '*.build/*.swift.o' -delete ;;
    esac
    printf '%s\n' "$1" | sed -n 's|^/[^:]*/\([^/:]*\.swift\):.*|\1|p' | sort -u | while IFS= read -r file; do
        find "$here"/.build/*/ -path "*.build/$file.o" -delete
    done
}

# Fails for warnings.
refuse() {
    echo "$1: the compiler warns of the project's own sources:" >&2
    printf '%s\n' "$2" >&2
    exit 1
}

# The status of a pipe is its last command's, so swift's own goes by a file.
build() {
    name=$1
    shift
    mkdir -p .build
    status=$(mktemp .build/status-XXXXXX)
    warnings=$(mktemp .build/warnings-XXXXXX)
    begin=$(date +%s)
    { swift build "$@" 2>&1 || echo $? >"$status"; } | say_progress "$name"
    code=$(cat "$status")
    warned=$(sort -u "$warnings")
    rm -f "$status" "$warnings"
    [ -z "$warned" ] || compile_again "$warned"
    [ -z "$code" ] || exit "$code"
    [ -z "$warned" ] || refuse "$name" "$warned"
    echo "$name: built in $(($(date +%s) - begin)) s" >&2
}

# What nobody needs at run time goes; what the linker must write to once is read-only after that.
hardened="-Xlinker --gc-sections -Xlinker -s -Xlinker --build-id=sha1 -Xlinker -z -Xlinker relro
    -Xlinker -z -Xlinker now"

# The compiler leaves a hash of its command line in each object, for a cache that only it reads: the paths of a build
# change it, so it is turned off.
# shellcheck disable=SC2086 # one word each
release() {
    build "$1" --configuration release --static-swift-stdlib --disable-local-rpath --product "$1" \
        -Xswiftc -gnone -Xcc -g0 -Xswiftc -file-prefix-map -Xswiftc "$here=." -Xcc "-ffile-prefix-map=$here=." \
        -Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen -Xswiftc -use-ld=lld $hardened
}

# Links what is compiled once more, with the C libraries' archives.
# shellcheck disable=SC2086 # one word each
link_statically() {
    mkdir -p .build/static
    swiftc -static-executable -Xclang-linker -static-pie -use-ld=lld $hardened -o ".build/static/$1" \
        "@.build/release/$1.product/Objects.LinkFileList" -Xlinker "--defsym=main=${1}_main" -lyaml -lcrypto
    echo "$1: linked without shared libraries" >&2
}

case $kind in
debug)
    build "debug build" "$@"
    ;;
release)
    for product; do release "$product"; done
    ;;
static)
    for product; do
        release "$product"
        link_statically "$product"
    done
    ;;
*)
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
