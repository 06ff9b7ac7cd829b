#!/usr/bin/env python3
"""Move the databases of well-known applications with rehome-job, and compare with what `pg_dump | psql` makes of them.

usage: test_schemas.py --rehome-job PROGRAM [--targets 15,16,17,18] [--only NAME,…] [--role NAME]
                       [--skip-applications]

Each application's scripts come from packages of Debian and PyPI and are loaded into PostgreSQL 15, with a few rows
where they bring none; so are the databases that Backstage's own migrations made, and the small cases beside this file.
Each is moved to every target version. The target's own pg_dump must say the same of both copies: schema, rows,
sequences, owners, privileges and comments. Says for each what came out, and ends with 1 if something differs.
"""

import argparse
import contextlib
import itertools
import pathlib
import sys

import applications
import comparison
import move
import servers
import sources

FIXTURE = servers.ROOT / "Tests" / "TestSupport" / "sql" / "knex"
CASES = pathlib.Path(__file__).resolve().parent / "cases"
SOURCE = 15


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rehome-job", type=pathlib.Path, required=True)
    parser.add_argument(
        "--targets", type=lambda text: [int(word) for word in text.split(",")], default=[15, 16, 17, 18])
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--role", default=servers.SUPERUSER, help="who does all; the superuser if nobody is named")
    parser.add_argument("--skip-applications", action="store_true", help="needs no network")
    return parser.parse_args()


class Tally:
    """What came out."""

    def __init__(self):
        self.equal, self.failed, self.left_out = 0, [], []

    def fail(self, label, why):
        self.failed.append(label)
        print(f"{label}: {why}", flush=True)

    def leave_out(self, label, why):
        self.left_out.append(f"{label}: {' '.join(str(why).split())[:300]}")

    def end(self):
        for line in self.left_out:
            print(f"left out: {line}")
        for line in self.failed:
            print(f"not as it should be: {line}")
        print(f"{self.equal} passed, {len(self.failed)} failed, {len(self.left_out)} skipped")
        sys.exit(1 if self.failed or not self.equal else 0)


def load_fixture(server, wanted):
    """Backstage's databases, by name."""
    for path in sorted(FIXTURE.glob("*.sql")):
        name = f"backstage_plugin_{path.stem}"
        if wanted(name):
            server.create(name)
            server.psql(path.read_bytes(), name)
            yield name, path.read_text().split("\n", 1)[0].removeprefix(f"-- {name} of ").removesuffix(",")


def load_cases(server, wanted, tally):
    """Small databases that show one thing each, by name; one whose extension the server lacks has failed."""
    for path in sorted(CASES.glob("*.sql")):
        if not wanted(path.stem):
            continue
        server.create(path.stem)
        try:
            server.psql(path.read_bytes(), path.stem)
        except servers.Failed as error:
            tally.fail(path.stem, f"not loaded: {error}")
            continue
        yield path.stem, "a small case"


def load_applications(server, others, wanted, tally):
    """The applications' databases, by name; one that cannot be had has failed: nothing was shown of it."""
    for application in applications.APPLICATIONS:
        if not wanted(application.name):
            continue
        try:
            packages = [sources.Package(application.origin, name).fetch() for name in application.packages]
            scripts = [
                script for package in packages for script in package.scripts(application.packages[package.name])]
            for role in application.roles:
                for each in [server, *others]:
                    each.administer('CREATE ROLE :"role"', role=role)
            server.create(application.name)
            for extension in application.extensions:
                server.psql('CREATE EXTENSION :"name"', application.name, variables={"name": extension})
        except servers.Failed as error:
            tally.fail(application.name, f"not loaded: {error}")
            continue
        refused = [line for path, text in scripts for line in server.load(text, application.name, path.parent)]
        versions = ", ".join(f"{package.name} {package.version}" for package in packages)
        note = f"; {len(refused)} statements refused while loading, the first: {refused[0]}" if refused else ""
        yield application.name, versions + note


def fresh(source, name, target):
    """A copy of a database for one target: each move fences its source."""
    copy = f"{name}-{target.major}"
    source.drop(copy)
    source.create(copy, template=name)
    return copy


def move_all(source, target, names, job, tally):
    """Moves all in one run, as a Job does; where that fails, one by one, to see which. Gives those that came over."""
    if not names:
        return []
    print(f"moving {len(names)} databases to {target.major}", flush=True)
    for name in names:
        fresh(source, name, target)
    status, log = move.migrate(job, source, target, f"*-{target.major}", f"all-{target.major}")
    for line in move.remarks(log):
        print(f"  {line}", flush=True)
    if status == 0:
        return names
    print(f"all at once ended with {status}, now one by one; the first run's last words:", *log.splitlines()[-12:],
          sep="\n  ", flush=True)
    moved = []
    for name in names:
        copy = fresh(source, name, target)
        status, log = move.migrate(job, source, target, copy, copy)
        if status == 0:
            moved.append(name)
        else:
            tally.fail(f"{name} to {target.major}", f"not moved, exit code {status}\n{log}")
    return moved


def reference(source, target, name, tally):
    """What `pg_dump | psql` makes of a database, or None where they cannot move it either."""
    target.drop("reference")
    target.create("reference")
    try:
        target.psql(source.dump(name, programs_of=target.major), "reference")
    except servers.Failed as error:
        return tally.leave_out(f"{name} to {target.major}", f"pg_dump | psql cannot either: {error}")
    dump = target.dump("reference", options=comparison.DUMP)
    target.drop("reference")
    return dump


def compare(target, name, expected, tally):
    """Says whether a moved database is what `pg_dump | psql` would have made."""
    label, moved = f"{name} to {target.major}", f"{name}-{target.major}"
    lines = comparison.difference(expected, target.dump(moved, options=comparison.DUMP))
    target.drop(moved)
    if lines:
        tally.fail(label, "differs\n" + "\n".join(lines))
    else:
        tally.equal += 1
        print(f"{label}: moved, equal", flush=True)


def main():
    options, tally, names = arguments(), Tally(), []
    fill = (pathlib.Path(__file__).parent / "fill.sql").read_bytes()
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(servers.Server(SOURCE, options.role))
        targets = [stack.enter_context(servers.Server(major, options.role)) for major in options.targets]
        wanted = lambda name: not options.only or name in options.only
        loaders = [load_fixture(source, wanted), load_cases(source, wanted, tally)]
        if not options.skip_applications:
            loaders.append(load_applications(source, targets, wanted, tally))
        for name, description in itertools.chain(*loaders):
            filled, tables = source.psql(fill, name).split(b"|")
            print(f"{name}: {description}; rows in {int(filled)} of {int(tables)} tables", flush=True)
            names.append(name)
        for target in targets:
            expected = {name: reference(source, target, name, tally) for name in names}
            movable = [name for name in names if expected[name] is not None]
            for name in move_all(source, target, movable, options.rehome_job.resolve(), tally):
                compare(target, name, expected[name], tally)
    tally.end()


if __name__ == "__main__":
    main()
