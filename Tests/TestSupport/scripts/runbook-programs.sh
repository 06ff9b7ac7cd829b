#!/bin/sh
# Stands in for the programs that a runbook's commands name, by the name that it is called by. What it knows of the
# cluster lies in HOME:
#     pod.env           what the containers have in their environment that exec runs something in
#     chart.yaml        what Backstage's chart makes of the values as they are
#     chart-database    the objects that it no longer makes
set -eu

PATH=/usr/local/bin:/usr/bin:/bin
program=${0##*/}

fail() {
	echo "$program: $*" >&2
	exit 1
}

# Nobody waits long here.
sleep_a_little() { exec sleep 0.02; }

# What runs in a pod runs on this machine.
run_kubectl() {
	[ "${3:-}" = exec ] || exec kubectl "$@"
	kubectl -n "$2" get pod "${4#pod/}" -o name >/dev/null || exit 1
	[ "$5" = -- ] || fail "expected -- after the pod, found $5"
	shift 5
	# shellcheck disable=SC2046 # words without blanks
	exec env -i $(cat "$HOME/pod.env") "$@"
}

# Helm reads the files, brings what the chart makes of them, and deletes what it no longer makes, unless that says that it
# stays.
run_helm() {
	if [ "$1" = list ]; then
		echo "NAME NAMESPACE REVISION UPDATED STATUS CHART APP VERSION"
		exit 0
	fi
	if [ "$1 $2" = "plugin install" ]; then
		test -r "$3/plugin.yaml" || fail "plugin.yaml is missing in $3"
		exit 0
	fi
	namespace=$2
	[ "$3" = upgrade ] || fail "there is no stand-in for $3"
	shift 4
	reuses=false
	while [ $# -gt 0 ]; do
		case $1 in
		-f) test -r "$2" || fail "open $2: no such file or directory" && shift ;;
		--reuse-values) reuses=true ;;
		esac
		shift
	done
	$reuses && exit 0
	kubectl replace -f "$HOME/chart.yaml"
	while read -r object; do
		policy=$(kubectl -n "$namespace" get "$object" --ignore-not-found \
			-o jsonpath='{.metadata.name}:{.metadata.annotations.helm\.sh/resource-policy}')
		[ -z "$policy" ] || [ "${policy#*:}" = keep ] || kubectl -n "$namespace" delete "$object"
	done <"$HOME/chart-database"
}

# Without a key there is nothing to see of either but that it is fed what it can encrypt, and which file it opens.
run_sops() {
	case $1 in
	--decrypt) sed '/^sops:/,$d' "$2" ;;
	*) encrypt ;;
	esac
}

encrypt() {
	text=$(cat)
	case $text in
	*"kind: Secret"*) printf '%s\n' "$text" ;;
	*) fail "there is no Secret in what came" ;;
	esac
}

# An engine acts on what it was given: an object of this name in the tree that the runbook is part of.
run_engine() {
	kind=$1 name=$2
	grep -rlx "kind: $kind" . | xargs grep -qx "  name: $name" || fail "$kind $name not found"
}

case $program in
argocd) run_engine Application "$3" ;;
flux) run_engine Kustomization "$3" ;;
kubectl) run_kubectl "$@" ;;
helm) run_helm "$@" ;;
sops) run_sops "$@" ;;
kubeseal) encrypt ;;
sleep) sleep_a_little ;;
*) fail "there is no such stand-in" ;;
esac
