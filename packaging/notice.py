#!/usr/bin/env python3
"""Write NOTICE from the records beside this script, or compare it with them and with what programs really load.

usage: notice.py write | check PROGRAM...

swift-packages.json and components.json say what is linked in; the packages' own notices are read where a build has
put the packages. 'check' also fails for a shared library that a PROGRAM
needs and that no component there stands for.
"""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
NOTICE = HERE.parent / "NOTICE"
# Licences whose text stands elsewhere: Apache-2.0 in LICENSE, the LGPL in a file of its own beside this.
ELSEWHERE = {"Apache-2.0", "LGPL-2.1-or-later", "GPL-3.0-or-later", "CC0-1.0"}
HEAD = """\
Rehome
Copyright The Rehome authors

Licensed under the Apache License, version 2.0: see LICENSE.

What follows is part of the programs rehome and rehome-job, or loaded by them, and comes from others.
"""


def swift_packages():
    return json.loads((HERE / "swift-packages.json").read_text())


def components():
    return json.loads((HERE / "components.json").read_text())


def entry(title, *lines):
    return "\n".join([title, *(f"    {line}" for line in lines)]) + "\n"


def notice():
    parts = [HEAD, "COMPILED IN\n"]
    for name, package in swift_packages().items():
        inside = [item for item in components() if item.get("inside") == name]
        parts.append(entry(
            f"{name} {package['version']}", package["location"], f"Copyright {package['holders']}",
            f"Licence: {package['licence']}",
            *(f"Contains {item['name']} ({item['location']}): {item['licence']}, copyright " + ", ".join(item["holders"])
              for item in inside)))
    parts += described("static")
    parts.append("LOADED FROM THE SYSTEM, under the licences that come with them there\n")
    parts += described("shared")
    used = {word for item in [*swift_packages().values(), *components()] if item.get("linked") != "shared"
            for word in re.split(r" AND | WITH ", item["licence"])}
    parts.append(
        "The GNU C Library may be replaced: build rehome anew from its source, which is public, against another one. Its\n"
        "licence is LGPL-2.1.txt beside this file. The others' follow, but for Apache-2.0, which is LICENSE.\n")
    for licence in sorted(used - ELSEWHERE):
        parts.append(f"--- {licence} ---\n\n{(HERE / 'licences' / f'{licence}.txt').read_text()}")
    # Apache-2.0, section 4(d): the notices of the works that are distributed.
    for name in swift_packages():
        path = HERE.parent / ".build" / "checkouts" / name / "NOTICE.txt"
        if path.exists():
            lines = [line.rstrip() for line in path.read_text().strip("\n").splitlines()]
            parts.append("\n".join([f"--- NOTICE of {name} ---", "", *lines, ""]))
    return "\n".join(parts)


def described(kind):
    """The components that are linked in one way."""
    return [
        entry(
            item["name"] + (f": {item['contains']}" if "contains" in item else ""), item["location"],
            "Copyright " + ", ".join(item["holders"]), f"Licence: {item['licence']}", "In " + ", ".join(item["programs"]))
        for item in components() if item.get("linked") == kind
    ]


def unknown_libraries(program):
    """Shared libraries that a program needs and no component names."""
    known = {name for item in components() for name in item.get("soname", "").split()}
    dynamic = subprocess.run(["readelf", "--wide", "--dynamic", program], check=True, capture_output=True, text=True).stdout
    return sorted(set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)) - known)


def main():
    if sys.argv[1:] == ["write"]:
        NOTICE.write_text(notice())
        return
    if sys.argv[1:2] != ["check"]:
        sys.exit(__doc__)
    problems = [] if NOTICE.read_text() == notice() else ["NOTICE is not what 'make notice' writes"]
    for program in sys.argv[2:]:
        problems += [f"{program} loads {name}, which NOTICE does not name" for name in unknown_libraries(program)]
    for problem in problems:
        print(f"notice: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print("notice: NOTICE names all that is linked in")


main()
