#!/bin/bash
# Runs 'rehome check' in a workflow: the difference goes into the log, into the run's summary, which the pull request
# links to, and as a note to each changed file. Reads ARGUMENTS from the environment.
set -euo pipefail

difference=$RUNNER_TEMP/rehome.diff
messages=$RUNNER_TEMP/rehome.messages
status=0
# shellcheck disable=SC2086 # one word each, as a shell would take them; globs too
rehome check $ARGUMENTS >"$difference" 2>"$messages" || status=$?
cat "$difference"
cat "$messages" >&2

if [ "$status" = 0 ]; then
    echo "is-current=true" >>"$GITHUB_OUTPUT"
    echo "The rendered manifests are what the config describes." >>"$GITHUB_STEP_SUMMARY"
    exit 0
fi
echo "is-current=false" >>"$GITHUB_OUTPUT"

# Longer than any run of backticks in what it stands around.
fence=$(grep -oh '`\{3,\}' "$difference" "$messages" | sort | tail -n 1 || true)
fence="${fence:-\`\`}\`"
{
    case $status in
    1) echo "### The rendered manifests are not what the config describes" ;;
    64) echo "### rehome check was called with arguments that it does not know" ;;
    65) echo "### The config cannot be rendered" ;;
    73) echo "### The rendered folder cannot be read" ;;
    *) echo "### rehome check has failed (exit code $status)" ;;
    esac
    echo
    printf '%s\n' "$fence"
    cat "$messages"
    printf '%s\n\n' "$fence"
    # A summary holds 1 MiB.
    printf '%sdiff\n' "$fence"
    head -c 900000 "$difference"
    printf '\n%s\n' "$fence"
} >>"$GITHUB_STEP_SUMMARY"

# A note's text is one line, with these characters escaped; so is a file's name.
escaped() { sed -e 's/%/%25/g' -e 's/\r/%0D/g' | tr -d '\n'; }
if [ "$status" = 1 ]; then
    # The difference names rendered files by their place in the output folder, and files of the team's own that are edited
    # by their place here. With several folders it does not say which of them a file is in.
    folders=$(sed -n 's/^error: \(.*\) is not what .* renders to$/\1/p' "$messages")
    awk '/^[+][+][+] / && before ~ /^--- / {
            old = substr(before, 5); new = substr($0, 5)
            if (new == "/dev/null") print "removed " substr(old, 3)
            else print (old == "/dev/null" ? "new " : "changed ") substr(new, 3)
        }
        { before = $0 }' "$difference" | while read -r kind file; do
        note="::error title=rehome check::$(printf %s "$file" | escaped) is not what the config renders to. Run rehome render, and commit it."
        [ "$kind" != removed ] ||
            note="::error title=rehome check::$(printf %s "$file" | escaped) is rendered no more. Run rehome render, and commit its removal."
        if [ "$(printf '%s\n' "$folders" | wc -l)" = 1 ]; then
            path=$folders/$file
            # Only what is there already can be edited in its place.
            [ "$kind" != changed ] || [ -e "$path" ] || path=$file
            path=$(realpath --canonicalize-missing --relative-to="$GITHUB_WORKSPACE" "$path")
            note="::error file=$(printf %s "$path" | escaped | sed -e 's/:/%3A/g' -e 's/,/%2C/g'),${note#::error }"
        fi
        echo "$note"
    done
else
    # Warnings come first, and are not why it failed.
    reason=$(grep -m 1 -E '(^|: )error: ' "$messages" || grep -m 1 -vE '(^|: )warning: ' "$messages" || head -n 1 "$messages")
    echo "::error title=rehome check::$(printf %s "$reason" | escaped)"
fi
exit "$status"
