#!/usr/bin/env python3
"""Apply JSON patches (RFC 6902) with PyPI's jsonpatch.

usage: apply_json_patch.py --venv DIR FILE

FILE holds [{"document": …, "patch": […]}, …]. Prints a JSON list of what comes out, null for a patch that is refused.
Installs what it needs from PyPI into DIR on first use; exits with 77 where that cannot be had.
"""

import argparse
import json
import pathlib

import packages


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--venv", type=pathlib.Path, required=True)
    parser.add_argument("file", type=pathlib.Path)
    arguments = parser.parse_args()
    packages.enter(arguments.venv)
    import jsonpatch

    results = []
    for case in json.loads(arguments.file.read_text()):
        try:
            results.append(jsonpatch.apply_patch(case["document"], case["patch"]))
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
            results.append(None)
    print(json.dumps(results))


main()
