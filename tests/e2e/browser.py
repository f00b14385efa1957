# SPDX-License-Identifier: MIT
"""A headless Chromium, spoken to over its debugging pipe."""
import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import struct
import subprocess
import tempfile
import time
import zlib

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find():
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page. Messages are JSON texts with a zero byte behind each."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="gilbench-browser-")
        to_read, to = os.pipe()
        back, back_write = os.pipe()
        self.to, self.back = to, back
        self.process = subprocess.Popen(
            [program, "--headless=new", "--disable-gpu", "--no-first-run",
             "--disable-dev-shm-usage", "--disable-extensions",
             "--disable-background-networking", "--remote-debugging-pipe",
             f"--user-data-dir={self.folder}", "about:blank"]
            + (["--no-sandbox"] if os.getuid() == 0 else []),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=lambda: self._become(to_read, back_write))
        os.close(to_read)
        os.close(back_write)
        self.numbers = itertools.count(1)
        self.data = b""
        self.events = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Accessibility"):
            self.call(f"{domain}.enable")

    @staticmethod
    def _become(read, write):
        """What the browser reads from is 3, what it writes to is 4."""
        read, write = os.dup(read), os.dup(write)
        os.dup2(read, 3)
        os.dup2(write, 4)

    def _receive(self, deadline):
        while b"\0" not in self.data:
            ready = select.select([self.back], [], [],
                                  max(0, deadline - time.monotonic()))[0]
            assert ready, "the browser does not answer"
            more = os.read(self.back, 1 << 20)
            assert more, "the browser has gone"
            self.data += more
        message, self.data = self.data.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + 60
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def open(self, path):
        self.events.clear()
        self.call("Page.navigate", url="file://" + path)
        deadline = time.monotonic() + 60
        while not any(e.get("method") == "Page.loadEventFired"
                      for e in self.events):
            self.events.append(self._receive(deadline))

    def run(self, script):
        done = self.call("Runtime.evaluate", expression=script,
                         returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def width(self, width, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=width < 600)

    def theme(self, theme):
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": theme}])

    def picture(self, x, y, width, height, scale=0.25):
        """The PNG of a place of the page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": x, "y": y, "width": width,
                               "height": height, "scale": scale})
        return base64.b64decode(shot["data"])

    def complaints(self):
        """What the page's console says is wrong."""
        found = []
        for event in self.events:
            method, params = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                found.append(params["exceptionDetails"]["text"])
            if method == "Log.entryAdded" and params["entry"]["level"] in (
                    "error", "warning"):
                found.append(params["entry"]["text"])
            if method == "Runtime.consoleAPICalled":
                found.append(f"console.{params['type']}")
        return found

    def requests(self):
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def browser(program):
    one = Browser(program)
    try:
        yield one
    finally:
        one.close()


def _unfilter(kind, line, above, step):
    line = bytearray(line)
    for i, value in enumerate(line):
        left = line[i - step] if i >= step else 0
        up = above[i]
        corner = above[i - step] if i >= step else 0
        if kind == 1:
            value += left
        elif kind == 2:
            value += up
        elif kind == 3:
            value += (left + up) // 2
        elif kind == 4:
            guess = left + up - corner
            value += min((left, up, corner), key=lambda p: abs(guess - p))
        line[i] = value & 255
    return bytes(line)


def colours(png):
    """How often each colour is in a PNG of 8 bits a channel."""
    at, data, counts = 8, b"", {}
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, mode = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and mode in (2, 6), (depth, mode)
            step = 3 if mode == 2 else 4
        if kind == b"IDAT":
            data += body
        at += size + 12
    data = zlib.decompress(data)
    above = bytes(width * step)
    for row in range(height):
        begin = row * (width * step + 1)
        above = _unfilter(data[begin], data[begin + 1:begin + 1 + width * step],
                          above, step)
        for i in range(0, len(above), step):
            colour = above[i:i + 3]
            counts[colour] = counts.get(colour, 0) + 1
    return counts
