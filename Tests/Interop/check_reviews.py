#!/usr/bin/env python3
"""The reviewers' page in a real Chromium.

usage: check_reviews.py ACCREDIT NETWORK-FOLDER WORK-FOLDER [FOLDER-FOR-SCREENSHOTS]

Three applications are left to people. One is approved by two reviewers in two tabs, one of them with
an encrypted key, and the other with the keyboard alone; one is denied; one stays open. Each view in
light and dark, at 360 and 1440 pixels: no complaint of the browser, nothing inline, no sideways
scrolling, the rules of axe-core. Afterwards the signatures that the browser made are verified by
another implementation, in the credential that came of them. Exits 1 when anything fails.
"""

import base64
import itertools
import json
import os
import pathlib
import ssl
import subprocess
import sys
import time
import urllib.request

from check_pages import LOOKS, TAGS, Report, axe_source
from chromium import chromium
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

PASSPHRASE = "correct horse"


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Auditor:
    def __init__(self, net):
        self.url = json.load(open(net / "auditors/a3/auditor.json", encoding="utf-8"))["issuer"]
        self.context = ssl.create_default_context(cafile=net / "authority/authority.pem")

    def get(self, path):
        with urllib.request.urlopen(self.url + path, context=self.context, timeout=30) as answer:
            return json.load(answer)

    def headers(self, path):
        with urllib.request.urlopen(self.url + path, context=self.context, timeout=30) as answer:
            return answer.headers


def choose_file(page, selector, path):
    """Chooses a file as a person would in the browser's own dialogue."""
    root = page.call("DOM.getDocument")["root"]["nodeId"]
    node = page.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
    page.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])


def lucky_guess(path):
    """A wrong passphrase that leaves padding as it should be, as one in 256 does."""
    for attempt in itertools.count():
        guess = f"wrong {attempt}"
        answer = subprocess.run(
            ["openssl", "pkcs8", "-in", path, "-passin", f"pass:{guess}"],
            capture_output=True, text=True)
        if "bad decrypt" not in answer.stderr:
            return guess


def status(page):
    return page.evaluate("document.getElementById('status').textContent")


def visible(page, name):
    return page.evaluate(f"!document.getElementById('{name}').hidden")


def log_in(page, base, key, passphrase=None):
    page.open(base + "/reviews")
    choose_file(page, "#key", key)
    if passphrase is not None:
        page.wait(lambda: visible(page, "passphrase-row"))
        page.evaluate(f"document.getElementById('passphrase').value = {json.dumps(passphrase)}")
    page.evaluate("document.querySelector('#login-form button').click()")
    page.wait(lambda: visible(page, "queue") or "bad" in page.evaluate(
        "document.getElementById('status').className"))


def open_case(page, operator):
    page.evaluate(
        f"document.querySelector('button[aria-label=\"Open the case of {operator}\"]').click()")
    page.wait(lambda: visible(page, "case"))
    page.wait(lambda: operator in page.evaluate(
        "document.getElementById('case-title').textContent"))


def decide(page, kind, reason):
    page.evaluate(
        f"document.querySelector('input[name=kind][value={kind}]').click();"
        f"document.getElementById('reason').value = {json.dumps(reason)};"
        "document.getElementById('prepare').click()")
    page.wait(lambda: visible(page, "signing"))
    payload = page.evaluate("document.getElementById('payload').textContent")
    page.evaluate("document.getElementById('sign').click()")
    page.wait(lambda: status(page).startswith("Handed in") or "bad" in page.evaluate(
        "document.getElementById('status').className"))
    return payload


def with_keys(page, reason):
    """The same decision with the keyboard alone: Tab, Space and letters."""
    def here():
        return page.evaluate(
            "document.activeElement.id || document.activeElement.value || ''")

    def tab_to(wanted):
        for _ in range(60):
            if here() == wanted:
                return True
            page.press("Tab")
        return False

    reached = tab_to("approve")
    page.call("Input.dispatchKeyEvent", type="keyDown", key=" ", code="Space", text=" ",
              windowsVirtualKeyCode=32)
    page.call("Input.dispatchKeyEvent", type="keyUp", key=" ", code="Space",
              windowsVirtualKeyCode=32)
    reached = reached and tab_to("reason")
    page.call("Input.insertText", text=reason)
    reached = reached and tab_to("prepare")
    page.press("Enter")
    page.wait(lambda: visible(page, "signing"))
    reached = reached and tab_to("sign")
    page.press("Enter")
    page.wait(lambda: status(page).startswith("Handed in"))
    return reached


def look(page, name, axe, report, shots):
    for scheme, width in LOOKS:
        where = f"{name} {scheme} {width}"
        page.size(width)
        page.scheme(scheme)
        wide = page.evaluate("document.documentElement.scrollWidth")
        report.check(wide <= width, f"{where}: {wide} pixels wide")
        inline = page.evaluate(
            "document.querySelectorAll('[style], style, script:not([src])').length"
            " + [...document.querySelectorAll('*')].filter(e =>"
            " [...e.attributes].some(a => a.name.startsWith('on'))).length")
        report.check(inline == 0, f"{where}: {inline} inline scripts or styles")
        for text in page.complaints():
            report.check(False, f"{where}: {text}")
        page.events = []
        if shots:
            page.screenshot(f"{shots}/reviews-{name}-{scheme}-{width}.png")
        page.call("Runtime.evaluate", expression=axe)
        result = page.evaluate(
            "axe.run(document, {runOnly: " + json.dumps(TAGS) + "}).then(r =>"
            " r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n =>"
            " n.html.slice(0, 120)).join(' | ')))")
        report.check(not result, f"{where}: {result}")
        page.events = []
    page.size(1440)


def verifies(compact, reviewer):
    """Whether a reviewer's key, as its own file names it, made the signature."""
    head, body, signature = compact.split(".")
    jwk = reviewer["jwk"]
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(unbase64(jwk["x"]), "big"), int.from_bytes(unbase64(jwk["y"]), "big"),
        ec.SECP256R1())
    raw = unbase64(signature)
    der = encode_dss_signature(
        int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    numbers.public_key().verify(der, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    header = json.loads(unbase64(head))
    return header["typ"] == "review+jwt" and header["kid"] == reviewer["did"]


def credential_of(auditor, application):
    for _ in range(100):
        answer = auditor.get(f"/v1/applications/{application}")
        if "credential" in answer:
            return answer["outcome"], json.loads(unbase64(answer["credential"].split(".")[1]))
        time.sleep(0.1)
    return answer["outcome"], None


def protection(auditor, report):
    headers = auditor.headers("/reviews")
    policy = headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "connect-src 'self'",
                 "require-trusted-types-for 'script'"):
        report.check(part in policy, f"the policy lacks {part}")
    report.check("unsafe" not in policy, "the policy allows something unsafe")


def stays_here(page, key, report):
    """Nothing that was sent holds the key: neither its text nor its secret number."""
    secret = "".join(
        line for line in key.read_text(encoding="utf-8").splitlines() if "--" not in line)
    sent = [
        event["params"]["request"] for event in page.sent
        if event.get("method") == "Network.requestWillBeSent"]
    scalar = base64.b64decode(secret)[36:68]
    for request in sent:
        body = request.get("postData", "")
        report.check(
            secret[:40] not in body and scalar.hex() not in body
            and base64.b64encode(scalar).decode()[:30] not in body,
            f"the key was sent to {request['url']}")
    report.check(any("/decisions" in request["url"] for request in sent), "no decision was seen")


def main():
    accredit, net, work = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    shots = sys.argv[4] if len(sys.argv) > 4 else None
    work.mkdir(parents=True, exist_ok=True)
    here = pathlib.Path(__file__).parent
    cases = {
        node: subprocess.run(
            [here / "refer", accredit, net, node, work], check=True, capture_output=True,
            text=True, env={**os.environ}).stdout.strip().splitlines()[-1]
        for node in ("ash", "birch", "cedar")}
    auditor = Auditor(net)
    report = Report()
    began = time.monotonic()
    rita, sven = (net / f"keys/reviewer-{name}.pem" for name in ("rita", "sven"))
    locked = work / "sven.pem"
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-scrypt", "-in", sven, "-out", locked, "-passout",
         f"pass:{PASSPHRASE}"], check=True)
    quick = work / "quick.pem"
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "1", "-in", sven, "-out",
         quick, "-passout", f"pass:{PASSPHRASE}"], check=True)
    protection(auditor, report)
    with chromium() as tab:
        axe = axe_source()
        page = tab()
        page.size(1440)
        page.open(auditor.url + "/reviews")
        look(page, "login", axe, report, shots)

        log_in(page, auditor.url, net / "keys/voter-01.pem")
        report.check("is no reviewer" in status(page), f"a stranger is told: {status(page)}")
        page.events = []
        for key, guess in ((locked, "wrong"), (quick, lucky_guess(quick))):
            log_in(page, auditor.url, key, guess)
            report.check("does not open the key" in status(page), f"{guess}: {status(page)}")

        log_in(page, auditor.url, rita)
        report.check(visible(page, "queue"), f"Rita is not logged in: {status(page)}")
        look(page, "queue", axe, report, shots)
        open_case(page, "Harbour Pilots of ash")
        report.check("in order" in status(page), f"the case: {status(page)}")
        text = page.evaluate("document.getElementById('case-content').textContent")
        report.check("a\\u{202e}b\\u{1b}[2J<img src=x>" in text, "hostile text is not spelled out")
        report.check(page.evaluate("document.images.length") == 0, "markup of a stranger was read")
        look(page, "case", axe, report, shots)
        page.evaluate("document.getElementById('claim').click()")
        page.wait(lambda: "see that you look" in status(page))
        page.sent = []
        payload = decide(page, "approve", "the lease is in order")
        page.sent += page.events
        report.check(status(page).startswith("Handed in. The case is open"), status(page))
        stays_here(page, rita, report)
        look(page, "decided", axe, report, shots)

        page.evaluate("document.getElementById('back').click()")
        page.wait(lambda: visible(page, "queue"))
        open_case(page, "Harbour Pilots of birch")
        decide(page, "deny", "nobody answers there")
        report.check("gets a refusal" in status(page), status(page))

        other = tab()
        other.size(1440)
        log_in(other, auditor.url, locked, PASSPHRASE)
        report.check(visible(other, "queue"), f"Sven is not logged in: {status(other)}")
        open_case(other, "Harbour Pilots of ash")
        report.check(
            with_keys(other, "seen it too"), "the keyboard does not reach every control")
        report.check("gets a consent" in status(other), status(other))
        for text in other.complaints():
            report.check(False, f"keyboard: {text}")
        other.evaluate("document.getElementById('back').click()")
        other.wait(lambda: visible(other, "queue"))
        other.evaluate("document.getElementById('leave').click()")
        other.wait(lambda: visible(other, "login"))

    outcome, claims = credential_of(auditor, cases["ash"])
    evaluation = claims["evidence"][0]
    report.check(outcome == "consent" and evaluation["mode"] == "human", "ash has no consent")
    reviewers = [
        json.load(open(net / f"keys/reviewer-{name}.public.json", encoding="utf-8"))
        for name in ("rita", "sven")]
    for compact, reviewer in zip(evaluation["decisions"], reviewers, strict=True):
        report.check(verifies(compact, reviewer), f"{reviewer['did']} did not sign")
        report.check(
            json.loads(unbase64(compact.split(".")[1]))["application"] == cases["ash"],
            "a decision is about something else")
    first = unbase64(evaluation["decisions"][0].split(".")[1]).decode()
    report.check(first == payload, "what was shown is not what was signed")
    outcome, claims = credential_of(auditor, cases["birch"])
    report.check(
        outcome == "refusal" and claims["credentialSubject"]["reason"] == "ReviewDenied",
        "birch is not refused")
    report.check(
        auditor.get(f"/v1/applications/{cases['cedar']}")["outcome"] == "referred",
        "cedar's case did not stay open")
    print(f"reviews: {report.count - len(report.failures)} checks passed, "
          f"{len(report.failures)} failed, {time.monotonic() - began:.0f} s")
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
