#!/usr/bin/env python3
"""Write the pages of docs/reference from what programs and sources declare, or say which of them are stale.

usage: reference.py write|check REHOME REHOME-JOB
"""

import concurrent.futures
import difflib
import json
import pathlib
import re
import subprocess
import sys

import findings

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PAGES = REPOSITORY / "docs/reference"
MARK = "<!-- Written by make reference from what the programs declare; a change here is lost. -->"


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def cell(text):
    """Text that stays in its cell of a table, and is no markup."""
    text = re.sub(r"<([A-Za-z-]+)>", r"&lt;\1&gt;", " ".join(text.split()))
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def code(text):
    return "`" + text.replace("|", "\\|") + "`" if text else ""


def table(head, rows):
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines) + "\n"


def page(title, *parts):
    return "\n\n".join([f"# {title}", MARK, *(part.strip() for part in parts)]) + "\n"


# The config


class Key:
    """A key as `rehome explain` tells of it."""

    def __init__(self, text):
        lines = text.splitlines()
        self.path = lines[0]
        end = next((number for number, line in enumerate(lines) if line.startswith("Expected: ")), len(lines))
        self.meaning = " ".join(lines[2:end]).strip()
        self.rules = []
        self.expected = self.default = self.otherwise = ""
        self.is_required = False
        for line in lines[end:]:
            name, _, value = line.partition(": ")
            if name == "Expected":
                self.expected = value
            elif name == "Default":
                self.default = value
            elif name == "Without it":
                self.otherwise = value.removesuffix(".")
            elif line == "Required.":
                self.is_required = True
            elif name in ("One or more of", "Exactly one of"):
                self.rules.append(line)

    @property
    def is_section(self):
        return self.expected.startswith(("a mapping with the keys ", "a list, each item a mapping with the keys "))

    @property
    def absence(self):
        if self.is_required:
            return "**required**"
        return code(self.default) if self.default else cell(self.otherwise)


def config(rehome):
    paths = [line for line in said(rehome, "explain").splitlines() if line and not line.startswith(" ")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        keys = [Key(text) for text in pool.map(lambda path: said(rehome, "explain", path), paths)]
    parts = [
        "`rehome.yaml`, key by key. `rehome explain KEY` prints the same, `rehome schema` gives it to an editor.",
    ]
    rows = [key for key in keys if key.path in ("apiVersion", "kind")]
    parts.append(key_table(rows))
    for section in (key for key in keys if key.is_section):
        children = [key for key in keys if key.path.rpartition(".")[0] == section.path]
        rules = " ".join(section.rules)
        parts += [f"## {section.path}", f"{cell(section.meaning)} {rules}".strip(), key_table(children)]
    return page("Config", *parts)


def key_table(keys):
    rows = []
    for key in keys:
        name = key.path.rpartition(".")[2]
        place = f"[`{name}`](#{slug(key.path)})" if key.is_section else code(name)
        expected = "" if key.is_section else cell(key.expected)
        rows.append([place, cell(key.meaning), expected, key.absence])
    return table(["key", "meaning", "expected", "without it"], rows)


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# The commands


def commands(*programs):
    parts = []
    for program in programs:
        parts += command(json.loads(said(program, "--experimental-dump-help"))["command"], [])
    return page("Commands", "Both programs answer to `--help` and `--version` at every command.", *parts)


def command(tree, parents):
    names = [*parents, tree["commandName"]]
    heading = "#" * (1 + len(names)) + f" {' '.join(names)}"
    parts = [heading, cell(tree.get("abstract", ""))]
    parts += [discussion(tree.get("discussion", ""))] if tree.get("discussion") else []
    rows = [option(item) for item in tree.get("arguments", []) if is_shown(item)]
    if rows:
        parts.append(table(["option", "meaning"], rows))
    for child in tree.get("subcommands", []):
        if child.get("shouldDisplay", True) and child["commandName"] != "help":
            parts += command(child, names)
    return parts


def discussion(text):
    """Running text; what is indented stays line by line."""
    paragraphs = []
    for block in text.split("\n\n"):
        lines = block.splitlines()
        prose = [line for line in lines if not line.startswith("  ")]
        listed = [line.strip() for line in lines if line.startswith("  ")]
        paragraphs.append(cell(" ".join(prose)))
        if listed:
            items = [re.sub(r"^(\d+) +", r"`\1`: ", cell(line)) for line in listed]
            paragraphs.append("\n".join(f"- {item}" for item in items))
    return "\n\n".join(paragraphs)


def is_shown(argument):
    names = {name["name"] for name in argument.get("names", [])}
    return argument.get("shouldDisplay", True) and not names & {"help", "version"}


def option(argument):
    dashes = {"short": "-", "longWithSingleDash": "-", "long": "--"}
    names = [dashes[name["kind"]] + name["name"] for name in argument.get("names", [])]
    value = f"<{argument['valueName']}>"
    typed = value if argument["kind"] == "positional" else ", ".join(sorted(names, key=len))
    if argument["kind"] == "option":
        typed += f" {value}"
    text = cell(argument.get("abstract", ""))
    choices = argument.get("allValues") or []
    if any(choice not in text for choice in choices):
        text += " One of " + ", ".join(code(choice) for choice in choices) + "."
    if "defaultValue" in argument and argument["kind"] != "flag":
        text += f" Without it: {code(argument['defaultValue'])}."
    return [code(typed), text]


# The Job's settings, exit codes and events


def job_settings(job):
    rows = []
    for name, text in re.findall(r"^(REHOME_\w+)\n    (.*)$", said(job, "settings"), re.MULTILINE):
        meaning, _, default = text.rpartition(" (")
        default = default.removesuffix(")").replace("default: ", "").removesuffix(", secret")
        shown = {"required": "**required**", "empty": ""}.get(default, code(default))
        rows.append([code(name), cell(meaning) + (" *From a Secret.*" if ", secret)" in text else ""), shown])
    return page(
        "Settings of the Job",
        "Environment variables of `rehome-job`. `rehome render` writes them into the Job from `rehome.yaml`, so there "
        "is seldom a reason to set one by hand. `rehome-job settings` prints this list.",
        table(["variable", "meaning", "default"], rows),
    )


def exit_codes(rehome, job):
    source = (REPOSITORY / "Sources/JobContract/ExitStatus.swift").read_text()
    again = re.search(r"case ([.\w, ]+): true", source)[1]
    rows = []
    for meaning, name, number in re.findall(r"((?: +///.*\n)+) +case (\w+) = (\d+)", source):
        can = "" if number == "0" else "can help" if f".{name}" in again.split(", ") else "cannot help"
        rows.append([code(number), cell(meaning.replace("///", " ")), can])
    help_text = json.loads(said(rehome, "--experimental-dump-help"))["command"]["discussion"]
    generator = [[code(number), cell(text)] for number, text in re.findall(r"^  (\d+) +(.*)$", help_text, re.MULTILINE)]
    return page(
        "Exit codes",
        "## rehome-job",
        "The rendered Job does not start another pod after a code for which another attempt cannot help "
        "(`podFailurePolicy`). A person reads the last lines of the log, puts right what they name, and raises "
        "`spec.migration.attempt`.",
        table(["code", "meaning", "another attempt"], rows),
        "`after` uses 0, 75 and 78 in its own way: all is well, not yet, a person must act.",
        "## rehome",
        table(["code", "meaning"], generator),
    )


def events():
    schema = json.loads((REPOSITORY / "docs/job-log.schema.json").read_text())
    common = [
        [code(name), cell(value.get("description", ", ".join(value.get("enum", []))))]
        for name, value in schema["properties"].items()
    ]
    parts = []
    for kind in schema["oneOf"]:
        needed = set(kind.get("required", []))
        rows = event_rows({name: value for name, value in kind["properties"].items() if name != "event"}, needed)
        parts += [f"### {kind['title']}", cell(kind["description"])]
        parts += [table(["field", "type", "meaning"], rows)] if rows else []
    return page(
        "Events",
        "With `REHOME_LOG_FORMAT=json` each line of the Job's log is one object. Names and fields stay the same from "
        "version to version; `message` is for people, and its words may change. The JSON Schema is "
        "[job-log.schema.json](../job-log.schema.json).",
        "## Every line",
        table(["field", "meaning"], common),
        "## By event",
        *parts,
    )


def event_rows(fields, needed, prefix=""):
    """A row for each field, and below a list one for each field of its items."""
    rows = []
    for name, value in fields.items():
        kind = value["type"] + ("" if name in needed else ", not always")
        rows.append([code(prefix + name), cell(kind), cell(value["description"])])
        items = value.get("items", {})
        rows += event_rows(items.get("properties", {}), items.get("required", []), f"{prefix}{name}[].")
    return rows


def preflight():
    rows = [
        [severity, cell(message), cell(advice)]
        for severity, message, advice in findings.read(REPOSITORY / "Sources/DatabaseMigration")
    ]
    return page(
        "Findings, word by word",
        "What `rehome-job preflight`, `rehearse` and `migrate` may find, nearly all of it before anything is fenced. "
        "An ellipsis stands for a name or a number. [What the preflight says](../findings.md) tells what lies behind them.",
        table(["severity", "finding", "advice"], rows),
    )


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("write", "check"):
        sys.exit(__doc__)
    task, rehome, job = sys.argv[1:]
    pages = {
        "config.md": config(rehome), "commands.md": commands(rehome, job), "job-settings.md": job_settings(job),
        "exit-codes.md": exit_codes(rehome, job), "events.md": events(),
        "findings.md": preflight(),
    }
    stale = False
    for name, text in pages.items():
        path = PAGES / name
        if task == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale = True
            lines = path.read_text().splitlines(keepends=True) if path.exists() else []
            print(*difflib.unified_diff(lines, text.splitlines(keepends=True), f"docs/reference/{name}", "now"), sep="")
    if stale:
        sys.exit("The reference is not what the programs declare: make reference writes it anew.")


main()
