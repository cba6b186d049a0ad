#!/usr/bin/env python3
"""The page for browsers, in a real one, on a real node with real repositories."""

import os
import shutil
import socket
import subprocess
import unittest
from pathlib import Path

from browser import WEB, Browser, found, web_modules
from node import Client, Node, Running, own_address
from sandbox import SandboxTest, commit, commit_to, eventually, git, program

ROW = ".body .row"
OUTER_ELEMENTS_THAT_STICK_OUT = """() => [...document.querySelectorAll("body *")]
    .filter((element) => {
      const box = element.getBoundingClientRect();
      // What is inside of something that scrolls may be wider than that.
      return box.width > 0 && box.right > innerWidth + 1 && !element.closest(".table");
    })
    .map((element) => `${element.tagName}.${element.className}`)"""

# Text on what is behind it, by WCAG 2: 4.5 for text of this size.
POOR_CONTRAST = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest(":disabled, .unseen, noscript"))
      continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.tagName}.${element.className} ${walker.currentNode.data} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""

NAMELESS = """() => [...document.querySelectorAll("button, input, [role=grid], aside, dialog")]
    .filter((element) => !(element.innerText?.trim() || element.ariaLabel || element.getAttribute("aria-label")
        || element.labels?.length || element.getAttribute("aria-labelledby")))
    .map((element) => element.outerHTML)"""


class PageTest(SandboxTest):
    def setUp(self):
        super().setUp()
        found("chromium")
        web_modules()
        self.origin = self.repository(commits=6)
        self.clones = {name: self.clone(self.origin, name) for name in ("ahead", "behind", "diverged", "level")}
        commit(self.clones["ahead"], 2)
        git(self.clones["behind"], "reset", "--quiet", "--hard", "HEAD~3")
        git(self.clones["diverged"], "reset", "--quiet", "--hard", "HEAD~1")
        commit(self.clones["diverged"])
        git(self.clones["level"], "branch", "--quiet", "--track", "old", "origin/main")
        git(self.clones["level"], "branch", "--quiet", "--force", "old", "HEAD~2")
        self.node = Node(self, self.state, "fetch.background=off")
        for clone in self.clones.values():
            self.node.add(clone)

    def page(self, width=1280, height=800):
        browser = Browser(self)
        browser.setViewportSize({"width": width, "height": height})
        browser.goto(self.node.address + "/")
        eventually(lambda: len(self.rows(browser)) == len(self.clones), "all rows")
        browser.await_text(".node-state", "live")
        return browser

    @staticmethod
    def rows(browser):
        """Name to (branch, ahead, behind, state), from top to bottom."""
        cells = zip(*[browser.texts(f"{ROW} .{column}") for column in ("id", "branch", "ahead", "behind", "state")])
        return {name: rest for name, *rest in cells}

    def assert_row_as_git_says(self, browser, name):
        clone = self.clones[name]

        def agrees():
            branch, ahead, behind, _ = self.rows(browser)[name]
            counts = git(clone, "rev-list", "--left-right", "--count", "HEAD...@{upstream}").split()
            return [ahead, behind] == counts and branch == git(clone, "branch", "--show-current")
        eventually(agrees, f"the row of {name} says what git says")

    def keep(self, browser, name):
        """A picture for people, where somebody wants to have it."""
        if folder := os.environ.get("HEADWAY_SCREENSHOTS"):
            browser.screenshot({"path": str(Path(folder, f"{name}.png"))})

    def assert_clean(self, browser):
        self.assertEqual(browser.troubles(), [])
        self.assertEqual(browser.hosts(), [self.node.address.removeprefix("http://")])


class Table(PageTest):
    def test_it_shows_what_git_says_with_what_needs_attention_first(self):
        browser = self.page()
        for name in self.clones:
            self.assert_row_as_git_says(browser, name)
        self.assertEqual(list(self.rows(browser)), ["diverged", "behind", "ahead", "level"])
        self.assertEqual([row[3] for row in self.rows(browser).values()],
                         ["⇅ diverged", "↓ behind", "↑ ahead", "✓ in sync"])
        self.assertIn("also 1 behind", browser.texts(f"{ROW} .details"))
        self.assertEqual(browser.text(".total"), "4 projects")
        self.assertIn("needs attention 4", browser.texts(".group"))
        self.assert_clean(browser)

    def test_a_commit_shows_without_a_reload(self):
        browser = self.page()
        commit(self.clones["ahead"])
        self.node.status("ahead")
        self.assert_row_as_git_says(browser, "ahead")
        self.assertEqual(self.rows(browser)["ahead"][1], "3")

    def test_a_fetched_change_shows_without_a_reload(self):
        browser = self.page()
        commit_to(self.origin, "main", 5)
        self.node.fetch("level")
        self.assert_row_as_git_says(browser, "level")
        self.assertEqual(self.rows(browser)["level"][2], "5")
        self.assertEqual(self.rows(browser)["level"][3], "↓ behind")

    def test_projects_that_come_and_go_elsewhere_come_and_go_here(self):
        browser = self.page()
        self.clones["new"] = self.clone(self.origin, "new")
        self.node.add(self.clones["new"])
        browser.await_text(f"{ROW} .id", "new")
        self.node.request("DELETE", "/projects/new")
        eventually(lambda: "new" not in self.rows(browser), "the row has gone")

    def test_a_restarted_node_is_followed_again(self):
        browser = self.page()
        port = self.node.port
        self.node.stop()
        browser.await_text(".node-state", "not connected")
        self.node = Node(self, self.state, "fetch.background=off", f"http.port={port}")
        browser.await_text(".node-state", "live")
        commit(self.clones["ahead"])
        self.node.status("ahead")
        self.assert_row_as_git_says(browser, "ahead")

    def test_a_fetch_that_ends_while_nobody_listens_is_not_shown_for_ever(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        port = silent.getsockname()[1]
        git(self.clones["level"], "remote", "set-url", "origin", f"http://127.0.0.1:{port}/level")
        browser = self.page()
        self.node.status("level")
        self.assertEqual(self.node.request("POST", "/projects/level/fetch").status, 202)
        browser.await_text(f"{ROW} .fetched", "fetching")
        port = self.node.port
        self.node.kill()
        browser.await_text(".node-state", "not connected")
        self.node = Node(self, self.state, "fetch.background=off", f"http.port={port}")
        browser.await_text(".node-state", "live")
        eventually(lambda: "fetching" not in browser.texts(f"{ROW} .fetched"), "the fetch is not shown any more")

    def test_it_filters_by_text_and_by_state(self):
        browser = self.page()
        browser.fill(".filter", "LEV")
        eventually(lambda: list(self.rows(browser)) == ["level"], "one row")
        browser.fill(".filter", "main work behind")
        eventually(lambda: list(self.rows(browser)) == ["behind"], "every word counts")
        browser.fill(".filter", "no such project")
        browser.await_text(".nothing", "No project matches. Esc shows all again.")
        browser.fill(".filter", "")
        browser.click(".group.diverged")
        eventually(lambda: list(self.rows(browser)) == ["diverged"], "one group")
        browser.click(".group.diverged")
        eventually(lambda: len(self.rows(browser)) == 4, "all again")

    def test_it_sorts_by_each_column_and_back(self):
        browser = self.page()
        browser.click(".head .id button")
        eventually(lambda: list(self.rows(browser)) == ["ahead", "behind", "diverged", "level"], "by name")
        self.assertEqual(browser.getAttribute(".head .id", "aria-sort"), "ascending")
        browser.click(".head .id button")
        eventually(lambda: list(self.rows(browser)) == ["level", "diverged", "behind", "ahead"], "the other way")
        browser.click(".head .id button")
        eventually(lambda: list(self.rows(browser))[0] == "diverged", "by attention again")
        browser.click(".head .behind button")
        eventually(lambda: list(self.rows(browser))[:2] == ["behind", "diverged"], "most behind first")


class Keyboard(PageTest):
    def test_everything_can_be_reached_by_keys(self):
        browser = self.page()
        browser.press("/")
        browser.type("main")
        browser.press("ArrowDown")
        browser.press("ArrowDown")
        eventually(lambda: browser.texts(f"{ROW}[aria-selected=true] .id") == ["behind"], "the second row")
        browser.press("ArrowUp")
        eventually(lambda: browser.texts(f"{ROW}[aria-selected=true] .id") == ["diverged"], "the first row")
        browser.press("Enter")
        browser.await_text(".drawer h2", "diverged")
        browser.press("ArrowDown")
        browser.await_text(".drawer h2", "behind")
        browser.press("Escape")
        eventually(lambda: not browser.texts(".drawer"), "the drawer has gone")
        self.assertEqual(browser.inputValue(".filter"), "main")
        browser.press("Escape")
        eventually(lambda: browser.inputValue(".filter") == "", "the filter is empty")
        self.assert_clean(browser)

    def test_f_fetches_the_row_that_is_selected(self):
        browser = self.page()
        commit_to(self.origin, "main", 4)
        browser.press("ArrowDown")
        browser.press("ArrowDown")
        browser.press("f")
        eventually(lambda: self.rows(browser)["behind"][2] == "7", "fetched")
        self.assert_row_as_git_says(browser, "behind")


class Drawer(PageTest):
    def opened(self, name, **size):
        browser = self.page(**size)
        browser.click(f"{ROW} .id >> text=/^{name}$/")
        browser.await_text(".drawer h2", name)
        browser.waitForSelector(".drawer table")
        return browser

    def test_it_shows_every_branch_as_git_says(self):
        browser = self.opened("level")
        lines = browser.texts(".drawer tbody tr")
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r"^main checked out origin/main 0 0 ✓ in sync$")
        self.assertRegex(lines[1], r"^old origin/main 0 2 ↓ behind$")
        self.assertIn(str(self.origin), browser.text(".remotes li"))
        self.assert_clean(browser)

    def test_its_button_fetches_and_shows_where_the_time_went(self):
        browser = self.opened("level")
        commit_to(self.origin, "main", 2)
        browser.click(".drawer .actions .main")
        eventually(lambda: self.rows(browser)["level"][2] == "2", "fetched")
        browser.waitForSelector(".fetches .bar .transfer")
        self.assertRegex(browser.getAttribute(".fetches .bar", "aria-label"),
                         r"waiting \d.*asking the remote \d.*transfer \d")
        eventually(lambda: "0 2 ↓ behind" in browser.texts(".drawer tbody tr")[0], "the drawer follows")
        self.assert_clean(browser)

    def test_fetches_of_before_are_there_when_it_is_opened(self):
        commit_to(self.origin, "main", 2)
        self.node.fetch("level")
        eventually(lambda: self.node.document("/projects/level/fetches")["fetches"], "the history")
        browser = self.opened("level")
        browser.waitForSelector(".fetches .bar .transfer")
        self.assertIn("updated", browser.text(".fetches .outcome"))
        self.assert_clean(browser)

    def test_a_fetch_that_fails_says_why(self):
        shutil.rmtree(self.origin)
        browser = self.opened("level")
        browser.click(".drawer .actions .main")
        eventually(lambda: "level: " in browser.text(".notice"), "a notice")
        eventually(lambda: browser.texts(".remotes p.bad"), "the remote's error")

    def test_a_project_is_suspended_and_resumed(self):
        browser = self.opened("level")
        browser.click(".drawer .actions button >> text=Suspend")
        browser.waitForSelector(".drawer .actions button >> text=Resume")
        eventually(lambda: "suspended" in browser.text(".verdict"), "the drawer says so")
        self.assertTrue(browser.isDisabled(".drawer .actions .main"))
        eventually(lambda: "suspended" in browser.texts(f"{ROW} .due"), "the row says so")
        self.keep(browser, "suspended")
        self.assertEqual(self.node.document("/projects/level/sync-status")["state"], "suspended")
        self.node.stop()
        self.node = Node(self, self.state, "fetch.background=off", f"http.port={self.node.port}")
        browser.await_text(".node-state", "live")
        self.assertEqual(self.node.document("/projects/level/sync-status")["state"], "suspended")
        browser.click(".drawer .actions button >> text=Resume")
        browser.waitForSelector(".drawer .actions button >> text=Suspend")
        eventually(lambda: "suspended" not in browser.text(".verdict"), "it goes on")
        commit_to(self.origin, "main", 2)
        browser.click(".drawer .actions .main")
        eventually(lambda: self.rows(browser)["level"][2] == "2", "fetched")

    def test_remove_asks_first_and_leaves_the_clone(self):
        browser = self.opened("level")
        browser.click("text=Remove…")
        browser.click("dialog >> text=Cancel")
        eventually(lambda: not browser.texts("dialog"), "nothing was asked for")
        browser.click("text=Remove…")
        browser.click("dialog .main")
        eventually(lambda: "level" not in self.rows(browser), "the row has gone")
        self.assertEqual(self.node.get("/projects/level").status, 404)
        self.assertTrue((self.clones["level"] / ".git").is_dir())
        self.assert_clean(browser)


class Actions(PageTest):
    def test_a_path_is_added_and_a_wrong_one_explained(self):
        browser = self.page()
        clone = self.clone(self.origin, "new")
        browser.click("text=Add…")
        browser.fill("dialog input", str(self.work / "nothing"))
        browser.click("dialog .main")
        eventually(lambda: "nothing" in browser.text("dialog .error"), "the reason")
        browser.fill("dialog input", str(clone))
        browser.press("Enter")
        browser.await_text(".drawer h2", "new")
        self.assertIn("new", [row["id"] for row in self.node.projects()])

    def test_all_that_are_shown_are_fetched(self):
        browser = self.page()
        commit_to(self.origin, "main", 1)
        browser.fill(".filter", "e")
        eventually(lambda: len(self.rows(browser)) == 4, "every name has an e, or its path")
        browser.click(".toolbar .actions button")
        for name in self.clones:
            self.assert_row_as_git_says(browser, name)
        eventually(lambda: browser.text(".notice") == "4 of 4 fetched", "all were fetched")
        self.assert_clean(browser)


class Tokens(SandboxTest):
    def test_it_asks_for_a_token_and_keeps_it_for_the_tab(self):
        found("chromium")
        web_modules()
        address = own_address()
        if not address or address.startswith("127."):
            self.skipTest("this machine has no address but loopback")
        read, write = "read-" + 5 * "4711", "write-" + 5 * "0815"
        tokens = self.root / "tokens"
        tokens.write_text(f"read {read}\nwrite {write}\n")
        tokens.chmod(0o600)
        node = Running(self, [program("HEADWAYD"), "--in-memory", "--set", "http.port=0", "--set",
                              f"http.address={address}", "--set", f"http.tokens_file={tokens}"])
        client = Client(address, int(node.await_text(rf"ready on http://{address}:(\d+)")[1]))
        origin = self.repository()
        client.request("POST", "/projects", {"path": str(self.clone(origin, "clone"))}, Authorization=f"Bearer {write}")

        browser = Browser(self)
        browser.goto(client.address + "/")
        browser.await_text("dialog h2", "The node wants a token")
        browser.fill("dialog input", "x" * 20)
        browser.click("dialog .main")
        eventually(lambda: "no such token" in browser.text("dialog .error"), "the reason")
        browser.fill("dialog input", read)
        browser.click("dialog .main")
        browser.await_text(f"{ROW} .id", "clone")
        browser.await_text(".node-state", "live")
        browser.reload()
        browser.await_text(f"{ROW} .id", "clone")
        browser.press("ArrowDown")
        browser.press("f")
        eventually(lambda: "needs one that writes" in " ".join(browser.texts("dialog p")), "another token is wanted")
        browser.fill("dialog input", write)
        browser.click("dialog .main")
        eventually(lambda: not browser.texts("dialog"), "the token was taken")
        browser.click("text=Add…")
        browser.fill("dialog input", str(self.clone(origin, "other")))
        browser.press("Enter")
        browser.await_text(".drawer h2", "other")
        self.assertEqual(browser.evaluate("() => Object.keys(localStorage).length + document.cookie.length"), 0)


class Looks(PageTest):
    def test_it_is_readable_in_all_sizes_in_light_and_dark(self):
        browser = self.page()
        for width, height in ((360, 740), (768, 1024), (1280, 800), (2560, 1440)):
            browser.setViewportSize({"width": width, "height": height})
            for scheme in ("light", "dark"):
                with self.subTest(width=width, scheme=scheme):
                    browser.emulateMedia({"colorScheme": scheme})
                    for opened in (False, True):
                        if opened:
                            browser.press("ArrowDown")
                            browser.press("Enter")
                            browser.waitForSelector(".drawer table")
                        self.keep(browser, f"{width}-{scheme}{'-drawer' if opened else ''}")
                        self.assertEqual(browser.evaluate(OUTER_ELEMENTS_THAT_STICK_OUT), [])
                        self.assertEqual(browser.evaluate(POOR_CONTRAST), [])
                        self.assertEqual(browser.evaluate(NAMELESS), [])
                    browser.press("Escape")
                    eventually(lambda: not browser.texts(".drawer"), "closed")
                    browser.click(".panel-button")
                    browser.waitForSelector(".latencies tbody tr")
                    self.keep(browser, f"{width}-{scheme}-node")
                    self.assertEqual(browser.evaluate(OUTER_ELEMENTS_THAT_STICK_OUT), [])
                    self.assertEqual(browser.evaluate(POOR_CONTRAST), [])
                    browser.click(".panel-button")
                    browser.evaluate("() => document.activeElement.blur()")
        self.assertEqual(browser.evaluate("() => getComputedStyle(document.body).backgroundColor"), "rgb(21, 24, 27)")
        self.assert_clean(browser)

    def test_the_node_tells_how_fast_it_is_and_what_limits_it(self):
        browser = self.page()
        self.node.status("level")
        self.node.fetch("level")
        browser.click(".panel-button")
        browser.await_text(".latencies tbody td", "whole answer")
        self.assertRegex(browser.text(".latencies tbody tr"), r"\d (µs|ms)")
        browser.waitForSelector(".limits path.running", {"state": "attached"})
        self.assertRegex(browser.text(".causes"), r"ceiling|fetch\.max_concurrent|pressure")
        self.assert_clean(browser)

    def test_nothing_moves_for_those_who_want_no_motion(self):
        browser = self.page()
        browser.emulateMedia({"reducedMotion": "reduce"})
        commit(self.clones["ahead"])
        self.node.status("ahead")
        browser.waitForSelector(".row.moved")
        self.assertEqual(browser.evaluate("() => document.getAnimations().length"), 0)


# Scrolls from top to bottom, a screen less a row at a time, and back again in leaps. The names of all rows
# that were seen, and the most rows that were there at once.
SCROLL = """() => (async () => {
  const table = document.querySelector(".table");
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const seen = new Set();
  let most = 0;
  const look = () => {
    const rows = [...document.querySelectorAll(".body .row")];
    most = Math.max(most, rows.length);
    const { top, bottom } = table.getBoundingClientRect();
    for (const row of rows) {
      const box = row.getBoundingClientRect();
      if (box.bottom > top && box.top < bottom) seen.add(row.querySelector(".id").innerText.trim());
    }
  };
  const step = table.clientHeight - 80;
  for (let at = 0; at < table.scrollHeight; at += step) {
    table.scrollTop = at;
    await frame();
    look();
  }
  for (let leap = 20; leap >= 0; --leap) {
    table.scrollTop = (leap / 20) * table.scrollHeight;
    await frame();
    look();
  }
  return { seen: [...seen], most, top: table.scrollTop };
})()"""


class Many(SandboxTest):
    """As many projects as a node is made for."""

    COUNT = 10_000

    def setUp(self):
        super().setUp()
        found("chromium")
        web_modules()
        origin = self.repository()
        tip = git(origin, "rev-parse", "main")
        objects = git(origin, "rev-parse", "--absolute-git-dir") + "/objects\n"
        fleet = self.root / "fleet"
        # What git itself would write takes ten thousand processes.
        for number in range(self.COUNT):
            clone = fleet / f"p{number:05}"
            (clone / "objects" / "info").mkdir(parents=True)
            (clone / "refs" / "heads").mkdir(parents=True)
            (clone / "HEAD").write_text("ref: refs/heads/main\n")
            (clone / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
            (clone / "objects" / "info" / "alternates").write_text(objects)
            (clone / "refs" / "heads" / "main").write_text(tip + "\n")
        node = Running(self, [program("HEADWAYD"), "--in-memory", "--set", "http.port=0", "--set", "fetch.background=off",
                              "--discover", fleet])
        self.address = node.await_text(r"ready on (http://[^ ]+:\d+)")[1]

    def test_ten_thousand_rows_can_all_be_reached_and_few_are_there_at_once(self):
        browser = Browser(self)
        # Higher than a screen, so that a hundred of them will do.
        browser.setViewportSize({"width": 1280, "height": 3000})
        browser.goto(self.address + "/")
        browser.await_text(".total", f"{self.COUNT:,} projects", 120)
        browser.click(".head .id button")
        eventually(lambda: browser.text(f"{ROW} .id") == "p00000", "sorted by name", 30)
        found_there = browser.evaluate(SCROLL)
        self.assertEqual(len(found_there["seen"]), self.COUNT)
        self.assertLess(found_there["most"], 150)
        self.assertEqual(found_there["top"], 0)
        # Enter on the heading would press it.
        browser.evaluate("() => document.activeElement.blur()")
        browser.press("End")
        browser.press("Enter")
        browser.await_text(".drawer h2", f"p{self.COUNT - 1:05}")
        self.assertEqual(browser.troubles(), [])


class Build(unittest.TestCase):
    def test_the_committed_files_are_what_the_sources_make(self):
        modules = web_modules()
        for name in ("src", "build.mjs"):
            shutil.rmtree(modules / name, ignore_errors=True)
            (shutil.copytree if (WEB / name).is_dir() else shutil.copy)(WEB / name, modules / name)
        fresh = modules / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        subprocess.run(["node", modules / "build.mjs", fresh], check=True, timeout=120)
        committed = {file.name: file.read_bytes() for file in (WEB / "dist").iterdir()}
        self.assertEqual(sorted(file.name for file in fresh.iterdir()), sorted(committed))
        for name, content in committed.items():
            self.assertTrue((fresh / name).read_bytes() == content,
                            f"tools/web/dist/{name} is not what the sources make: npm run build")


if __name__ == "__main__":
    unittest.main()
