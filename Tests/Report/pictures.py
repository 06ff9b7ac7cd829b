#!/usr/bin/env python3
"""Takes pictures of terminals and pages, small enough for the documentation.

    pictures.py FOLDER FILE...

A FILE that ends in .ansi holds a terminal's screen, with the sequences of its colours; one that ends in .html is a page.
Each becomes FOLDER/NAME.png.
"""

import html
import os
import pathlib
import re
import sys

from browser import Browser

FOLDER, *FILES = sys.argv[1:]

SEQUENCE = re.compile(r"\x1b\[([0-9;]*)m")
# What the live view uses, as a dark terminal shows it.
STYLES = {"1": "font-weight:bold", "2": "opacity:.7", "32": "color:#5fd787", "97": "color:#fff", "41": "background:#c01c28"}
TAKEN_BACK = {"22": ("1", "2"), "39": ("32", "97"), "49": ("41",)}
PAGE = """<!DOCTYPE html><meta charset="utf-8"><style>body { margin: 0 }
pre { display: inline-block; margin: 0; padding: 12px 14px; background: #16181d; color: #d8dce4;
font: 14px/1.35 "DejaVu Sans Mono", monospace }</style><pre>%s</pre>"""


def marked_up(text):
    """A terminal's text as HTML."""
    parts, active, place = [], {}, 0
    for match in [*SEQUENCE.finditer(text), None]:
        piece = html.escape(text[place:match.start() if match else len(text)])
        style = ";".join(active.values())
        parts.append(f'<span style="{style}">{piece}</span>' if style and piece else piece)
        if match is None:
            return "".join(parts)
        place = match.end()
        for code in match[1].split(";"):
            if code in ("", "0"):
                active.clear()
            elif code in TAKEN_BACK:
                for taken in TAKEN_BACK[code]:
                    active.pop(taken, None)
            elif code in STYLES:
                active[code] = STYLES[code]
            else:
                sys.exit(f"pictures: no style is known for {match[0]!r}")


def main():
    browser = Browser()
    browser.open()
    for file in map(pathlib.Path, FILES):
        target, page, element, scale = pathlib.Path(FOLDER) / f"{file.stem}.png", file, "body", .75
        if file.suffix == ".ansi":
            page, element, scale = pathlib.Path(FOLDER) / f"{file.stem}.html", "pre", 1
            page.write_text(PAGE % marked_up(file.read_text()))
        browser.show("file://" + os.path.abspath(page), 1200)
        width, height = browser.evaluate(
            f"(box => [box.right, box.bottom])(document.querySelector('{element}').getBoundingClientRect())")
        browser.picture(target, captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": width, "height": height, "scale": scale})
        print(target)
    browser.close()


main()
