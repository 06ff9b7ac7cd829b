#!/usr/bin/env python3
"""Measure rehome render: one instance against `kubectl kustomize` of the same tree, and many instances against one.

usage: bench_render.py --rehome PROGRAM --output FILE [--rounds N] [--instances N]

Whole processes are timed, by turns, so that whatever else the machine does hits all alike. Prints what it finds and
writes it to FILE as Markdown.

Nothing is deleted before the end: on an ext4 without a journal, as small virtual machines have it, making files soon after
many were deleted was seen to take up to fifty times as long.
"""

import argparse
import datetime
import os
import pathlib
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "statefulset"
SLOWEST_RENDER = 0.030
KUSTOMIZE_FACTOR = 5
SLOWEST_THOUSAND = 2.0


def timed(command, folder):
    start = time.perf_counter()
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{result.stderr}")
    return seconds


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime, usage.ru_stime


def measured(command, folder):
    """Seconds on the wall, of the program itself on all cores, and of the system for it."""
    user, system = processor_seconds()
    seconds = timed(command, folder)
    return seconds, processor_seconds()[0] - user, processor_seconds()[1] - system


def floor(tree, folder, count):
    """Seconds that it takes a program that does nothing else to make the files of that many trees, one by one."""
    files = {path.relative_to(tree): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    folders = sorted({path.parent for path in files}, key=lambda path: len(path.parts))
    plans = [
        ([os.fspath(folder / f"i{number}" / name) for name in folders],
         [(os.fspath(folder / f"i{number}" / name), content) for name, content in files.items()])
        for number in range(count)]
    start = time.perf_counter()
    for names, contents in plans:
        for name in names:
            os.mkdir(name)
        for name, content in contents:
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            os.write(descriptor, content)
            os.close(descriptor)
    return time.perf_counter() - start


def instances(folder, count):
    """That many copies of the example, each with a name of its own."""
    configs = []
    for number in range(count):
        instance = folder / f"i{number:04}"
        shutil.copytree(EXAMPLE, instance)
        config = instance / "rehome.yaml"
        config.write_text(config.read_text().replace("name: portal-db ", f"name: db-{number:04} "))
        configs.append(f"i{number:04}/rehome.yaml")
    return configs


def summary(times):
    return f"{min(times) * 1000:.1f} | {statistics.median(times) * 1000:.1f}"


def compare_with_kustomize(rehome, rounds, folder):
    """Seconds of each: rendering anew, rendering what is there already, checking it, and kustomize over the stages."""
    def command(name, tree):
        return [rehome, name, "-f", EXAMPLE / "rehome.yaml", "-o", tree]

    tree = folder / "out"
    timed(command("render", tree), folder)
    stages = sorted(path.name for path in tree.iterdir() if (path / "kustomization.yaml").exists() and path.name[0].isdigit())
    # One process for all stages, which is kind to kubectl.
    (folder / "all").mkdir()
    shutil.copytree(tree, folder / "all", dirs_exist_ok=True)
    (folder / "all" / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
        + "".join(f"- {stage}\n" for stage in stages))
    times = {"new": [], "current": [], "check": [], "kustomize": []}
    has_kubectl = shutil.which("kubectl") is not None
    for number in range(rounds):
        tree = folder / f"out-{number}"
        times["new"].append(timed(command("render", tree), folder))
        times["current"].append(timed(command("render", tree), folder))
        times["check"].append(timed(command("check", tree), folder))
        if has_kubectl:
            times["kustomize"].append(timed(["kubectl", "kustomize", folder / "all"], folder))
    return times


def machine():
    model = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rehome", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--instances", type=int, default=1000)
    arguments = parser.parse_args()
    rehome = arguments.rehome.resolve()
    load = os.getloadavg()[0]

    with tempfile.TemporaryDirectory() as name:
        one = compare_with_kustomize(rehome, arguments.rounds, pathlib.Path(name))
    many = {}
    floors = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        configs = instances(folder, arguments.instances)
        for count in (1, arguments.instances // 10, arguments.instances):
            many[count] = []
            for number in range(3):
                trees = f"trees-{count}-{number}"
                many[count].append(measured([rehome, "render", "-o", trees, *configs[:count]], folder))
                if count == arguments.instances:
                    bare = folder / f"bare-{number}"
                    bare.mkdir()
                    floors.append(floor(folder / trees / "db-0000", bare, count))

    lines = [
        "# How fast rehome renders", "",
        f"Measured {datetime.date.today()} by `make bench-render` on {machine()}, load {load:.1f}.", "",
        "## One instance", "",
        f"The main example, whole processes, {arguments.rounds} rounds by turns. Milliseconds.", "",
        "| | best | median |", "|---|---|---|",
        f"| `rehome render`, into no folder | {summary(one['new'])} |",
        f"| `rehome render`, nothing changed | {summary(one['current'])} |",
        f"| `rehome check` | {summary(one['check'])} |",
    ]
    median = statistics.median(one["new"])
    if one["kustomize"]:
        version = subprocess.run(
            ["kubectl", "version", "--client"], capture_output=True, text=True, check=False).stdout.split("\n")
        lines.append(f"| `kubectl kustomize` of the same tree, all stages at once | {summary(one['kustomize'])} |")
        factor = statistics.median(one["kustomize"]) / median
        verdict = "met" if factor >= KUSTOMIZE_FACTOR and median < SLOWEST_RENDER else "missed"
        lines += [
            "",
            f"Goal: at least {KUSTOMIZE_FACTOR} times faster, and under {SLOWEST_RENDER * 1000:.0f} ms. "
            f"Found: {factor:.1f} times, {median * 1000:.1f} ms: **{verdict}**. ({'; '.join(filter(None, version))})",
        ]
    else:
        lines += ["", "There was no `kubectl` to compare with: install Debian's kubernetes-client, or any other."]
    largest = max(many)
    best = {count: min(rounds) for count, rounds in many.items()}
    seconds = best[largest][0]
    each = (seconds - best[1][0]) / (largest - 1)
    verdict = "met" if seconds < SLOWEST_THOUSAND else "missed"
    lines += [
        "", "## Many instances in one call", "", "Each into a folder of its own that is not there yet, 3 rounds. Seconds.", "",
        "| instances | best | for each | processor, the program | processor, the system |", "|---|---|---|---|---|",
        *[f"| {count:,} | {wall:.3f} | {wall / count:.5f} | {user:.3f} | {system:.3f} |"
          for count, (wall, user, system) in best.items()],
        f"| the same {largest:,} trees, made by a loop that does nothing else | {min(floors):.3f} "
        f"| {min(floors) / largest:.5f} | | |", "",
        f"Goal: linear, {largest:,} under {SLOWEST_THOUSAND:.0f} s. "
        f"Found: {seconds:.2f} s, {each * 1000:.2f} ms for each after the first: **{verdict}**.", "",
    ]
    text = "\n".join(lines)
    print(text)
    arguments.output.write_text(text)


main()
