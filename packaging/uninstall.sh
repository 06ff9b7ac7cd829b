#!/bin/sh
# Takes away what install.sh put there:  uninstall.sh FOLDER NAME...
set -eu
folder=$1
shift
for name; do
    rm -f "$folder/bin/$name" "$folder/share/bash-completion/completions/$name" \
        "$folder/share/zsh/site-functions/_$name" "$folder/share/fish/vendor_completions.d/$name.fish" \
        "$folder/share/man/man1/$name.1" "$folder/share/man/man1/$name"-*.1
    rm -rf "$folder/share/doc/${name:?}"
    [ "$(readlink "$folder/bin/kubectl-$name")" != "$name" ] || rm "$folder/bin/kubectl-$name"
done
