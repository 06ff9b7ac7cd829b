#!/bin/sh
# Makes the site of the documentation in a folder: build.sh FOLDER
set -eu
folder=$(realpath -m "${1:?the folder of the site}")
cd "$(dirname "$0")/../.."
tools=$(packaging/site/tools.sh)
# Material's advice on the next MkDocs is not about this site.
NO_MKDOCS_2_WARNING=1 "$tools/bin/mkdocs" --quiet build --strict --clean --site-dir "$folder"
# A page that needs the network for a font or a script is not whole without it.
if grep -rlE '(<script[^>]* src|<link[^>]* rel="?(stylesheet|preconnect|icon)[^>]* href|<img[^>]* src)="?(https?:)?//' \
    --include='*.html' "$folder"; then
    echo "These pages take something from elsewhere." >&2
    exit 1
fi
echo "The site is in $folder: $(find "$folder" -name '*.html' | wc -l) pages, $(du -sh "$folder" | cut -f1)"
