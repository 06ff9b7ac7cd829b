#!/bin/sh
# Keeps one throw-away PostgreSQL server:  postgres-server.sh FOLDER ROOT BIN [initdb option…]
#
# Commands come as lines on standard input, each is answered by one line that starts with "ok" or "failed":
#   init          make the cluster in FOLDER/data, with FOLDER/password, FOLDER/settings.conf, FOLDER/pg_hba.conf
#   template      make a cluster that is never started, to be copied
#   copy TEMPLATE as init, from the folder of such a cluster with the same options: half of initdb's work
#   start PORT    start it and wait until it answers
#   stop MODE     fast or immediate
# When standard input closes, because the owner ended, crashed or was killed, the server is stopped at once and
# FOLDER removed. ROOT holds the whole installation, BIN its programs.
set -u
folder=$1 root=$2 bin=$3
shift 3
log=$folder/postgres.log
here=$(cd "$(dirname "$0")" && pwd)

# PostgreSQL refuses to run as root.
as=
if [ "$(id -u)" = 0 ]; then
    as="setpriv --reuid postgres --regid postgres --init-groups --"
fi

finish() {
    [ -f "$folder/data/postmaster.pid" ] && $as "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
cd "$folder" || exit 1

# Lets the server's user run the programs. A checkout below /root is closed to it; a copy of the installation is not.
open_programs() {
    [ -n "$as" ] || return 0
    chown -R postgres "$folder" || return
    if ! $as test -x "$bin/postgres"; then
        cp -R "$root" "$folder/installation" && chmod -R a+rX "$folder/installation" || return
        bin=$folder/installation${bin#"$root"}
    fi
}

initialize() {
    open_programs || return
    $as "$bin/initdb" -D "$folder/data" --no-sync --encoding UTF8 --auth scram-sha-256 \
        --pwfile "$folder/password" "$@"
}

configure() {
    $as cp "$folder/pg_hba.conf" "$folder/data/pg_hba.conf" || return
    $as sh -c 'cat "$1" >>"$2"' sh "$folder/settings.conf" "$folder/data/postgresql.conf" || return
    # As on a server that has run for a while, nothing has changed since the configuration was loaded.
    $as touch -d '1 hour ago' "$folder"/data/postgresql.conf "$folder"/data/postgresql.auto.conf "$folder"/data/pg_*.conf
}

# Two servers that had the same identifier or password would hide a program that takes one for the other.
copy() {
    open_programs || return
    $as cp -R "$1/data" "$folder/data" && $as chmod 700 "$folder/data" &&
        "$here/new-system-identifier.py" "$folder/data" && $as "$bin/pg_resetwal" -D "$folder/data" || return
    password=$(sed "s/'/''/g" "$folder/password") || return
    printf '%s\n' "DO \$\$ BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', current_user, '$password'); END \$\$" |
        $as "$bin/postgres" --single -F -D "$folder/data" postgres
}

start() {
    $as "$bin/pg_ctl" -D "$folder/data" -l "$log" -o "-p $1" -w -t 60 start
}

stop() {
    $as "$bin/pg_ctl" -D "$folder/data" -m "$1" -w -t 60 stop
}

while read -r command argument; do
    case $command in
    init) initialize "$@" && configure ;;
    template) initialize "$@" && rm -f "$folder"/data/pg_wal/0* ;;
    copy) copy "$argument" && configure ;;
    start) start "$argument" ;;
    stop) stop "$argument" ;;
    *) false ;;
    esac >>"$folder/commands.log" 2>&1 </dev/null
    status=$?
    if [ $status = 0 ]; then echo ok; else echo "failed $command, exit code $status"; fi
done
