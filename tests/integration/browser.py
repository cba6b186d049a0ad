"""A page in headless Chromium, driven by Playwright in a process of its own (browser.mjs)."""

import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from sandbox import PATIENCE, environment, eventually

HERE = Path(__file__).resolve().parent
WEB = HERE.parent.parent / "tools" / "web"


def found(*names):
    """The first program of these that is installed."""
    for name in names:
        if path := shutil.which(name):
            return path
    raise unittest.SkipTest(f"{names[0]} is not installed")


def web_modules():
    """A folder with the node_modules that the lock file of tools/web names."""
    npm = found("npm")
    found("node", "nodejs")
    if "HEADWAY_WEB_MODULES" not in os.environ:
        raise unittest.SkipTest("HEADWAY_WEB_MODULES names no folder")
    folder = Path(os.environ["HEADWAY_WEB_MODULES"])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (WEB / "package-lock.json").read_bytes()
    kept = folder / "package-lock.json"
    if (folder / "node_modules" / ".package-lock.json").exists() and kept.exists() and kept.read_bytes() == wanted:
        return folder
    for name in ("package.json", "package-lock.json"):
        shutil.copy(WEB / name, folder / name)
    done = subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder,
                          capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise unittest.SkipTest(f"the packages of tools/web cannot be had: {done.stderr.strip()[:200]}")
    return folder


class Browser:
    """One page; `browser.click("#x")` is Playwright's `page.click("#x")`."""

    def __init__(self, test):
        chromium = found("chromium")
        modules = web_modules()
        folder = test.root / "browser"
        folder.mkdir()
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [found("node", "nodejs"), HERE / "browser.mjs", modules, chromium, folder / "profile"],
                env=environment(HOME=folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        test.addCleanup(self.close)

    def order(self, target, call, *arguments):
        self.process.stdin.write(json.dumps({"on": target, "call": call, "with": arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the browser has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{call}{arguments}: {answer['error']}")
        return answer["value"]

    def __getattr__(self, call):
        return lambda *arguments: self.order("page", call, *arguments)

    def press(self, key):
        self.order("keyboard", "press", key)

    def type(self, text):
        self.order("keyboard", "type", text)

    def texts(self, selector):
        """What is to be read in every element that matches, in the order of the screen."""
        return self.evaluate(f"""() => [...document.querySelectorAll({json.dumps(selector)})]
            .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
            .map((element) => element.innerText.replace(/\\s+/g, " ").trim())""")

    def text(self, selector):
        return (self.texts(selector) or [""])[0]

    def await_text(self, selector, wanted, patience=PATIENCE):
        """Waits until one of the elements reads `wanted`."""
        eventually(lambda: wanted in self.texts(selector), f"{selector} reads {wanted!r}", patience)

    def troubles(self):
        return self.order("watch", "troubles")

    def hosts(self):
        return self.order("watch", "hosts")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.process.stdout.close()
