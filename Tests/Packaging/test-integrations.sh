#!/bin/bash
# Tries what teams put into their pipelines: the hook for pre-commit, the GitHub Action, the template for GitLab.
#
# Each runs against a repository whose manifests are current, and against one where a file was changed by hand. What
# needs a service of theirs is replaced: the runner's environment variables, and the server of releases by a folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
project=$(pwd -P)
tools=$(packaging/tools.sh)

fail() {
    echo "test-integrations: $*" >&2
    exit 1
}

# The formats, by their own schemas and linters.
"$tools/shellcheck" --external-sources packaging/*.sh packaging/github/*.sh Tests/Packaging/*.sh Tests/Fuzz/*.sh
"$tools/hadolint" Containerfile
"$tools/check-jsonschema" --quiet --builtin-schema vendor.github-actions packaging/github/action.yml
"$tools/zizmor" --offline --quiet packaging/github/action.yml >/dev/null
"$tools/pre-commit" validate-manifest .pre-commit-hooks.yaml

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$project/.build/static/rehome" "$work/bin/rehome"
plain_path=$PATH
export PATH="$work/bin:$PATH"
export GIT_CONFIG_GLOBAL="$work/gitconfig" GIT_CONFIG_SYSTEM=/dev/null
git config --file "$work/gitconfig" user.name test
git config --file "$work/gitconfig" user.email test@example.com

# A team's repository: configs in a folder of their own, everything committed.
team=$work/team
mkdir "$team"
git -C "$team" init --quiet
cp -r examples/external "$team/portal"
(cd "$team/portal" && rehome render >/dev/null 2>&1)
git -C "$team" add .
git -C "$team" commit --quiet --message "Render"
changed=portal/out/2-copy/kustomization.yaml
is_changed() { printf 'namePrefix: by-hand-\n' >>"$team/$changed"; }
is_current() { git -C "$team" checkout --quiet .; }

# pre-commit: the hook as a team names it, from this project at a commit of its own.
hooks=$work/hooks
mkdir "$hooks"
cp .pre-commit-hooks.yaml "$hooks"
git -C "$hooks" init --quiet
git -C "$hooks" add .
git -C "$hooks" commit --quiet --message "Hooks"
cat >"$team/.pre-commit-config.yaml" <<EOF
repos:
  - repo: $hooks
    rev: $(git -C "$hooks" rev-parse HEAD)
    hooks:
      - id: rehome-check
        args: [-f, portal/rehome.yaml, -o, portal/out]
EOF
git -C "$team" add .
git -C "$team" commit --quiet --message "Check before each commit"
pre_commit() { (cd "$team" && PRE_COMMIT_HOME="$work/cache" "$tools/pre-commit" run --all-files); }
pre_commit >"$work/out" 2>&1 || fail "pre-commit: a current folder is refused: $(cat "$work/out")"
is_changed
! pre_commit >"$work/out" 2>&1 || fail "pre-commit: a changed file is let through"
grep -q '^-namePrefix: by-hand-$' "$work/out" || fail "pre-commit: the difference is not shown: $(cat "$work/out")"
is_current
echo "test-integrations: pre-commit refuses what is not current, and shows the difference"

# GitHub: the action's steps, one after the other, as a runner would start them.
action() {
    export GITHUB_ACTION_PATH="$project/packaging/github" GITHUB_WORKSPACE="$team" RUNNER_TEMP="$work/runner"
    export GITHUB_OUTPUT="$work/output" GITHUB_STEP_SUMMARY="$work/summary" GITHUB_PATH="$work/path"
    rm -rf "$RUNNER_TEMP" "$GITHUB_OUTPUT" "$GITHUB_STEP_SUMMARY" "$GITHUB_PATH"
    mkdir "$RUNNER_TEMP"
    touch "$GITHUB_PATH"
    (
        PATH="${PATH#"$work/bin:"}"
        export PATH VERSION SHA256 RELEASES
        "$project/packaging/github/get-rehome.sh" || exit
        # A runner puts what a step wrote there before the PATH of the next.
        PATH="$(cat "$GITHUB_PATH"):$PATH"
        cd "$team/portal" && ARGUMENTS="" "$project/packaging/github/check.sh"
    ) >"$work/log" 2>&1
}
VERSION=$(rehome --version) SHA256="" RELEASES=file://$work/releases
mkdir -p "$work/releases"
cp -r .build/dist "$work/releases/v$VERSION"
action || fail "GitHub: a current folder is refused: $(cat "$work/log")"
grep -qx 'is-current=true' "$work/output" || fail "GitHub: the output does not say that all is current"
is_changed
! action || fail "GitHub: a changed file is let through"
grep -qx 'is-current=false' "$work/output" || fail "GitHub: the output does not say that something differs"
grep -q "^::error file=$changed,title=rehome check::" "$work/log" || fail "GitHub: no note at the file: $(cat "$work/log")"
grep -q '^-namePrefix: by-hand-$' "$work/summary" || fail "GitHub: the summary lacks the difference"
is_current
# A file that is rendered no more, and one of the team's own that is edited in its place.
sed -i 's/^spec:$/spec:\n  cutover: {mode: inPlace}/' "$team/portal/rehome.yaml"
! action || fail "GitHub: a file of the team's own that must change is let through"
grep -q "^::error file=portal/backstage.yaml,title=rehome check::" "$work/log" || fail "GitHub: no note at the team's own file: $(cat "$work/log")"
grep -q "^::error file=portal/out/3-cutover/kustomization.yaml,title=rehome check::.* is rendered no more" "$work/log" ||
    fail "GitHub: no note of a removed file: $(cat "$work/log")"
is_current
echo 'kind: Nonsense' >"$team/portal/rehome.yaml"
! action || fail "GitHub: a config that cannot be read is let through"
grep -q '^::error title=rehome check::rehome.yaml:' "$work/log" || fail "GitHub: no note of a wrong config: $(cat "$work/log")"
grep -qx '### The config cannot be rendered' "$work/summary" || fail "GitHub: a wrong config is said to be stale manifests"
is_current
SHA256=$(printf x | sha256sum | cut -d ' ' -f 1)
! action || fail "GitHub: an archive with another hash is taken"
grep -q 'is not the file with the SHA-256' "$work/log" || fail "GitHub: no word of the wrong hash: $(cat "$work/log")"
SHA256=""
echo damaged >>"$work/releases/v$VERSION/rehome_${VERSION}_linux_$(dpkg --print-architecture).tar.gz"
! action || fail "GitHub: a damaged archive is taken"
mkdir "$work/arm"
printf '#!/bin/sh\necho aarch64\n' >"$work/arm/uname"
chmod +x "$work/arm/uname"
! PATH="$work/arm:$plain_path" packaging/github/get-rehome.sh >"$work/log" 2>&1 || fail "GitHub: a release for arm64 is looked for"
grep -q '^::error title=rehome::no release is made for aarch64' "$work/log" || fail "GitHub: no word of arm64: $(cat "$work/log")"
echo "test-integrations: the GitHub Action takes a release by its hash, fails on what is not current, and shows it"

# GitLab: the template with its inputs filled in, against GitLab's schema, and its script in the image's shell.
"$tools/python" - "$work/gitlab.yml" "$work/gitlab.sh" <<'EOF'
import re, sys, pathlib
from ruamel.yaml import YAML

text = pathlib.Path("packaging/gitlab/rehome-check.yml").read_text()
yaml = YAML(typ="safe")
header, _ = yaml.load_all(text)
inputs = {name: (spec or {}).get("default") for name, spec in header["spec"]["inputs"].items()}
inputs |= {"image": "registry.example.com/platform/rehome:0.1.0", "folder": "portal"}
body = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda match: inputs[match.group(1)], text.split("\n---\n", 1)[1])
pathlib.Path(sys.argv[1]).write_text(body)
pathlib.Path(sys.argv[2]).write_text("\n".join(yaml.load(body)["rehome-check"]["script"]))
EOF
"$tools/check-jsonschema" --quiet --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$work/gitlab.yml"
gitlab() { (cd "$team" && CI_PROJECT_DIR="$team" sh -e "$work/gitlab.sh" >"$work/log" 2>&1); }
gitlab || fail "GitLab: a current folder is refused: $(cat "$work/log")"
is_changed
! gitlab || fail "GitLab: a changed file is let through"
grep -q '^-namePrefix: by-hand-$' "$work/log" || fail "GitLab: the log lacks the difference"
grep -q '^-namePrefix: by-hand-$' "$team/rehome.diff" || fail "GitLab: the artifact lacks the difference"
echo "test-integrations: the GitLab template fails on what is not current, and shows it"
