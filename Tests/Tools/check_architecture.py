#!/usr/bin/env python3
"""Hold docs/architecture.md to the sources: which module imports which, where C and its pointers are, the five walks.

usage: check_architecture.py [CHECKOUT]

Prints what does not agree, and exits with 1 then.
"""

import pathlib
import re
import sys

IMPORT = re.compile(r"^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|private)\s+)?import\s+"
                    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)", re.MULTILINE)
POINTER = re.compile(r"\b(?:Unsafe\w*Pointer|OpaquePointer|Unmanaged)\b")


class Checkout:
    def __init__(self, root):
        self.root = root
        self.page = (root / "docs/architecture.md").read_text()
        self.package = (root / "Package.swift").read_text()
        self.texts = {file: file.read_text() for file in sorted((root / "Sources").rglob("*.swift"))}
        self.imports = {file: IMPORT.findall(text) for file, text in self.texts.items()}
        self.pointers = {file: set(POINTER.findall(text)) for file, text in self.texts.items()}
        # In the package, a target's name; in code, the module's.
        self.targets = re.findall(r'\.(?:executableTarget|target|systemLibrary)\(\s*name: "([\w-]+)"', self.package)

    def module(self, file):
        return file.relative_to(self.root / "Sources").parts[0]

    def place(self, file):
        """Module and file, without the folders between them."""
        return f"{self.module(file)}/{file.name}"


def drawn_arrows(checkout):
    arrows = set()
    for block in re.findall(r"```mermaid\n(.*?)```", checkout.page, re.DOTALL):
        for left, right in re.findall(r"^\s*([\w-]+) --> ([\w &-]+)$", block, re.MULTILINE):
            arrows |= {(left, target.strip()) for target in right.split("&")}
    return arrows


def declared_arrows(checkout):
    """Those of Package.swift, between targets that programs are made of."""
    arrows = set()
    for _, name, body in re.findall(
        r'\.(executableT|t)arget\(\s*name: "([\w-]+)"(.*?)swiftSettings', checkout.package, re.DOTALL
    ):
        if "path: \"Tests/" in body:
            continue
        found = re.search(r"dependencies: \[(.*?)\](?:, \w+:|,\s*$|, $)", body, re.DOTALL)
        for quoted in re.findall(r'(?<![:\w] )"([\w-]+)"', found[1] if found else ""):
            arrows.add((name, quoted))
    return arrows


def imported_arrows(checkout):
    modules = {name.replace("-", "_"): name for name in checkout.targets}
    arrows = {}
    for file, names in checkout.imports.items():
        for name in names:
            if name in modules:
                arrows.setdefault((checkout.module(file), modules[name]), file)
    return arrows


def arrow_problems(checkout):
    drawn, declared, imported = drawn_arrows(checkout), declared_arrows(checkout), imported_arrows(checkout)
    for left, right in sorted(set(imported) - drawn):
        yield f"{imported[left, right].relative_to(checkout.root)}: {left} imports {right}, which no arrow allows"
    for left, right in sorted(drawn - set(imported)):
        yield f"docs/architecture.md: nothing in {left} imports {right}, so the arrow is not needed"
    for left, right in sorted(declared ^ drawn):
        where = "Package.swift has" if (left, right) in declared else "Package.swift lacks"
        yield f"{where} a dependency of {left} on {right}, other than docs/architecture.md"


def rooms(checkout, heading):
    """The rows of the table that begins with this heading: the names of the first column, the places of the second."""
    table = re.search(rf"^\| {heading} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", checkout.page, re.MULTILINE)
    before = []
    for line in table[1].splitlines():
        names, places = (re.findall(r"`([^`]+)`", cell) for cell in line.strip("|").split("|"))
        # "the same, and": the places of the row above too.
        before = before + places if "the same" in line else places
        yield names, before


def is_in(place, room):
    return place == room or place.startswith(f"{room}/")


def room_problems(checkout):
    for names, places in rooms(checkout, "C library"):
        for file, imports in checkout.imports.items():
            if set(names) & set(imports):
                if not any(is_in(checkout.place(file), room) for room in places):
                    yield f"{file.relative_to(checkout.root)}: imports {names[0]}, whose room is {', '.join(places)}"
    known = set()
    for names, places in rooms(checkout, "pointers"):
        known |= set(names)
        for file, pointers in checkout.pointers.items():
            for name in sorted(pointers & set(names)):
                if not any(is_in(checkout.place(file), room) for room in places):
                    yield f"{file.relative_to(checkout.root)}: {name} has no room here: {', '.join(places)}"
    for file, pointers in checkout.pointers.items():
        for name in sorted(pointers - known):
            yield f"{file.relative_to(checkout.root)}: docs/architecture.md has no room for {name}"


def walk_problems(checkout):
    walks = checkout.page.partition("## Five walks")[2]
    # The explanation of the form is no step.
    for module, name, member in re.findall(r"`([A-Z][\w-]+|rehome(?:-job)?)/([\w+-]+\.swift):(\w+)`", walks):
        files = [file for file in checkout.texts if checkout.place(file) == f"{module}/{name}"]
        if len(files) != 1:
            yield f"docs/architecture.md: there is no single file {name} in Sources/{module}"
            continue
        declared = rf"\b(?:func|var|let|case) {member}\b" if member != "init" else r"\binit[(<]"
        if not re.search(declared, checkout.texts[files[0]]):
            yield f"docs/architecture.md: {files[0].relative_to(checkout.root)} has no {member}"


def main():
    checkout = Checkout(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
    problems = [*arrow_problems(checkout), *room_problems(checkout), *walk_problems(checkout)]
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
