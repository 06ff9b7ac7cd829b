#!/usr/bin/env python3
"""Write anew the databases that Backstage's own migrations make, run by knex itself on PostgreSQL 15.

usage: make_backstage_fixture.py --backstage CHECKOUT --node-modules FOLDER --release VERSION [--output FOLDER]

CHECKOUT is Backstage's source at a release, FOLDER has knex and pg and what they need. Each plugin gets a database as
Backstage names it, with its own migrations, and those of the scheduler and of the public keys of service-to-service
calls, which backend-defaults runs in every plugin's database. Nothing of Backstage's own text is kept: what its
comments say is replaced, that they are there stays.
"""

import argparse
import json
import pathlib
import re
import sys

import servers

FOLDER = pathlib.Path(__file__).resolve().parent
OUTPUT = servers.ROOT / "Tests" / "TestSupport" / "sql" / "knex"
DEFAULTS = "packages/backend-defaults/migrations"
# In the order in which a backend starts: what each plugin's services run first, then the plugin.
SERVICES = [
    ("backstage_backend_public_keys__knex_migrations", f"{DEFAULTS}/auth"),
    ("backstage_backend_tasks__knex_migrations", f"{DEFAULTS}/scheduler"),
]
PLUGINS = {
    "app": ["app-backend"],
    "auth": ["auth-backend"],
    "catalog": ["catalog-backend", "catalog-backend-module-incremental-ingestion"],
    "events": ["events-backend"],
    "notifications": ["notifications-backend"],
    "scaffolder": ["scaffolder-backend"],
    "search": ["search-backend-module-pg"],
    "user-settings": ["user-settings-backend"],
}
# Modules that note their migrations in a table of their own.
TABLES = {"catalog-backend-module-incremental-ingestion": "incremental_ingestion__knex_migrations"}
REPLACE_COMMENTS = r"""
SELECT format('COMMENT ON %s %s IS %L',
    CASE identity.type WHEN 'table column' THEN 'COLUMN' ELSE upper(identity.type) END,
    identity.identity, 'What ' || identity.identity || ' is for')
FROM pg_catalog.pg_description AS d
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) AS identity
WHERE identity.schema = 'public' AND d.classoid <> 'pg_namespace'::regclass
\gexec
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backstage", type=pathlib.Path, required=True)
    parser.add_argument("--node-modules", type=pathlib.Path, required=True)
    parser.add_argument("--release", required=True)
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    return parser.parse_args()


def migrations(checkout, plugin):
    """The folders that a plugin's database is made by, each with knex's table for it."""
    folders = SERVICES + [
        (TABLES.get(module, "knex_migrations"), f"plugins/{module}/migrations") for module in PLUGINS[plugin]]
    for table, folder in folders:
        if not (checkout / folder).is_dir():
            sys.exit(f"{checkout / folder} is not there: is this a checkout of Backstage, and which release?")
        yield table, checkout / folder


def version(node_modules, package):
    return json.loads((node_modules / package / "package.json").read_text())["version"]


def dump(server, database):
    """The schema, and the rows of knex's tables, without what differs from run to run."""
    schema = server.dump(database, options=["--schema-only", "--no-owner", "--restrict-key", "fixture"])
    rows = server.dump(
        database, options=["--data-only", "--inserts", "--table", "*knex_migrations*", "--restrict-key", "fixture"])
    text = (schema + rows).decode()
    text = re.sub(
        r"^(\\(un)?restrict fixture|-- Dumped (from|by) .*|SET .*|SELECT pg_catalog.set_config.*)\n", "", text,
        flags=re.MULTILINE)
    text = re.sub(r"^--\n(-- .*\n)+--\n", "", text, flags=re.MULTILINE)
    # Every sequence but knex's own is new, and theirs follow from the rows.
    text = re.sub(r"'20\d\d-[^']+'\);$", "'2026-01-02 03:04:05.678+00');", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def main():
    options = arguments()
    checkout, node_modules = options.backstage.resolve(), options.node_modules.resolve()
    made_of = (f"Backstage {options.release}, by its own migrations, run by knex {version(node_modules, 'knex')} "
               f"with pg {version(node_modules, 'pg')}")
    options.output.mkdir(parents=True, exist_ok=True)
    with servers.Server(15) as server:
        for plugin in PLUGINS:
            database = f"backstage_plugin_{plugin}"
            server.create(database)
            environment = server.environment | {"PGDATABASE": database, "NODE_PATH": str(node_modules)}
            for table, folder in migrations(checkout, plugin):
                command = ["node", FOLDER / "run_migrations.js", table, folder]
                print(database, servers.run(command, env=environment).decode(), end="")
            server.psql(REPLACE_COMMENTS, database)
            release = server.psql("SHOW server_version", database).decode().split()[0]
            header = (f"-- {database} of {made_of},\n-- on PostgreSQL {release}. Written by make_backstage_fixture.py; "
                      "the comments' words and the times are its own.\n\n")
            (options.output / f"{plugin}.sql").write_text(header + dump(server, database))


if __name__ == "__main__":
    main()
