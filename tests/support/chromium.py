"""A headless Chromium for tests of pages, driven over its debugging pipe; Python's standard library alone.

    with Chromium() as browser:
        browser.navigate("page.html")
        browser.press("5")
        assert browser.evaluate("document.title") == "…" and not browser.errors and not browser.requests
"""

import base64
import contextlib
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import tempfile
import time

SKIPPED = 77  # a test's exit status where there is no browser (ctest's SKIP_RETURN_CODE)

# What Input.dispatchKeyEvent needs besides the key's name: (code, Windows' number, text that it types).
KEYS = {"Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""), "Tab": ("Tab", 9, ""), " ": ("Space", 32, " "),
        "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowUp": ("ArrowUp", 38, ""), "ArrowRight": ("ArrowRight", 39, ""),
        "ArrowDown": ("ArrowDown", 40, ""), "+": ("Equal", 187, "+"), "-": ("Minus", 189, "-")}


def find_chromium():
    """The program's path, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


class Chromium:
    """One browser with one page. `errors`: what the console and uncaught exceptions said; `requests`: URLs other than the pages
    opened by navigate() and data: and blob: ones."""

    def __init__(self, timeout=30):
        self.timeout = timeout  # seconds that anything may take
        self.errors, self.requests = [], []
        self._opened, self._loaded, self._number, self._buffer = set(), False, 0, b""
        self._session = None
        self._profile = tempfile.mkdtemp(prefix="cxr-chromium-")
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        commands, self._commands = self._pipe()
        self._answers, answers = self._pipe()
        program = find_chromium()
        arguments = [program, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self._profile}",
                     "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--hide-scrollbars", "about:blank"]
        if os.geteuid() == 0:
            arguments.insert(1, "--no-sandbox")  # as it demands of root
        silent = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        # Chromium reads commands from descriptor 3 and answers on 4; a group of its own, so that all its processes can be ended.
        self._process = os.posix_spawn(program, arguments, os.environ, setpgroup=0, file_actions=[
            (os.POSIX_SPAWN_DUP2, silent, 1), (os.POSIX_SPAWN_DUP2, silent, 2),  # first: it may be 3 or 4 itself
            (os.POSIX_SPAWN_DUP2, commands, 3), (os.POSIX_SPAWN_DUP2, answers, 4)])
        for descriptor in (commands, answers, silent):
            os.close(descriptor)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._commands)
        os.close(self._answers)
        shutil.rmtree(self._profile, ignore_errors=True)

    @staticmethod
    def _pipe():
        """Both ends of a pipe, numbered from 10: out of the way of 3 and 4."""
        ends = []
        for end in os.pipe():
            ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10))
            os.close(end)
        return ends

    # The protocol: JSON messages that end with a zero byte.

    def call(self, method, **parameters):
        """The result of a command of the DevTools protocol."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session and not method.startswith(("Browser.", "Target.")):
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._commands, data):]
        number, deadline = self._number, time.monotonic() + self.timeout
        while True:
            answer = self._read(deadline, method)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def _read(self, deadline, what):
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError(f"{what}: no answer from Chromium in {self.timeout} s")
            piece = os.read(self._answers, 1 << 20)
            if not piece:
                raise RuntimeError(f"{what}: Chromium has ended")
            self._buffer += piece
        line, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(line)
        self._notice(message.get("method"), message.get("params", {}))
        return message

    def _notice(self, event, parameters):
        if event == "Page.loadEventFired":
            self._loaded = True
        elif event == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif event == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(argument.get("value", "")) for argument in parameters["args"]))
        elif event == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        elif event == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith(("data:", "blob:")) and url not in self._opened:
                self.requests.append(url)

    # What a user does.

    def navigate(self, path):
        """Opens a file and waits until it has loaded."""
        url = pathlib.Path(path).resolve().as_uri()
        self._opened.add(url)
        self._load(lambda: self.call("Page.navigate", url=url))

    def reload(self):
        self._load(lambda: self.call("Page.reload"))

    def _load(self, command):
        self._loaded = False
        command()
        deadline = time.monotonic() + self.timeout
        while not self._loaded:
            self._read(deadline, "loading a page")

    def evaluate(self, script):
        """The value of a JavaScript expression, of a promise what it resolves to."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def wait_for(self, script):
        """Until a JavaScript expression is true."""
        deadline = time.monotonic() + self.timeout
        while not self.evaluate(script):
            if time.monotonic() > deadline:
                raise TimeoutError(f"never true: {script}")
            time.sleep(0.02)

    def press(self, key, shift=False):
        """A key by the name that KeyboardEvent.key has: "5", "f", "ArrowLeft"."""
        upper = key.upper()
        code, number, text = KEYS.get(key) or (("Digit" if key.isdigit() else "Key") + upper, ord(upper), key)
        event = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text):
        for character in text:
            self.press(character)

    def click(self, selector):
        x, y = self.middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def drag(self, selector, right, down, button="left"):
        """From the middle of an element by so many pixels."""
        x, y = self.middle(selector)
        held = {"left": 1, "right": 2}[button]
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button=button, buttons=held, clickCount=1)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + right, y=y + down, button=button, buttons=held)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=x + right, y=y + down, button=button, clickCount=1)

    def wheel(self, selector, down):
        x, y = self.middle(selector)
        self.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=down)

    def middle(self, selector):
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        return self.evaluate(f"(box => [box.x + box.width / 2, box.y + box.height / 2])({box})")

    # What is kept of it.

    def resize(self, width, height, mobile=False):
        """The window's size in CSS pixels; a phone has two device pixels to each."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if mobile else 1,
                  mobile=mobile)
        self.call("Emulation.setTouchEmulationEnabled", enabled=mobile)

    def prefer_dark(self, dark=True):
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def screenshot(self, file, width, height, mobile=False):
        self.resize(width, height, mobile)
        # Two frames, so that the page has drawn at this size.
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")
        pathlib.Path(file).write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def pdf(self, file):
        answer = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        pathlib.Path(file).write_bytes(base64.b64decode(answer["data"]))

    def downloads_to(self, folder):
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def download(self, folder, pattern):
        """The file of that pattern in the folder, once it is whole."""
        deadline = time.monotonic() + self.timeout
        while time.monotonic() < deadline:
            files = list(pathlib.Path(folder).glob(pattern))
            if files and not list(pathlib.Path(folder).glob("*.crdownload")):
                return files[0]
            time.sleep(0.05)
        raise TimeoutError(f"{folder}: no {pattern} was downloaded")
