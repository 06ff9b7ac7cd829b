#!/usr/bin/env python3
"""Hold the pages to what is there: links and anchors, commands and their options, configs, messages, names of tests.

usage: check_pages.py REHOME REHOME-JOB

Pages are the Markdown files of the repository that people write. Prints what is wrong, and exits with 1 then.
"""

import json
import pathlib
import posixpath
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
# One of these is chosen, so a fragment's takes the place of the base's.
CHOICES = ("target", "credentials", "adminCredentials", "engine", "source", "backstage")


def pages():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.split()
    rendered = re.compile(r"^(out|Tests/ManifestsTests/Golden)/")
    return {path: (REPOSITORY / path).read_text() for path in listed if not rendered.match(path)}


def split(text):
    """The lines outside of fences with their numbers, and the fenced blocks: number, language, content."""
    lines, blocks, block = [], [], None
    for number, line in enumerate(text.split("\n"), 1):
        fence = re.match(r"^ *```(\w*)", line)
        if fence and block is None:
            block = (number, fence[1], [])
        elif fence:
            blocks.append((block[0], block[1], "\n".join(block[2])))
            block = None
        elif block is not None:
            block[2].append(line)
        else:
            lines.append((number, line))
    return lines, blocks


# Links


def anchors(text):
    found = {}
    for _, line in split(text)[0]:
        if heading := re.match(r"#+ +(.*?)\s*$", line):
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "").lower()
            name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            found[name] = found.get(name, -1) + 1
    return {name if number == 0 else f"{name}-{number}" for name, last in found.items() for number in range(last + 1)}


def link_problems(path, text):
    for number, line in split(text)[0]:
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"(https?|mailto):", target):
                continue
            file, _, anchor = target.partition("#")
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            if not (REPOSITORY / place).exists():
                yield f"{path}:{number}: there is no {place}"
            elif anchor and anchor not in anchors((REPOSITORY / place).read_text()):
                yield f"{path}:{number}: {place} has no heading #{anchor}"


# Commands


class Program:
    def __init__(self, path):
        dumped = subprocess.run([path, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
        tree = json.loads(dumped)["command"]
        self.commands = {item["commandName"]: options(item) for item in tree["subcommands"]}
        self.commands[""] = options(tree)


def options(command):
    dashes = {"short": "-", "longWithSingleDash": "-", "long": "--"}
    return {
        dashes[name["kind"]] + name["name"] for item in command.get("arguments", []) for name in item.get("names", [])
    }


def commands(text):
    """What the page tells people to type, in blocks and in the running text."""
    lines, blocks = split(text)
    for number, language, content in blocks:
        if language == "sh":
            for offset, line in enumerate(content.replace("\\\n", "  \n").split("\n"), 1):
                yield number + offset, line
    for number, line in lines:
        for code in re.findall(r"`([^`]+)`", line):
            if re.match(r"(rehome|rehome-job|make) [a-z-]", code):
                yield number, code


def command_problems(path, text, programs, targets):
    for number, line in commands(text):
        for part in re.split(r"\|\||&&|\||;", line.partition(" #")[0]):
            try:
                words = shlex.split(part)
            except ValueError:
                continue
            if words[:1] == ["make"]:
                for word in words[1:]:
                    if "=" not in word and "…" not in word and word.strip(",") not in targets:
                        yield f"{path}:{number}: the Makefile has no target {word}"
            elif words and words[0] in programs:
                yield from typed_problems(f"{path}:{number}", words, programs[words[0]])


def typed_problems(place, words, program):
    name = words[1] if len(words) > 1 and not words[1].startswith(("-", "…")) else ""
    if name not in program.commands:
        yield f"{place}: {words[0]} has no command {name}"
        return
    for word in words[1:]:
        typed = word.partition("=")[0]
        if re.match(r"--?[a-z]", typed) and typed not in program.commands[name]:
            yield f"{place}: {words[0]} {name} has no option {typed}"


# Configs


def laid_over(base, fragment):
    """What is rendered for a part of a config: the rest comes from an example."""
    config = json.loads(json.dumps(base))
    for key, value in fragment.get("spec", {}).items():
        if key in CHOICES or not isinstance(value, dict):
            config["spec"][key] = value
        else:
            config["spec"].setdefault(key, {}).update(value)
    return config


def config_problems(path, text, rehome, base):
    for number, language, content in split(text)[1]:
        if language != "yaml" or not re.search(r"^(apiVersion: rehome\.dev|spec:$)", content, re.MULTILINE):
            continue
        try:
            config = yaml.safe_load(content)
        except yaml.YAMLError as error:
            yield f"{path}:{number}: {error}"
            continue
        if set(config) - {"apiVersion", "kind"} and "target" not in (config.get("spec") or {}):
            config = laid_over(base, config)
        elif "migration" not in (config.get("spec") or {}) and "spec" in config:
            config = laid_over(base, config)
        elif "spec" not in config:
            continue
        yield from (f"{path}:{number}: {line}" for line in render(config, rehome))


def render(config, rehome):
    example = REPOSITORY / "examples/external"
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        for name in ("backstage.yaml", "ca.pem"):
            shutil.copy(example / name, here)
        golden = REPOSITORY / "Tests/ManifestsTests/Golden"
        shutil.copy(golden / "external-sealed-secrets-two-roles/controller.pem", here)
        for name in ("chart-values.yaml", "values.yaml"):
            shutil.copy(golden / "helm-rhdh" / name, here)
        (here / "password").write_text("throw-away")
        (here / "rehome.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        result = subprocess.run(
            [rehome, "render"], cwd=here, capture_output=True, text=True, check=False,
            env={"PORTAL_DB_PASSWORD": "throw-away"},
        )
        if result.returncode:
            yield f"does not render: {result.stderr.strip()}"


# Pages that programs name


def named_page_problems():
    for file in sorted((REPOSITORY / "Sources").rglob("*.swift")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            # What is put together is held by DocsPageTests.
            for page, anchor in re.findall(r"\b(docs/[\w/.-]+\.(?:md|json))(?:#([\w-]+))?", line):
                place = f"{file.relative_to(REPOSITORY)}:{number}"
                if not (REPOSITORY / page).exists():
                    yield f"{place}: there is no {page}"
                elif anchor and anchor not in anchors((REPOSITORY / page).read_text()):
                    yield f"{place}: {page} has no heading #{anchor}"


# Messages


def message_problems(path, text):
    """Each message that the page quotes is one of the sources', in pieces between ellipses."""
    sources = "\n".join(file.read_text() for file in sorted((REPOSITORY / "Sources").rglob("*.swift")))
    sources = re.sub(r'"\s*\+\s*"', "", sources).replace('\\"', '"')
    for number, line in split(text)[0]:
        first = re.match(r"\| `([^`]+)`", line)
        for piece in first[1].split("…") if first else ():
            if len(piece.strip()) > 2 and piece.strip(" ()'") not in sources:
                yield f"{path}:{number}: no source says: {piece.strip()}"


# Tests


def test_problems(path, text, tests):
    """Each test that a table names in its last column is there."""
    is_named = False
    for number, line in split(text)[0]:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        is_named = bool(cells) and (is_named or cells[-1] == "test")
        for name in re.findall(r"`([^`]+)`", cells[-1] if is_named else ""):
            if " " in name and name not in tests:
                yield f"{path}:{number}: there is no test '{name}'"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    rehome, job = (str(pathlib.Path(program).resolve()) for program in sys.argv[1:])
    programs = {"rehome": Program(rehome), "rehome-job": Program(job)}
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    base = yaml.safe_load((REPOSITORY / "examples/external/rehome.yaml").read_text())
    tests = "\n".join(file.read_text() for file in sorted((REPOSITORY / "Tests").rglob("*.swift")))
    problems = list(named_page_problems())
    for path, text in pages().items():
        problems += link_problems(path, text)
        problems += command_problems(path, text, programs, targets)
        problems += config_problems(path, text, rehome, base)
        problems += test_problems(path, text, tests)
        if path == "docs/troubleshooting.md":
            problems += message_problems(path, text)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
