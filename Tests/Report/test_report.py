#!/usr/bin/env python3
"""Opens a report in a headless Chromium, as a person would, and looks at it.

    test_report.py PAGE.html REPORT.json FOLDER

Fails if the browser has anything to say, if the page asks for any other file, if a number is not the one of the JSON, if
text is too faint to read, or if a narrow screen has to be scrolled sideways. Screenshots are left in FOLDER.
"""

import base64
import json
import os
import sys

from browser import Browser

PAGE, REPORT, FOLDER = sys.argv[1:]


# What stands behind an element, and how far its text is from it (WCAG 2.2, 1.4.3).
CONTRAST = """(() => {
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
  const faint = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || e.closest('title, desc, style') || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), ink = rgb(e instanceof SVGElement ? style.fill : style.color).slice(0, 3);
    const [a, b] = [light(ink), light(behind(e))].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) faint.push(e.tagName + '.' + (e.getAttribute('class') || '') + ' ' + ratio.toFixed(2));
  }
  return [...new Set(faint)];
})()"""

LANDMARKS = """({
  main: document.querySelectorAll('main').length, header: document.querySelectorAll('header').length,
  h1: document.querySelectorAll('h1').length, lang: document.documentElement.lang,
  unnamed: [...document.querySelectorAll('section, [role=region], [role=img]')].filter(e =>
    !e.getAttribute('aria-label') && !(e.getAttribute('aria-labelledby') || '').split(' ').every(id => document.getElementById(id))).length,
  bareHeads: [...document.querySelectorAll('th')].filter(e => !e.scope).length, scripts: document.scripts.length,
  wide: document.documentElement.scrollWidth - innerWidth })"""


def bytes_text(count):
    """As the page writes them: powers of 1000, a decimal below ten."""
    value = count
    for unit in ["bytes", "kB", "MB", "GB"]:
        if value < 1000:
            if unit == "bytes":
                return f"{count} bytes"
            return f"{int(value * 10 + .5) / 10:.1f} {unit}" if value < 10 else f"{int(value + .5)} {unit}"
        value /= 1000
    return f"{int(value * 10 + .5) / 10:.1f} TB"


def seconds_text(seconds):
    if seconds < .995:
        return f"{int(seconds * 1000 + .5)} ms"
    if seconds < 120:
        return f"{int(seconds * 10 + .5) / 10:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def main():
    with open(REPORT) as file:
        report = json.load(file)
    os.makedirs(FOLDER, exist_ok=True)
    totals, run, fence = report["totals"], report["run"], report.get("fence") or {}
    wanted = {
        "databases": f"{totals['databases']:,}", "tables": f"{totals['tables']:,}", "rows": f"{totals['rows']:,}",
        "bytes": bytes_text(totals["bytes"]), "seconds": seconds_text(run["seconds"]),
    }
    if "refusedSeconds" in fence:
        wanted["refused"] = seconds_text(fence["refusedSeconds"])
    problems = []
    browser = Browser()
    browser.open()
    url = "file://" + os.path.abspath(PAGE)
    for name, width, scheme in [("light", 1200, "light"), ("dark", 1200, "dark"), ("narrow", 390, "light"),
                                ("narrow-dark", 390, "dark")]:
        browser.show(url, width, scheme)
        for event in browser.events:
            if event["method"] in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                problems.append(f"{name}: the browser says {event['params']}")
            if event["method"] == "Network.requestWillBeSent" and event["params"]["request"]["url"] != url:
                problems.append(f"{name}: the page asks for {event['params']['request']['url']}")
        for key, value in wanted.items():
            shown = browser.evaluate(f"document.getElementById('number-{key}')?.textContent")
            if shown != value:
                problems.append(f"{name}: {key} is {shown}, and {value} in the JSON")
        rows = browser.evaluate("[...document.querySelectorAll('[aria-labelledby=databases] tbody tr')].map(r => [...r.cells].map(c => c.textContent))")
        for row, database in zip(rows, report["databases"]):
            if row[:3] != [database["name"], f"{database['tableCount']:,}", f"{database['rows']:,}"]:
                problems.append(f"{name}: the line of {database['name']} is {row}")
        if len(rows) != len(report["databases"]):
            problems.append(f"{name}: {len(rows)} databases are shown")
        marks = browser.evaluate(LANDMARKS)
        for key, good in {"main": 1, "header": 1, "h1": 1, "lang": "en", "unnamed": 0, "bareHeads": 0, "scripts": 0}.items():
            if marks[key] != good:
                problems.append(f"{name}: {key} is {marks[key]} instead of {good}")
        if marks["wide"] > 0:
            problems.append(f"{name}: the page is {marks['wide']} pixels wider than the screen")
        browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        problems += [f"{name}: too faint: {text}" for text in browser.evaluate(CONTRAST)]
        browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = false })")
        browser.picture(f"{FOLDER}/report-{name}.png", captureBeyondViewport=True)
        # What is seen first, small enough for a page of the documentation.
        browser.picture(f"{FOLDER}/first-{name}.png",
                        clip={"x": 0, "y": 0, "width": width, "height": 900, "scale": .75})
    browser.call("Emulation.clearDeviceMetricsOverride")
    paper = browser.call("Page.printToPDF", printBackground=True)
    with open(f"{FOLDER}/report.pdf", "wb") as file:
        file.write(base64.b64decode(paper["data"]))
    browser.close()
    if problems:
        sys.exit("\n".join(problems))
    print(f"the page shows what the JSON says; screenshots are in {FOLDER}")


main()
