"""Throw-away PostgreSQL servers of every version that the tests have."""

import os
import pathlib
import secrets
import socket
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEEPER = ROOT / "Tests" / "TestSupport" / "scripts" / "postgres-server.sh"
SUPERUSER = "postgres"
# Fast, at the cost of durability, which nobody needs here.
SETTINGS = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_wal_size = 4GB\n"


class Failed(Exception):
    """A program ended with an error; the text is what it said."""


def programs(major):
    """The folder of a version's programs: the distribution's, or what `make postgres` unpacked."""
    candidates = [pathlib.Path(f"/usr/lib/postgresql/{major}/bin")]
    candidates += sorted((ROOT / ".build" / "postgres" / str(major)).glob("*/pginstall/bin"))
    for folder in candidates:
        if os.access(folder / "postgres", os.X_OK):
            return folder
    raise Failed(f"PostgreSQL {major} is not installed here (looked for {candidates}); 'make postgres' installs it")


def run(command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, check=False, **options)
    if result.returncode:
        message = result.stderr.decode(errors="replace").strip()
        raise Failed(f"{pathlib.Path(command[0]).name}, exit code {result.returncode}:\n{message}")
    return result.stdout


class Server:
    """One server on a port of its own; it ends, with all its files, when the `with` block does.

    All is done by the superuser, or by an ordinary role that may make databases.
    """

    def __init__(self, major, role=SUPERUSER):
        self.major, self.role = major, role
        self.programs = programs(major)
        self.password = secrets.token_hex(16)

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rehome-schemas-"))
        (self.folder / "password").write_text(self.password)
        (self.folder / "pg_hba.conf").write_text(
            "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n")
        (self.folder / "settings.conf").write_text(
            f"listen_addresses = '127.0.0.1'\nunix_socket_directories = '{self.folder}'\nlc_messages = 'C'\n"
            + SETTINGS)
        self.keeper = subprocess.Popen(
            ["/bin/sh", KEEPER, self.folder, self.programs.parent, self.programs, "--username", SUPERUSER,
             "--locale", "C.UTF-8"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"PATH": os.defpath + ":/usr/sbin", "LC_ALL": "C"})
        try:
            self.ask("init")
            self.start()
            if self.role != SUPERUSER:
                self.administer("CREATE ROLE :\"role\" LOGIN CREATEDB PASSWORD :'password'", role=self.role)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.keeper.stdin.close()
        self.keeper.wait()

    def ask(self, command):
        self.keeper.stdin.write(command + "\n")
        self.keeper.stdin.flush()
        answer = self.keeper.stdout.readline().strip()
        if answer != "ok":
            log = self.folder / "commands.log"
            raise Failed(f"PostgreSQL {self.major}: {answer}\n{log.read_text() if log.exists() else ''}")

    def start(self):
        """A free port can be taken by somebody else before the server has it; then another one is tried."""
        for attempt in range(5):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            try:
                return self.ask(f"start {self.port}")
            except Failed:
                if attempt == 4:
                    raise

    @property
    def environment(self):
        """What libpq's programs need to reach it."""
        return {
            "PATH": os.environ["PATH"], "LC_ALL": "C", "PGHOST": "127.0.0.1", "PGPORT": str(self.port),
            "PGUSER": self.role, "PGPASSWORD": self.password, "PGCLIENTENCODING": "UTF8",
        }

    def psql(self, sql, database="postgres", variables=None):
        """Runs a script (bytes or text) and gives what it prints; the first error ends it."""
        script = sql.encode() if isinstance(sql, str) else sql
        command = [self.programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]
        for name, value in (variables or {}).items():
            command += ["-v", f"{name}={value}"]
        return run(command, input=script, env=self.environment)

    def administer(self, sql, **variables):
        """Runs a statement as the superuser, whose password, :'password', is everybody's."""
        role, self.role = self.role, SUPERUSER
        try:
            self.psql("\\getenv password PGPASSWORD\n" + sql, variables=variables)
        finally:
            self.role = role

    def load(self, script, database, folder):
        """Runs a script of somebody else's as far as it goes, and gives the errors: psql goes on after each."""
        command = [self.programs / "psql", "-X", "-q", "-v", "VERBOSITY=terse", "-d", database]
        result = subprocess.run(
            command, input=script, cwd=folder, env=self.environment, capture_output=True, check=False)
        return [line for line in result.stderr.decode(errors="replace").splitlines() if "ERROR:" in line]

    def create(self, database, template="template0"):
        self.psql('CREATE DATABASE :"name" TEMPLATE :"template"', variables={"name": database, "template": template})

    def drop(self, database):
        self.psql('DROP DATABASE IF EXISTS :"name" WITH (FORCE)', variables={"name": database})

    def dump(self, database, programs_of=None, options=()):
        """`pg_dump` of a database, by the programs of another version if they are given."""
        folder = programs(programs_of or self.major)
        return run([folder / "pg_dump", *options, "-d", database], env=self.environment)
