#!/usr/bin/env python3
"""Opens a report in a headless Chromium, as a person would, and looks at it.

    test_report.py PAGE.html REPORT.json FOLDER

Fails if the browser has anything to say, if the page asks for any other file, if a number is not the one of the JSON, if
text is too faint to read, or if a narrow screen has to be scrolled sideways. Screenshots are left in FOLDER.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

PAGE, REPORT, FOLDER = sys.argv[1:]


class Browser:
    """Chromium, over the pipe that its DevTools protocol speaks: one JSON text after another, each ended by a NUL."""

    def __init__(self):
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if program is None:
            sys.exit("chromium is not installed: apt-get install chromium")
        self.profile = tempfile.mkdtemp(prefix="rehome-chromium-")
        (ours_in, theirs_out), (theirs_in, ours_out) = os.pipe(), os.pipe()

        def arrange():
            # The protocol reads from 3 and writes to 4, which the pipes themselves may have.
            reading, writing = os.dup(theirs_in), os.dup(theirs_out)
            while reading < 5 or writing < 5:
                reading, writing = os.dup(reading), os.dup(writing)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
             "--disable-background-networking", f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=arrange, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.reading, self.writing = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb")
        self.count, self.buffer, self.events, self.session = 0, b"", [], None

    def call(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.writing.write(json.dumps(message).encode() + b"\0")
        self.writing.flush()
        while True:
            answer = self.next()
            if answer.get("id") == self.count:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]

    def next(self):
        while b"\0" not in self.buffer:
            more = self.reading.read1(1 << 20)
            if not more:
                sys.exit("chromium has ended")
            self.buffer += more
        text, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message

    def wait_for(self, method):
        while not any(event["method"] == method for event in self.events):
            self.next()

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


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
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ["Page", "Runtime", "Log", "Network"]:
        browser.call(f"{domain}.enable")
    url = "file://" + os.path.abspath(PAGE)
    for name, width, scheme in [("light", 1200, "light"), ("dark", 1200, "dark"), ("narrow", 390, "light"),
                                ("narrow-dark", 390, "dark")]:
        browser.events = []
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                     mobile=width < 600)
        browser.call("Page.navigate", url=url)
        browser.wait_for("Page.loadEventFired")
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
        picture = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(f"{FOLDER}/report-{name}.png", "wb") as file:
            file.write(base64.b64decode(picture["data"]))
        # What is seen first, small enough for a page of the documentation.
        picture = browser.call("Page.captureScreenshot", format="png",
                               clip={"x": 0, "y": 0, "width": width, "height": 900, "scale": .75})
        with open(f"{FOLDER}/first-{name}.png", "wb") as file:
            file.write(base64.b64decode(picture["data"]))
    browser.call("Emulation.clearDeviceMetricsOverride")
    paper = browser.call("Page.printToPDF", printBackground=True)
    with open(f"{FOLDER}/report.pdf", "wb") as file:
        file.write(base64.b64decode(paper["data"]))
    browser.close()
    if problems:
        sys.exit("\n".join(problems))
    print(f"the page shows what the JSON says; screenshots are in {FOLDER}")


main()
