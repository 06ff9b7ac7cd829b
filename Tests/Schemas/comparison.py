"""Tell what differs between what rehome-job made and what `pg_dump | psql` makes, both dumped by the same program."""

import difflib
import re

# The key would be another one in every dump.
DUMP = ["--restrict-key", "comparison"]
BLOCK = re.compile(rb"^COPY .* FROM stdin;\n((?:.*\n)*?)\\\.\n", re.MULTILINE)


def sorted_rows(dump):
    """The dump with each table's rows in one order: a table has none, and several workers fill it."""
    def in_order(match):
        start, end = match.start(1) - match.start(), match.end(1) - match.start()
        block = match.group()
        return block[:start] + b"".join(sorted(block[start:end].splitlines(keepends=True))) + block[end:]

    return BLOCK.sub(in_order, dump)


def difference(expected, found):
    """The differing lines, at most forty of them; empty where both dumps say the same."""
    expected, found = sorted_rows(expected), sorted_rows(found)
    if expected == found:
        return []
    lines = difflib.unified_diff(
        expected.decode(errors="backslashreplace").splitlines(), found.decode(errors="backslashreplace").splitlines(),
        "pg_dump | psql", "rehome-job", lineterm="", n=1)
    return [line[:300] for _, line in zip(range(40), lines)]
