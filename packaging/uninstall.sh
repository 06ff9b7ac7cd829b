#!/bin/sh
# Takes away what install.sh put there:  uninstall.sh FOLDER NAME...
set -eu
folder=$1
shift
for name; do
    # rehome-job's pages begin with rehome's name, and are not its own.
    for page in "$folder/share/man/man1/$name"-*.1; do
        case $name:$(basename "$page") in
        rehome:rehome-job.1 | rehome:rehome-job-*.1) ;;
        *) rm -f "$page" ;;
        esac
    done
    rm -f "$folder/bin/$name" "$folder/share/bash-completion/completions/$name" \
        "$folder/share/zsh/site-functions/_$name" "$folder/share/fish/vendor_completions.d/$name.fish" \
        "$folder/share/man/man1/$name.1"
    rm -rf "$folder/share/doc/${name:?}"
    [ "$(readlink "$folder/bin/kubectl-$name")" != "$name" ] || rm "$folder/bin/kubectl-$name"
done
