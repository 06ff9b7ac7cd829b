#!/usr/bin/env python3
"""Try to get wrong architectures past check_architecture.py: each change below must be found."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CHECK = REPOSITORY / "Tests/Tools/check_architecture.py"
PAGE = "docs/architecture.md"

# A file, what is replaced in it (nothing: the line is added), and what the check must say.
CHANGES = [
    ("Sources/YAMLTree/Wrong.swift", None, "public import MigrationSpec", "YAMLTree imports MigrationSpec"),
    ("Sources/DatabaseMigration/Wrong.swift", None, "@preconcurrency import class Manifests.Renderer", "imports Manifests"),
    ("Sources/DatabaseMigration/Wrong.swift", None, "import CLibPQ", "whose room is PostgresClient"),
    ("Sources/PostgresClient/Wrong.swift", None, "import CCurl", "whose room is ReceiptClient"),
    ("Sources/DatabaseMigration/Wrong.swift", None, "let x: OpaquePointer?", "OpaquePointer has no room"),
    ("Sources/rehome/Wrong.swift", None, "let x: UnsafeRawBufferPointer?", "UnsafeRawBufferPointer has no room"),
    ("Sources/PostgresClient/Wrong.swift", None, "let x: UnsafeMutableBufferPointer<Int>?", "has no room for"),
    ("Package.swift", '"PostgresClient", "JobContract", "CXXHash"', '"PostgresClient", "ReceiptClient", "JobContract", "CXXHash"',
     "DatabaseMigration on ReceiptClient"),
    (PAGE, "OutputFolder --> Manifests &", "OutputFolder --> Manifests & YAMLTree &", "nothing in OutputFolder imports YAMLTree"),
    (PAGE, "OutputFolder --> Manifests &", "OutputFolder -->", "OutputFolder imports Manifests"),
    (PAGE, "Migration.swift:run`", "Migration.swift:walk`", "has no walk"),
    (PAGE, "CopyPump.swift:run`", "CopyPomp.swift:run`", "no single file CopyPomp.swift"),
]


def complaints(root):
    return subprocess.run([CHECK, root], capture_output=True, text=True, check=False).stdout


def main():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        shutil.copytree(REPOSITORY / "Sources", root / "Sources")
        for name in ("Package.swift", PAGE):
            (root / name).parent.mkdir(exist_ok=True)
            shutil.copy(REPOSITORY / name, root / name)
        if complaints(root):
            sys.exit(f"The architecture is wrong before anything is changed:\n{complaints(root)}")
        for name, old, new, expected in CHANGES:
            file = root / name
            before = file.read_text() if file.exists() else None
            if old is not None and (before is None or old not in before):
                failures.append(f"{name} has no {old!r} to change")
                continue
            file.write_text(f"{new}\n" if old is None else before.replace(old, new, 1))
            said = complaints(root)
            if expected not in said:
                failures.append(f"{name}, {new!r}: {expected!r} was expected, found {said!r}")
            if before is None:
                file.unlink()
            else:
                file.write_text(before)
    print(*failures, sep="\n", end="\n" if failures else "")
    sys.exit(1 if failures else 0)


main()
