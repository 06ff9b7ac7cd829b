#!/bin/sh
# Writes the page of a small fleet, for a picture: five teams, each at another point of its move.
#   fleet.sh REHOME PAGE.html
set -eu
rehome=$(realpath "$1")
mkdir -p "$(dirname "$2")"
page=$(realpath "$2")
examples=$(realpath "$(dirname "$0")/../../examples/external")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

team() { # NAMESPACE PHASE
    mkdir "$1"
    cp "$examples/backstage.yaml" "$examples/ca.pem" "$1"
    sed -e "s/namespace: portal/namespace: $1/" -e "s/host: portal\./host: $1./" -e "s/^spec:/spec:\n  phase: $2/" \
        "$examples/rehome.yaml" >"$1/rehome.yaml"
    "$rehome" render "$1/rehome.yaml" >/dev/null 2>&1
}
state() { # NAMESPACE STATE FENCE TEXT
    cat >>states.json <<END
{"namespace": "$1", "instance": "portal", "generation": 1, "state": "$2", "text": "$4", "fence": {"state": "$3"},
 "details": [], "databases": [], "since": "2026-11-27T02:00:00Z"}
END
}
team payments prepare
team platform migrate
team search migrate
team mobile prepare
team web migrate
# Somebody has changed a config and not rendered yet, and somebody has mistyped a value.
sed -i 's/^    image: .*/&\n    workers: 6/' mobile/rehome.yaml
sed -i 's/mode: verify-full/mode: verify/' web/rehome.yaml
state payments rehearsed lifted "rehearsed; the copy waits for the real run"
state platform keepingUp lifted "everything is copied and kept up with the source"
state search published standing "published and not cut over"
"$rehome" fleet mobile payments platform search web --status states.json --format html >"$page"
