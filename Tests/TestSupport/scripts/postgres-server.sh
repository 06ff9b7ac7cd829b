#!/bin/sh
# Keeps one throw-away PostgreSQL server:  postgres-server.sh FOLDER ROOT BIN [initdb option…]
#
# Commands come as lines on standard input, each is answered by one line that starts with "ok" or "failed":
#   init          make the cluster in FOLDER/data, with FOLDER/password, FOLDER/settings.conf, FOLDER/pg_hba.conf
#   start PORT    start it and wait until it answers
#   stop MODE     smart, fast or immediate
# When standard input closes, because the owner ended, crashed or was killed, the server is stopped at once and
# FOLDER removed. ROOT holds the whole installation, BIN its programs.
set -u
folder=$1 root=$2 bin=$3
shift 3
log=$folder/postgres.log

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

init() {
    if [ -n "$as" ]; then
        chown -R postgres "$folder" || return
        # A checkout below /root is closed to the server's user; a copy of the installation is not.
        if ! $as test -x "$bin/postgres"; then
            cp -R "$root" "$folder/installation" && chmod -R a+rX "$folder/installation" || return
            bin=$folder/installation${bin#"$root"}
        fi
    fi
    $as "$bin/initdb" -D "$folder/data" --no-sync --encoding UTF8 --auth scram-sha-256 \
        --pwfile "$folder/password" "$@" || return
    $as cp "$folder/pg_hba.conf" "$folder/data/pg_hba.conf" || return
    $as sh -c 'cat "$1" >>"$2"' sh "$folder/settings.conf" "$folder/data/postgresql.conf"
}

start() {
    $as "$bin/pg_ctl" -D "$folder/data" -l "$log" -o "-p $1" -w -t 60 start
}

stop() {
    $as "$bin/pg_ctl" -D "$folder/data" -m "$1" -w -t 60 stop
}

while read -r command argument; do
    case $command in
    init) init "$@" ;;
    start) start "$argument" ;;
    stop) stop "$argument" ;;
    *) false ;;
    esac >>"$folder/commands.log" 2>&1 </dev/null
    status=$?
    if [ $status = 0 ]; then echo ok; else echo "failed $command, exit code $status"; fi
done
