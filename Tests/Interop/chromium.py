"""A real Chromium over the DevTools protocol, with the standard library alone."""

import base64
import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request


class WebSocket:
    """The client's half of RFC 6455, as far as the DevTools protocol needs it."""

    def __init__(self, url):
        authority, path = url.removeprefix("ws://").split("/", 1)
        host, port = authority.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /{path} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(4096)
        self.buffer = self.buffer.split(b"\r\n\r\n", 1)[1]

    def take(self, count):
        while len(self.buffer) < count:
            part = self.socket.recv(1 << 20)
            if not part:
                raise ConnectionError("Chromium closed the connection")
            self.buffer += part
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def send(self, text):
        data = text.encode()
        mask = os.urandom(4)
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", 0x81, 0x80 | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", 0x81, 0xFE, size)
        else:
            head = struct.pack("!BBQ", 0x81, 0xFF, size)
        pad = (mask * (size // 4 + 1))[:size]
        body = (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
        self.socket.sendall(head + mask + body)

    def receive(self):
        whole = b""
        while True:
            first, second = self.take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", self.take(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self.take(8))[0]
            whole += self.take(size)
            if first & 0x80:
                return whole.decode()


class Page:
    """One tab."""

    def __init__(self, url):
        self.socket = WebSocket(url)
        self.count = 0
        self.events = []
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.count += 1
        wanted = self.count
        self.socket.send(json.dumps({"id": wanted, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.receive())
            if message.get("id") == wanted:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]
            self.events.append(message)

    def evaluate(self, expression):
        """The value of an expression in the page; promises are awaited."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            text = details.get("exception", {}).get("description", details["text"])
            raise RuntimeError(f"{expression[:80]}: {text}")
        return answer["result"].get("value")

    def open(self, url):
        """Goes there and waits until everything is loaded. Returns the document's status."""
        self.events = []
        loader = self.call("Page.navigate", url=url)
        if "errorText" in loader:
            raise RuntimeError(f"{url}: {loader['errorText']}")
        self.wait(lambda: any(e.get("method") == "Page.loadEventFired" for e in self.events))
        for event in self.events:
            if event.get("method") == "Network.responseReceived":
                if event["params"].get("type") == "Document":
                    return event["params"]["response"]["status"]
        return None

    def wait(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("what was waited for did not happen")
            time.sleep(0.05)
            self.evaluate("0")

    def complaints(self):
        """What the browser holds against the page: errors, exceptions, violations of policy."""
        found = []
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                found.append("exception: " + parameters["exceptionDetails"]["text"])
            elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
                found.append(f"console: {parameters['args']}")
            elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
                entry = parameters["entry"]
                found.append(f"log: {entry['text']} {entry.get('url', '')}")
            elif method == "Audits.issueAdded":
                issue = parameters["issue"]
                if "ContentSecurityPolicy" in issue["code"] or "TrustedTypes" in issue["code"]:
                    found.append(f"policy: {json.dumps(issue['details'])[:300]}")
        return found

    def size(self, width, height=900):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=False,
        )

    def scheme(self, name):
        self.call(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": "prefers-color-scheme", "value": name},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ],
        )

    def scripts(self, enabled):
        self.call("Emulation.setScriptExecutionDisabled", value=not enabled)

    def press(self, key, shift=False):
        code = {"Tab": 9, "Enter": 13}[key]
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key,
                windowsVirtualKeyCode=code, modifiers=8 if shift else 0,
                **({"text": "\r"} if key == "Enter" and kind == "keyDown" else {}),
            )

    def screenshot(self, path):
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))


@contextlib.contextmanager
def chromium():
    """A headless Chromium with a profile of its own; yields a function that opens a tab."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise SystemExit("there is no chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        with open(os.path.join(profile, "log"), "wb") as log:
            process = subprocess.Popen(
                [
                    program, "--headless=new", "--no-sandbox", "--disable-gpu",
                    "--disable-dev-shm-usage", "--disable-background-networking",
                    "--disable-component-update", "--no-first-run", "--hide-scrollbars",
                    # The certificates of a DEV network are by an authority made for it alone.
                    "--ignore-certificate-errors", "--lang=en-GB",
                    "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank",
                ],
                stdout=log, stderr=log,
            )
        try:
            port_file = os.path.join(profile, "DevToolsActivePort")
            end = time.monotonic() + 60
            while not os.path.exists(port_file) or not open(port_file).read().strip():
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit("Chromium does not start:\n" + open(log.name).read()[-2000:])
                time.sleep(0.1)
            port = open(port_file).read().split()[0]

            def tab():
                request = urllib.request.Request(
                    f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT"
                )
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return Page(json.load(answer)["webSocketDebuggerUrl"])

            yield tab
        finally:
            process.terminate()
            process.wait(timeout=30)
