#!/usr/bin/env python3
"""Measure rehome render: one instance against `kubectl kustomize` of the same tree, and many instances against one.

usage: bench_render.py --rehome PROGRAM --output FILE [--rounds N] [--instances N]

Whole processes are timed, by turns, so that whatever else the machine does hits all alike. Prints what it finds and
writes it to FILE as Markdown.
"""

import argparse
import datetime
import os
import pathlib
import platform
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
    tree = folder / "out"
    render = [rehome, "render", "-f", EXAMPLE / "rehome.yaml", "-o", tree]
    timed(render, folder)
    stages = sorted(path.name for path in tree.iterdir() if (path / "kustomization.yaml").exists() and path.name[0].isdigit())
    # One process for all stages, which is kind to kubectl.
    (folder / "all").mkdir()
    shutil.copytree(tree, folder / "all", dirs_exist_ok=True)
    (folder / "all" / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
        + "".join(f"- {stage}\n" for stage in stages))
    times = {"new": [], "current": [], "check": [], "kustomize": []}
    has_kubectl = shutil.which("kubectl") is not None
    for _ in range(rounds):
        shutil.rmtree(tree)
        times["new"].append(timed(render, folder))
        times["current"].append(timed(render, folder))
        times["check"].append(timed([rehome, "check", "-f", EXAMPLE / "rehome.yaml", "-o", tree], folder))
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
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        configs = instances(folder, arguments.instances)
        for count in (1, arguments.instances // 10, arguments.instances):
            rounds = []
            for _ in range(3):
                for config in configs[:count]:
                    shutil.rmtree((folder / config).parent / "out", ignore_errors=True)
                rounds.append(timed([rehome, "render", *configs[:count]], folder))
            many[count] = rounds

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
    each = (best[largest] - best[1]) / (largest - 1)
    verdict = "met" if best[largest] < SLOWEST_THOUSAND else "missed"
    lines += [
        "", "## Many instances in one call", "", "Each into a folder of its own that is not there yet, 3 rounds. Seconds.", "",
        "| instances | best | for each |", "|---|---|---|",
        *[f"| {count:,} | {seconds:.3f} | {seconds / count:.5f} |" for count, seconds in best.items()], "",
        f"Goal: linear, {largest:,} under {SLOWEST_THOUSAND:.0f} s. "
        f"Found: {best[largest]:.2f} s, {each * 1000:.2f} ms for each after the first: **{verdict}**.", "",
    ]
    text = "\n".join(lines)
    print(text)
    arguments.output.write_text(text)


main()
