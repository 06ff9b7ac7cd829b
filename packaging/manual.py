#!/usr/bin/env python3
"""Write a manual page for each command of a program, from what the program says of itself.

usage: manual.py PROGRAM FOLDER DATE

PROGRAM is one of swift-argument-parser's; FOLDER gets NAME.1 and NAME-COMMAND.1; DATE is the day for the pages' foot,
as 2026-11-26. The pages are in mdoc(7).
"""

import datetime
import json
import pathlib
import re
import subprocess
import sys



def escaped(text):
    """Text that no mdoc processor takes for a request or an escape."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def word(text):
    """Text as one argument of a macro, and no macro itself."""
    return '"\\&' + escaped(text).replace('"', "\\(dq") + '"'


def paragraphs(text):
    """Running text; what is indented stays line by line."""
    lines, is_literal = [], False
    for line in text.splitlines():
        indented = line.startswith("  ")
        if indented != is_literal:
            lines.append(".Bd -literal -offset indent" if indented else ".Ed")
            is_literal = indented
        if not line.strip():
            if not is_literal:
                lines.append(".Pp")
        else:
            # mdoc wants each sentence on a line of its own.
            sentences = [line[2:]] if indented else re.split(r"(?<=[a-z)]\.) (?=[A-Z])", line)
            lines += [escaped(sentence) for sentence in sentences]
    if is_literal:
        lines.append(".Ed")
    while lines and lines[-1] == ".Pp":
        lines.pop()
    return lines


def flags(argument):
    """Its names as they are typed, the short ones first."""
    names = argument.get("names", [])
    order = {"short": 0, "longWithSingleDash": 1, "long": 2}
    dashes = {"short": "-", "longWithSingleDash": "-", "long": "--"}
    return [dashes[name["kind"]] + name["name"] for name in sorted(names, key=lambda name: order[name["kind"]])]


def shown(command):
    return [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]


def synopsis(command, name):
    lines = [f".Nm {name}"]
    for argument in shown(command):
        typed = flags(argument)
        if typed and typed[-1] in ("--version", "--help"):
            continue
        more = " ..." if argument.get("isRepeating") else ""
        value = f"Ar {word(argument['valueName'])}"
        if argument["kind"] == "positional":
            text = value
        elif argument["kind"] == "flag":
            text = f"Cm {word(typed[-1])}"
        else:
            text = f"Cm {word(typed[-1])} {value}"
        lines.append(f".{'Op ' if argument.get('isOptional') else ''}{text}{more}")
    if subcommands(command):
        lines.append(".Ar command")
        lines.append(".Op Ar options")
    return lines


def subcommands(command):
    return [
        item for item in command.get("subcommands", [])
        if item.get("shouldDisplay", True) and item["commandName"] != "help"
    ]


def options(command):
    if not shown(command):
        return []
    lines = [".Sh OPTIONS", ".Bl -tag -width Ds"]
    for argument in shown(command):
        value = f"Ar {word(argument['valueName'])}"
        if argument["kind"] == "positional":
            lines.append(f".It {value}")
        else:
            typed = " , ".join(f"Cm {word(name)}" for name in flags(argument))
            lines.append(f".It {typed}" + ("" if argument["kind"] == "flag" else f" {value}"))
        lines += paragraphs(argument.get("abstract", ""))
        lines += paragraphs(argument.get("discussion", ""))
        values = argument.get("allValues") or argument.get("allValueStrings")
        if values:
            lines.append("One of " + escaped(", ".join(values)) + ".")
        if "defaultValue" in argument and argument["kind"] != "flag":
            lines.append("Without it: " + escaped(argument["defaultValue"]) + ".")
    return [*lines, ".El"]


def page(command, name, spelled, others, version, date):
    """One page. `others` are the pages that it points to."""
    day = datetime.date.fromisoformat(date)
    abstract = command.get("abstract", "")
    summary = abstract[:1].lower() + abstract[1:].rstrip(".")
    lines = [
        ".\\\" Generated from the program's own help.",
        f".Dd {day.strftime('%B')} {day.day}, {day.year}", f".Dt {name.upper()} 1", f".Os rehome {version}",
        ".Sh NAME", f".Nm {name}", f".Nd {escaped(summary)}", ".Sh SYNOPSIS", *synopsis(command, spelled),
        ".Sh DESCRIPTION", escaped(abstract), *([".Pp"] if command.get("discussion") else []),
        *paragraphs(command.get("discussion", "")),
    ]
    if subcommands(command):
        lines += [".Ss Commands", ".Bl -tag -width Ds"]
        for item in subcommands(command):
            lines += [f".It Cm {word(item['commandName'])}", *paragraphs(item.get("abstract", ""))]
            lines += ["See", f".Xr {name}-{item['commandName']} 1 ."]
        lines.append(".El")
    lines += options(command)
    if others:
        lines.append(".Sh SEE ALSO")
        lines += [f".Xr {other} 1" + (" ," if other != others[-1] else "") for other in others]
    return "\n".join(lines) + "\n"


def write(command, path, version, date, folder):
    """The page of a command and those of its subcommands."""
    name = "-".join(path)
    parent = ["-".join(path[:-1])] if len(path) > 1 else []
    children = [f"{name}-{item['commandName']}" for item in subcommands(command)]
    text = page(command, name, " ".join(path), sorted(parent + children), version, date)
    (folder / f"{name}.1").write_text(text)
    for item in subcommands(command):
        write(item, [*path, item["commandName"]], version, date, folder)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    program, folder, date = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    help_text, version = (
        subprocess.run([program, flag], check=True, capture_output=True, text=True).stdout
        for flag in ("--experimental-dump-help", "--version")
    )
    command = json.loads(help_text)["command"]
    folder.mkdir(parents=True, exist_ok=True)
    write(command, [command["commandName"]], version.split()[-1], date, folder)


main()
