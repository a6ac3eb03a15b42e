#!/usr/bin/env python3
"""The pages in a real Chromium.

usage: check_pages.py URL-OF-A-NODE URL-OF-A-GATEWAY [FOLDER-FOR-SCREENSHOTS]

Each page in light and dark, at 360 and 1440 pixels: no complaint of the browser, nothing inline, no
sideways scrolling, the rules of axe-core (WCAG 2.2 A and AA). Then the keyboard, reading without
scripts, and the live height. The gateway serves the same pages: each is looked at once there, in one
look and width. Exits 1 when anything fails.
"""

import importlib.util
import json
import pathlib
import ssl
import sys
import time
import urllib.request

from chromium import chromium

LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (360, 1440)]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HOSTILE = "<img src=x onerror=alert(1)>\u202egpj\u2066\"'"


def axe_source():
    package = importlib.util.find_spec("axe_core_python")
    return pathlib.Path(package.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def documents(base):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def get(path):
        with urllib.request.urlopen(base + path, context=context, timeout=30) as answer:
            return json.load(answer)

    return get


def paths(get):
    """Every kind of page, with ids that are on this chain."""
    tip = get("/v1/status")["height"]
    busy = [b for b in all_blocks(get, tip) if b["transactions"]]
    inside = get(f"/v1/blocks/{busy[0]['height']}/transactions")["transactions"][0]
    found = {
        "results": "/", "before": f"/?before={busy[0]['time']}", "candidates": "/candidates",
        "elections": "/elections", "election": "/elections/0", "explorer": "/explorer",
        "blocks": "/blocks", "block": f"/blocks/{busy[0]['height']}",
        "transaction": f"/transactions/{inside['id']}", "account": f"/accounts/{inside['sender']}",
        "representatives": "/representatives", "auditors": "/auditors",
        "parameters": "/parameters", "privacy": "/privacy",
        "search": "/search?q=" + urllib.request.quote(HOSTILE),
    }
    for candidate in get("/v1/candidates")["candidates"][:1]:
        found["candidate"] = f"/candidates/{candidate['node']}"
        for deposit in candidate["deposits"][:1]:
            found["deposit"] = f"/deposits/{deposit['id']}"
    return found


def all_blocks(get, tip):
    before = tip + 1
    while before > 1:
        answer = get(f"/v1/blocks?before={before}&limit=100")
        yield from answer["blocks"]
        before = answer.get("next", 0)


class Report:
    def __init__(self):
        self.count, self.failures = 0, []

    def check(self, holds, text):
        self.count += 1
        if not holds:
            self.failures.append(text)
            print("FAILED", text, flush=True)


def look(page, base, found, looks, axe, report, shots):
    for name, path in found.items():
        for scheme, width in looks:
            where = f"{base}: {name} {scheme} {width}"
            page.size(width)
            page.scheme(scheme)
            report.check(page.open(base + path) == 200, f"{where}: not answered with 200")
            page.wait(lambda: page.evaluate("!!document.querySelector('main')"))
            wide = page.evaluate("document.documentElement.scrollWidth")
            report.check(wide <= width, f"{where}: {wide} pixels wide")
            spilling = page.evaluate(
                "[...document.querySelectorAll('main .who, main .tally, main td, main p')].filter("
                "e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != 'inline')"
                ".map(e => e.textContent.slice(0, 60))")
            report.check(not spilling, f"{where}: text spills over: {spilling}")
            inline = page.evaluate(
                "document.querySelectorAll('[style], style, script:not([src])').length"
                " + [...document.querySelectorAll('*')].filter(e =>"
                " [...e.attributes].some(a => a.name.startsWith('on'))).length")
            report.check(inline == 0, f"{where}: {inline} inline scripts or styles")
            for text in page.complaints():
                report.check(False, f"{where}: {text}")
            if shots:
                page.screenshot(f"{shots}/{name}-{scheme}-{width}.png")
            # The tool may do what the page itself must not: it runs past the page's policy.
            page.call("Runtime.evaluate", expression=axe)
            result = page.evaluate(
                "axe.run(document, {runOnly: " + json.dumps(TAGS) + "}).then(r =>"
                " r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n =>"
                " n.html.slice(0, 120)).join(' | ')))")
            report.check(not result, f"{where}: {result}")


def keyboard(page, base, report):
    """Tab reaches every control in order, with a visible focus, and Enter follows the skip link."""
    page.size(1440)
    page.open(base + "/privacy")
    page.evaluate("document.body.focus()")
    total = page.evaluate(
        "document.querySelectorAll('a[href], button, input, [tabindex=\"0\"]').length")
    reached = set()
    for _ in range(total):
        page.press("Tab")
        reached.add(page.evaluate(
            "[...document.querySelectorAll('a[href], button, input, [tabindex=\"0\"]')]"
            ".indexOf(document.activeElement)"))
        report.check(
            page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none",
            "the focus cannot be seen")
    report.check(reached == set(range(total)), f"Tab reached {len(reached)} of {total} controls")
    page.open(base + "/privacy")
    page.press("Tab")
    page.press("Enter")
    report.check(
        page.evaluate("document.activeElement.id") == "content", "the skip link leads nowhere")


def without_scripts(page, base, found, report):
    page.scripts(False)
    for name, path in found.items():
        page.open(base + path)
        height = page.evaluate("document.querySelector('[data-height]')?.textContent")
        heading = page.evaluate("document.querySelector('h1')?.textContent")
        report.check(bool(height) and bool(heading), f"{name}: empty without scripts")
    page.open(base + "/")
    page.evaluate("document.querySelector('#q').value = '1'; "
                  "document.querySelector('.search').submit()")
    page.wait(lambda: page.evaluate("location.pathname") == "/blocks/1")
    page.scripts(True)


def live(page, base, report):
    page.size(1440)
    page.open(base + "/explorer")
    shown = "Number(document.querySelector('#pulse [data-height]').dataset.height)"
    page.wait(lambda: page.evaluate("document.getElementById('live')?.textContent")
              == "updates live")
    before = page.evaluate(shown)
    list_before = page.evaluate("document.querySelector('#live-blocks').textContent")
    page.wait(lambda: page.evaluate(shown) > before + 1)
    page.wait(lambda: page.evaluate("document.querySelector('#live-blocks').textContent")
              != list_before)
    report.check(not page.complaints(), f"live update: {page.complaints()}")


def hostile(page, base, report):
    """What a stranger writes is text: in the answer of a search, and what hides is shown."""
    page.open(base + "/search?q=" + urllib.request.quote(HOSTILE))
    text = page.evaluate("document.querySelector('.lead').textContent")
    report.check("<img src=x onerror=alert(1)>\\u{202e}gpj\\u{2066}\"'" in text, f"shown: {text}")
    report.check(page.evaluate("document.images.length") == 0, "markup of a stranger was read")


def main():
    base, gateway = (url.rstrip("/") for url in sys.argv[1:3])
    shots = sys.argv[3] if len(sys.argv) > 3 else None
    get = documents(base)
    found = paths(get)
    report = Report()
    began = time.monotonic()
    with chromium() as tab:
        page = tab()
        axe = axe_source()
        look(page, base, found, LOOKS, axe, report, shots)
        look(page, gateway, found, LOOKS[-1:], axe, report, None)
        keyboard(page, base, report)
        for server in (base, gateway):
            without_scripts(page, server, found, report)
            live(page, server, report)
            hostile(page, server, report)
    print(f"pages: {len(found)} kinds, {report.count - len(report.failures)} checks passed, "
          f"{len(report.failures)} failed, {time.monotonic() - began:.0f} s")
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
