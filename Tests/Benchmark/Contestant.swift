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
        [.rehome, .script, .parallelScript, .directoryFormat] + (hasPgcopydb ? [.pgcopydb] : [])
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
