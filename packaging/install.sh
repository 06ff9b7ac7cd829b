#!/bin/sh
# Puts programs where they belong, with manual pages and completions:
#   install.sh FOLDER PROGRAM...     FOLDER is $DESTDIR$PREFIX, such as /usr/local
#
# Asks the programs themselves for their pages and completions, so what is installed fits them. What is written is
# listed on standard output, a path a line below FOLDER, for whoever takes it away again.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shift
# The day that the pages bear.
day=$(date --utc --date "@${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}" +%Y-%m-%d)
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT

put() {
    install -D --mode "$1" "$2" "$folder/$3"
    echo "$3"
}

for program; do
    name=$(basename "$program")
    put 755 "$program" "bin/$name"
    for shell in bash zsh fish; do
        "$program" --generate-completion-script "$shell" >"$pages/$name.$shell"
    done
    put 644 "$pages/$name.bash" "share/bash-completion/completions/$name"
    put 644 "$pages/$name.zsh" "share/zsh/site-functions/_$name"
    put 644 "$pages/$name.fish" "share/fish/vendor_completions.d/$name.fish"
    python3 "$here/manual.py" "$program" "$pages/$name" "$day"
    for page in "$pages/$name"/*.1; do put 644 "$page" "share/man/man1/$(basename "$page")"; done
    put 644 "$here/../LICENSE" "share/doc/$name/LICENSE"
    put 644 "$here/../NOTICE" "share/doc/$name/NOTICE"
    if [ "$name" = rehome ]; then
        # kubectl runs what begins with its name: 'kubectl rehome render'.
        ln -sf rehome "$folder/bin/kubectl-rehome"
        echo bin/kubectl-rehome
    fi
done
