#!/usr/bin/env python3
"""Compare the Swift packages that a build took with those that are recorded, or record them.

usage: swift_packages.py check | record

Package.swift asks for exact versions; swift-packages.json beside this script also says what each version holds, since
a tag can be moved. Packages are compared by the SHA-256 of their files and not by commit, so that a copy of a package
does as well as its repository.
"""

import hashlib
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORD = ROOT / "packaging" / "swift-packages.json"


def content(folder):
    """SHA-256 of all files' paths and contents. A link counts as what it leads to: some copies have files instead."""
    paths = []
    for parent, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name != ".git"]
        paths += [pathlib.Path(parent, name) for name in files if name != ".git"]
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.relative_to(folder).as_posix()):
        file = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{file}  {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest()


def resolved():
    """The packages of the last build, by name."""
    try:
        pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    except FileNotFoundError:
        sys.exit("swift_packages: no Package.resolved; run 'swift package resolve' first")
    return {
        pin["identity"]: {
            "version": pin["state"].get("version"),
            "location": pin["location"].removesuffix(".git"),
            "sha256": content(ROOT / ".build" / "checkouts" / pin["location"].removesuffix(".git").split("/")[-1]),
        }
        for pin in pins
    }


def check():
    """Print each difference; whether there is none."""
    recorded, found = json.loads(RECORD.read_text()), resolved()
    problems = [f"{name} is not recorded" for name in found if name not in recorded]
    for name, wanted in recorded.items():
        if name not in found:
            problems.append(f"{name} is recorded, but nothing needs it")
            continue
        for key, value in found[name].items():
            if value != wanted[key]:
                problems.append(f"{name}: {key} is {value}, recorded is {wanted[key]}")
    for problem in problems:
        print(f"swift_packages: {problem}", file=sys.stderr)
    if not problems:
        print(f"swift_packages: {len(found)} packages are those of {RECORD.relative_to(ROOT)}")
    return not problems


def main():
    if sys.argv[1:] == ["check"]:
        sys.exit(0 if check() else 1)
    if sys.argv[1:] != ["record"]:
        sys.exit(__doc__)
    # Licence, holders and programs are a person's to write; 'notice.py check' misses them.
    recorded = json.loads(RECORD.read_text())
    packages = {name: {**recorded.get(name, {}), **package} for name, package in sorted(resolved().items())}
    RECORD.write_text(json.dumps(packages, indent=2) + "\n")


main()
