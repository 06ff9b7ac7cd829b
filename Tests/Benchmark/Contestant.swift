import Glibc

/// A way to move all databases from one server to the other.
///
/// The scripts find both servers in `PGPASSFILE` and in `SOURCE_PORT` and `TARGET_PORT`, the databases, largest first,
/// in `DATABASES`, a scratch folder in `WORK`.
struct Contestant {
    let name: String
    let script: String

    static let hasPgcopydb = access("/usr/bin/pgcopydb", X_OK) == 0
    /// Those that are installed here.
    static let all: [Contestant] =
        [.rehome, .script, .parallelScript, .comparedScript, .directoryFormat] + (hasPgcopydb ? [.pgcopydb] : [])
    var isRehome: Bool { name == Self.rehome.name }

    static let rehome = Contestant(
        name: "rehome-job migrate, verified", script: "exec \"$REHOME_JOB\" migrate --verbose")

    static let script = Contestant(
        name: "pg_dump \\| psql, one after another",
        script: #"""
            for database in $DATABASES; do
                createdb --port "$TARGET_PORT" "$database"
                pg_dump --port "$SOURCE_PORT" "$database" |
                    psql -X -q --set ON_ERROR_STOP=1 --port "$TARGET_PORT" --dbname "$database" --output /dev/null
            done
            """#)

    /// The honest rival: what a careful person makes of the script in five minutes.
    static let parallelScript = Contestant(
        name: "pg_dump \\| psql, three at a time",
        script: #"""
            export PGOPTIONS='-c synchronous_commit=off'
            printf '%s\n' $DATABASES | xargs -P 3 -n 1 bash -e -o pipefail -c '
                createdb --port "$TARGET_PORT" "$0"
                pg_dump --port "$SOURCE_PORT" "$0" |
                    psql -X -q --set ON_ERROR_STOP=1 --port "$TARGET_PORT" --dbname "$0" --output /dev/null'
            """#)

    /// The rival that ends with what rehome-job ends with: statistics, and both sides' content compared.
    static let comparedScript = Contestant(
        name: "three at a time, analysed and compared",
        script: parallelScript.script + #"""

            vacuumdb --port "$TARGET_PORT" --all --analyze-only --jobs 3 --quiet
            contents() {
                psql -X -q -A -t --set ON_ERROR_STOP=1 --port "$1" --dbname "$2" --output "$WORK/$2.$1" <<'SQL'
            SELECT format('SELECT %L, count(*), sum(hashtextextended(t::text, 0)) FROM %s t', c.oid::regclass, c.oid::regclass)
            FROM pg_class c WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
            ORDER BY 1 \gexec
            SQL
            }
            compare() {
                contents "$SOURCE_PORT" "$1" & contents "$TARGET_PORT" "$1"
                wait "$!"
                cmp "$WORK/$1.$SOURCE_PORT" "$WORK/$1.$TARGET_PORT"
            }
            export -f contents compare
            printf '%s\n' $DATABASES | xargs -P 3 -n 1 bash -e -o pipefail -c 'compare "$0"'
            """#)

    static let directoryFormat = Contestant(
        name: "pg_dump -Fd -j2, pg_restore -j2",
        script: #"""
            for database in $DATABASES; do
                createdb --port "$TARGET_PORT" "$database"
                pg_dump --port "$SOURCE_PORT" --format directory --jobs 2 --file "$WORK/$database" "$database"
                pg_restore --port "$TARGET_PORT" --jobs 2 --exit-on-error --dbname "$database" "$WORK/$database"
            done
            """#)

    static let pgcopydb = Contestant(
        name: "pgcopydb clone, jobs 2",
        script: #"""
            for database in $DATABASES; do
                createdb --port "$TARGET_PORT" "$database"
                mkdir "$WORK/$database"
                TMPDIR=$WORK/$database pgcopydb clone --dir "$WORK/$database/state" --skip-extensions \
                    --table-jobs 2 --index-jobs 2 \
                    --source "postgres://$PGUSER@$PGHOST:$SOURCE_PORT/$database" \
                    --target "postgres://$PGUSER@$PGHOST:$TARGET_PORT/$database"
            done
            """#)
}
