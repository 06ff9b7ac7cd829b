#!/usr/bin/env python3
"""Tell which JSON documents a JSON Schema accepts.

usage: check_documents.py --venv DIR FILE

FILE holds {"schema": …, "documents": […]}. Prints one line for each document, "valid" or "invalid". Installs what it
needs from PyPI into DIR on first use; exits with 77 where that cannot be had.
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
    # Thousands of documents: what is compiled takes seconds, Python's own validator minutes.
    import jsonschema_rs

    content = json.loads(arguments.file.read_text())
    validator = jsonschema_rs.Draft202012Validator(content["schema"])
    for document in content["documents"]:
        print("valid" if validator.is_valid(document) else "invalid")


main()
