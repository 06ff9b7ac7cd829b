#!/usr/bin/env python3
"""Have Mermaid itself read every drawing of the pages and of the rendered runbooks, in a headless Chromium.

usage: check_drawings.py MERMAID.JS

Prints which drawing it does not understand, and exits with 1 then. Where there is no Chromium, says so and ends well.
"""

import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PAGE = """<!doctype html><meta charset="utf-8"><pre id="result">nothing was read</pre>
<script src="{script}"></script>
<script type="application/json" id="drawings">{drawings}</script>
<script>
const drawings = JSON.parse(document.getElementById("drawings").textContent);
Promise.all(drawings.map(({{place, text}}) =>
  mermaid.parse(text).then(() => null, error => place + ": " + error.message)
)).then(results => {{
  document.getElementById("result").textContent = JSON.stringify(results.filter(result => result));
}});
</script>
"""


def drawings():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.split()
    for path in listed:
        text = (REPOSITORY / path).read_text()
        for match in re.finditer(r"^```mermaid\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield {"place": f"{path}:{text.count(chr(10), 0, match.start()) + 1}", "text": match[1]}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        print("No Chromium, so the drawings were not read.")
        return
    found = list(drawings())
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "drawings.html"
        # "</script>" in a drawing must not end the element.
        data = json.dumps(found).replace("<", "\\u003c")
        page.write_text(PAGE.format(script=pathlib.Path(sys.argv[1]).resolve().as_uri(), drawings=data))
        dumped = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             f"--user-data-dir={folder}/profile", "--virtual-time-budget=20000", "--dump-dom", page.as_uri()],
            check=True, capture_output=True, text=True, timeout=120,
        ).stdout
    result = html.unescape(re.search(r'<pre id="result">(.*?)</pre>', dumped, re.DOTALL)[1])
    problems = json.loads(result) if result.startswith("[") else [result]
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(1 if problems or not found else 0)


main()
