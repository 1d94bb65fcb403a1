"""A headless Chromium for tests of pages, driven over a pipe with the standard library alone.

    with Chromium() as browser:
        browser.resize(390, 844, mobile=True)
        browser.navigate(Path("page.html"))
        assert browser.evaluate("document.images.length") > 0
        assert not browser.errors and not browser.requests
"""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

SKIPPED = 77  # the exit status of a test that cannot run here
TIMEOUT = 60  # seconds, of each answer


def find_chromium():
    """The program's path, None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Chromium:
    """One page in a browser of its own, gone with the object."""

    def __init__(self):
        self.errors = []  # what the console was told: errors, exceptions, refusals of the content policy
        self.requests = []  # addresses that the page asked the network for; files and data: are none
        self._profile = tempfile.TemporaryDirectory(prefix="cxr-chromium-", ignore_cleanup_errors=True)
        self._start()
        target = self._call("Target.createTarget", url="about:blank", session=None)["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True, session=None)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def navigate(self, path):
        """Opens a file, and waits until it and its images are loaded."""
        self._loaded = False
        self._call("Page.navigate", url=Path(path).resolve().as_uri())
        self._wait(lambda: self._loaded)

    def evaluate(self, script):
        """The value of a JavaScript expression; a promise's when it is kept."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key):
        """A key, pressed and let go: "ArrowRight", "a"."""
        text = {"text": key} if len(key) == 1 else {}
        self._call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key)

    def resize(self, width, height, mobile=False):
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def prefer_dark(self, dark=True):
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[feature])

    def screenshot(self, path, width, height, mobile=False):
        """What a window of that size shows, as a PNG."""
        self.resize(width, height, mobile)
        Path(path).write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def pdf(self, path):
        """The page as it prints."""
        answer = self._call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        Path(path).write_bytes(base64.b64decode(answer["data"]))

    def close(self):
        if self._process.poll() is None:
            self._send("Browser.close", {}, None)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        os.close(self._commands)
        os.close(self._answers)
        self._profile.cleanup()

    def _start(self):
        # Chromium reads commands from descriptor 3 and answers on 4.
        read_commands, self._commands = os.pipe()
        self._answers, write_answers = os.pipe()
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read_commands, write_answers)]  # out of the way of 3 and 4

        def place_pipes():
            os.dup2(theirs[0], 3)
            os.dup2(theirs[1], 4)

        command = [find_chromium(), "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu",
                   "--disable-dev-shm-usage", "--disable-extensions", f"--user-data-dir={self._profile.name}"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # as it demands of root
        self._process = subprocess.Popen(command, preexec_fn=place_pipes, pass_fds=(3, 4), stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in (read_commands, write_answers, *theirs):
            os.close(end)
        self._number = 0
        self._replies = {}
        self._rest = b""
        self._session = None
        self._loaded = False

    def _send(self, method, parameters, session):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._commands, data):]
        return self._number

    def _call(self, method, session="own", **parameters):
        number = self._send(method, parameters, self._session if session == "own" else session)
        self._wait(lambda: number in self._replies)
        reply = self._replies.pop(number)
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']['message']}")
        return reply["result"]

    def _wait(self, is_there):
        deadline = time.monotonic() + TIMEOUT
        while not is_there():
            if not select.select([self._answers], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise TimeoutError("Chromium does not answer")
            piece = os.read(self._answers, 1 << 20)
            if not piece:
                raise RuntimeError("Chromium ended")
            *messages, self._rest = (self._rest + piece).split(b"\0")
            for message in messages:
                self._take(json.loads(message))

    def _take(self, message):
        if "id" in message:
            self._replies[message["id"]] = message
            return
        method, parameters = message["method"], message["params"]
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Network.requestWillBeSent":
            address = parameters["request"]["url"]
            if not address.startswith(("file:", "data:", "about:")):
                self.requests.append(address)
        elif method == "Runtime.exceptionThrown":
            self.errors.append(parameters["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.errors.append(str([argument.get("value") for argument in parameters["args"]]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
