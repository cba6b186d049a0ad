#!/usr/bin/env python3
"""A node that dies by kill -9 at each stage of a fetch: the next one leaves nothing of it in the clone."""

import os
import shutil
import signal
import socket
import threading
import unittest
from pathlib import Path

from node import Node
from sandbox import NUMBERS, PATIENCE, SandboxTest, environment, eventually, git
from servers import HttpServer

# As a command of sh, with $git as the real one: what happens in the place of the step.
BEFORE = 'kill -9 $PPID; exit 1'
AFTER = '"$git" "$@"; kill -9 $PPID; exit 1'
# All refs are locked and none has moved: git waits for a "commit" that does not come.
LOCKED = """
rm -f "$held"; mkfifo "$held"
"$git" "$@" < "$held" &
exec 3> "$held"
{ printf 'start\\0'; cat; printf 'prepare\\0'; } >&3
until find "$clone/.git" -name '*.lock' | grep -q .; do :; done
kill -9 $! $PPID
exit 1"""

# Backend, command of git, what happens there, and whether the pack is large.
CHILDREN = [
    ("git", "fetch", BEFORE, "large"), ("git", "fetch", AFTER, "large"), ("git", "fetch", AFTER, "small"),
    ("native", "index-pack", BEFORE, "large"), ("native", "index-pack", AFTER, "large"),
    ("native", "unpack-objects", BEFORE, "small"), ("native", "unpack-objects", AFTER, "small"),
    ("native", "rev-list", BEFORE, "large"), ("native", "rev-list", AFTER, "large"),
    *((backend, "update-ref", how, size) for backend in ("git", "native") for how in (BEFORE, LOCKED, AFTER)
      for size in ("large", "small")),
]


class Stalling:
    """Passes everything on to a port and back, until so many bytes have come back on a connection."""

    def __init__(self, test, port, limit):
        self.stalled = threading.Event()
        self.over = threading.Event()
        self.target, self.limit, self.open = port, limit, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        test.addCleanup(self.close)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.over.set()
        for one in (self.listener, *self.open):
            # A close alone does not end what another thread waits in.
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It has ended.
            one.close()

    def accept(self):
        while not self.over.is_set():
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self.open += [near, far]
            threading.Thread(target=self.carry, args=(near, far, None), daemon=True).start()
            threading.Thread(target=self.carry, args=(far, near, self.limit), daemon=True).start()

    def carry(self, source, sink, limit):
        passed = 0
        try:
            while limit is None or passed < limit:
                piece = source.recv(65536)
                if not piece:
                    break
                passed += len(piece)
                sink.sendall(piece)
            else:
                self.stalled.set()
                self.over.wait()
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Crash(SandboxTest):
    def setUp(self):
        super().setUp()
        self.origin = self.repository()
        self.server = HttpServer(self, self.root / "http", self.root)
        self.clone_path = self.clone(self.server.url(self.origin), "clone")
        self.data = self.state / "data"
        self.bin = self.root / "bin"
        self.bin.mkdir()
        self.last = None
        node = self.node()
        self.project = node.add(self.clone_path)
        self.assertEqual(node.stop(), 0, node.text())

    def node(self, *options, **env):
        """The one node of the data directory: whatever a failure has left running ends."""
        if self.last:
            self.last.kill()
        self.last = Node(self, self.data, "fetch.background=off", *options, env=environment(HOME=self.state, **env))
        return self.last

    def push(self, size):
        """A new commit of that size; answers its id."""
        content = os.urandom(2 << 20 if size == "large" else 100).hex()
        blob = git(self.origin, "hash-object", "-w", "--stdin", stdin=content)
        tree = git(self.origin, "mktree", stdin=f"100644 blob {blob}\tfile{next(NUMBERS)}\n")
        tip = git(self.origin, "commit-tree", tree, "-p", "main", "-m", f"theirs {next(NUMBERS)}")
        git(self.origin, "update-ref", "refs/heads/main", tip)
        return tip

    def refs(self):
        """All but symbolic ones, which move with what they name."""
        listed = git(self.clone_path, "for-each-ref", "--format=%(refname) %(objectname) %(symref)").splitlines()
        return dict(line.split() for line in listed if len(line.split()) == 2)

    def everything_else(self):
        """What a fetch must not touch, with its content."""
        found = {}
        folder = self.clone_path / ".git"
        for path in folder.rglob("*"):
            name = str(path.relative_to(folder))
            if path.is_file() and not name.startswith(("objects/", "refs/", "logs/")) and name != "packed-refs":
                found[name] = path.read_bytes()
        return found

    def debris(self):
        return [str(path) for path in self.clone_path.rglob("*")
                if path.name.startswith("tmp_") or path.suffix in (".lock", ".keep")]

    def children(self):
        """Processes that work in the clone."""
        found = []
        for process in Path("/proc").iterdir():
            try:
                words = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if process.name.isdigit() and str(self.clone_path).encode() in words:
                found.append(words)
        return found

    def front_git(self, command, happens):
        script = self.bin / "git"
        script.write_text(f"""#!/bin/sh
git={shutil.which("git")}
clone={self.clone_path}
held={self.root}/held
case " $* " in *" {command} "*)
{happens}
;; esac
exec "$git" "$@"
""")
        script.chmod(0o755)

    def check_after(self, node, before, others, tip):
        """The node has been killed; the next one finds the clone in order, and fetches."""
        self.assertEqual(node.wait(), -signal.SIGKILL, node.text())
        allowed = {None, before.get("refs/remotes/origin/main"), tip}
        again = self.node()
        again.status(self.project)
        eventually(lambda: not self.debris(), "nothing is left behind")
        eventually(lambda: not self.children(), "no child is left")
        found = self.refs()
        self.assertIn(found.pop("refs/remotes/origin/main"), allowed)
        before = {name: id for name, id in before.items() if name != "refs/remotes/origin/main"}
        self.assertEqual(found, before)
        self.assertEqual(self.everything_else(), others)
        git(self.clone_path, "fsck", "--full")
        outcome = again.fetch(self.project)["remotes"][0]
        self.assertIn(outcome["outcome"], ("updated", "unchanged"), outcome)
        self.assertEqual(self.refs()["refs/remotes/origin/main"], tip)
        self.assert_as_git_says(again.status(self.project))
        self.assertEqual(again.stop(), 0, again.text())
        self.assertEqual(self.debris(), [])
        self.assertEqual(self.everything_else(), others)
        git(self.clone_path, "fsck", "--full")

    def test_in_every_child_and_between_them(self):
        names = {BEFORE: "before", AFTER: "after", LOCKED: "in the middle of"}
        for backend, command, happens, size in CHILDREN:
            with self.subTest(f"{names[happens]} git {command} of a {size} pack, backend {backend}"):
                git(self.clone_path, "config", "fetch.unpackLimit", 1 if size == "large" else 100)
                # Where files are to be as usual, small packs are taken apart without a child.
                usual = ["--unset-all", "core.looseCompression"]
                unusual = ["core.looseCompression", 1]
                git(self.clone_path, "config", *(unusual if command == "unpack-objects" else usual), check=False)
                tip = self.push(size)
                before, others = self.refs(), self.everything_else()
                self.front_git(command, happens)
                node = self.node(f"fetch.backend={backend}", PATH=f"{self.bin}:{os.environ['PATH']}")
                node.request("POST", f"/projects/{self.project}/fetch")
                self.check_after(node, before, others, tip)

    def test_while_it_waits_for_the_other_end(self):
        git(self.clone_path, "config", "fetch.unpackLimit", 1)
        # Nothing at all; the head of an answer; a part of the pack.
        for backend in ("git", "native"):
            for limit in (0, 20, 500_000):
                with self.subTest(f"after {limit} bytes, backend {backend}"):
                    tip = self.push("large")
                    proxy = Stalling(self, self.server.port, limit)
                    git(self.clone_path, "remote", "set-url", "origin",
                        f"http://127.0.0.1:{proxy.port}/{self.origin.name}")
                    before = self.refs()
                    node = self.node(f"fetch.backend={backend}")
                    node.request("POST", f"/projects/{self.project}/fetch")
                    self.assertTrue(proxy.stalled.wait(PATIENCE))
                    node.send(signal.SIGKILL)
                    node.wait()
                    # A git that outlives it gives up after 30 s without a byte; here the other end goes sooner.
                    proxy.close()
                    git(self.clone_path, "remote", "set-url", "origin", self.server.url(self.origin))
                    self.check_after(node, before, self.everything_else(), tip)

    def test_while_git_looks(self):
        # Only git knows what to do with it.
        git(self.clone_path, "config", "http.cookieFile", "none")
        for happens in (BEFORE, AFTER):
            with self.subTest(happens):
                tip = self.push("small")
                before, others = self.refs(), self.everything_else()
                self.front_git("ls-remote", happens)
                node = self.node(PATH=f"{self.bin}:{os.environ['PATH']}")
                node.request("POST", f"/projects/{self.project}/fetch")
                self.check_after(node, before, others, tip)


if __name__ == "__main__":
    unittest.main()
