"""Well-known applications, the packages that bring their SQL, and the scripts that make their databases, in order."""

import dataclasses

SHARE = "usr/share"
DBCONFIG = f"{SHARE}/dbconfig-common/data"
SYNAPSE = "synapse/storage/schema"


@dataclasses.dataclass
class Application:
    name: str
    # Where its packages are from (debian or pypi), and what they are called; scripts are taken from all in turn.
    origin: str
    packages: dict
    # Roles that the scripts grant something to; they are made at both sides.
    roles: tuple = ()
    # Extensions that the scripts expect and do not make.
    extensions: tuple = ()


APPLICATIONS = [
    Application("zabbix", "debian", {"zabbix-server-pgsql": [
        f"{SHARE}/zabbix-server-pgsql/{name}.sql.gz" for name in ("schema", "images", "data")]}),
    Application("zabbix-proxy", "debian", {"zabbix-proxy-pgsql": [f"{SHARE}/zabbix-proxy-pgsql/schema.sql.gz"]}),
    Application("icinga-ido", "debian", {"icinga2-ido-pgsql": [f"{SHARE}/icinga2-ido-pgsql/schema/pgsql.sql"]}),
    Application("icingadb", "debian", {"icingadb": [f"{SHARE}/icingadb/schema/pgsql/schema.sql"]}),
    Application("icinga-director", "debian", {"icingaweb2-module-director": [
        f"{SHARE}/icingaweb2/modules/director/schema/pgsql.sql"]}),
    Application("icinga-reporting", "debian", {"icingaweb2-module-reporting": [
        f"{SHARE}/icingaweb2/modules/reporting/schema/postgresql.sql"]}),
    Application("powerdns", "debian", {"pdns-backend-pgsql": [f"{SHARE}/pdns-backend-pgsql/schema/schema.pgsql.sql"]}),
    Application("bacula", "debian", {"bacula-director-pgsql": [f"{DBCONFIG}/bacula-director-pgsql/install/pgsql"]}),
    Application("freeradius", "debian", {"freeradius-config": [
        f"etc/freeradius/3.0/mods-config/sql/{name}.sql" for name in (
            "main/postgresql/schema", "main/postgresql/process-radacct", "cui/postgresql/schema",
            "dhcp/postgresql/schema", "ippool/postgresql/schema", "ippool/postgresql/procedure",
            "ippool-dhcp/postgresql/schema", "main/postgresql/extras/cisco_h323_db_schema")]}),
    Application("roundcube", "debian", {"roundcube-core": [f"{SHARE}/roundcube/SQL/postgres.initial.sql"]}),
    Application("kamailio", "debian", {"kamailio-postgres-modules": [
        f"{SHARE}/kamailio/postgres/standard-create.sql", f"{SHARE}/kamailio/postgres/[!s]*-create.sql",
        f"{SHARE}/kamailio/postgres/s[!t]*-create.sql"]}),
    Application("kea", "debian", {"kea-admin": [f"{SHARE}/kea/scripts/pgsql/dhcpdb_create.pgsql"]}),
    Application("request-tracker", "debian", {"request-tracker5": [f"{SHARE}/request-tracker5/etc/schema.Pg"]}),
    Application("gammu-smsd", "debian", {"gammu-smsd": [f"{SHARE}/doc/gammu-smsd/examples/pgsql.sql"]}),
    Application("gnokii-smsd", "debian", {"gnokii-smsd-pgsql": [f"{SHARE}/doc/gnokii-smsd-pgsql/sms.tables.pq.sql"]}),
    Application("ejabberd", "debian", {"ejabberd": [f"{SHARE}/ejabberd/sql/pg.sql"]}),
    Application("ejabberd-new", "debian", {"ejabberd": [f"{SHARE}/ejabberd/sql/pg.new.sql"]}),
    Application("jabberd2", "debian", {"jabberd2": [f"{SHARE}/doc/jabberd2/db-setup.pgsql.gz"]}),
    Application("davical", "debian", {
        "libawl-php": [f"{SHARE}/awl/dba/awl-tables.sql", f"{SHARE}/awl/dba/schema-management.sql"],
        "davical": [f"{SHARE}/davical/dba/{name}.sql" for name in (
            "davical", "base-data", "caldav_functions", "rrule_functions", "views/*")]}),
    Application("mediawiki", "debian", {"mediawiki": [
        f"{SHARE}/mediawiki/maintenance/postgres/tables-generated.sql",
        f"{SHARE}/mediawiki/maintenance/postgres/tables.sql"]}),
    Application("tt-rss", "debian", {"tt-rss": [f"{SHARE}/tt-rss/schema/ttrss_schema_pgsql.sql"]}),
    Application("rsyslog", "debian", {"rsyslog-pgsql": [f"{DBCONFIG}/rsyslog-pgsql/install/pgsql"]}),
    Application("ledgersmb", "debian", {"ledgersmb": [f"{SHARE}/ledgersmb/sql/Pg-database.sql"]},
                extensions=("pg_trgm", "btree_gist")),
    Application("sql-ledger", "debian", {"sql-ledger": [
        f"{SHARE}/sql-ledger/sql/{name}.sql" for name in (
            "Pg-tables", "Pg-functions", "Default-chart", "Pg-indices")]}),
    Application("pmacct", "debian", {"pmacct": [f"{SHARE}/pmacct/sql/pmacct-create-table_{name}.pgsql" for name in (
        "v9", "bgp_v1")]}, roles=("pmacct",)),
    Application("spamassassin", "debian", {"spamassassin": [f"{SHARE}/doc/spamassassin/sql/*_pg.sql"]}),
    Application("collectd", "debian", {"collectd-core": [
        f"{SHARE}/doc/collectd-core/examples/postgresql/collectd_insert.sql"]}),
    Application("prelude", "debian", {"prelude-manager": [f"{DBCONFIG}/prelude-manager/install/pgsql"]}),
    Application("eekboek", "debian", {"eekboek": [f"{SHARE}/perl5/EB/res/schema/eekboek.sql"]}),
    Application("libnss-pgsql", "debian", {"libnss-pgsql2": [f"{SHARE}/doc/libnss-pgsql2/examples/dbschema.sql"]}),
    Application("synapse", "pypi", {"matrix-synapse": [
        f"{SYNAPSE}/{part}/full_schemas/72/full.sql.postgres" for part in ("common", "main", "state")
    ] + [f"{SYNAPSE}/{part}/delta/{numbers}/*.sql*" for numbers in ("7[3-9]", "[89][0-9]") for part in ("main",)]}),
    Application("procrastinate", "pypi", {"procrastinate": ["procrastinate/sql/schema.sql"]}),
    Application("tryton", "pypi", {"trytond": ["trytond/backend/postgresql/init.sql"]}),
]
