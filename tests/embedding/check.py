#!/usr/bin/env python3
"""Starts the hosts of a build folder on real clones and compares what they say with git.

    check.py BUILD_FOLDER
"""

import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

BUILD = Path()
PATIENCE = 60

ENVIRONMENT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A U Thor",
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "C O Mitter",
    "GIT_COMMITTER_EMAIL": "committer@example.com",
}


# Two commits of one second with one message and one parent would be the same commit.
NUMBERS = itertools.count()


def git(folder, *args):
    done = subprocess.run(["git", *args], cwd=folder, env=ENVIRONMENT, check=True, timeout=PATIENCE,
                          capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder, count=1):
    for _ in range(count):
        git(folder, "commit", "--quiet", "--allow-empty", "--message", f"number {next(NUMBERS)}")


def counts(clone, branch):
    """How many commits the branch and its upstream have alone, as git walks them."""
    return tuple(int(git(clone, "rev-list", "--count", f"{have}", f"^{lack}"))
                 for have, lack in ((branch, f"{branch}@{{upstream}}"), (f"{branch}@{{upstream}}", branch)))


class Host:
    """A program under test; its first line of output is its port."""

    def __init__(self, name, *args):
        self.process = subprocess.Popen([BUILD / name, *map(str, args)], env=ENVIRONMENT,
                                        stdout=subprocess.PIPE, text=True)
        lines = queue.Queue()
        threading.Thread(target=lambda: lines.put(self.process.stdout.readline()), daemon=True).start()
        line = lines.get(timeout=PATIENCE).strip()
        if not line:
            raise AssertionError(f"{name} ended with {self.process.wait(PATIENCE)}")
        self.address = f"http://127.0.0.1:{line}"

    def get(self, path, method="GET"):
        request = urllib.request.Request(self.address + path, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Hosts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="headway-embedding-")
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name).resolve()
        self.origin = self.root / "origin"
        git(self.root, "init", "--quiet", "--initial-branch=main", self.origin)
        commit(self.origin, 3)
        # one: main diverged, 2 of its own and 1 of theirs.   two: side is 4 ahead, main in sync.
        self.one, self.two = self.root / "one", self.root / "two"
        git(self.root, "clone", "--quiet", self.origin, self.one)
        commit(self.one, 2)
        commit(self.origin)
        git(self.one, "fetch", "--quiet")
        git(self.root, "clone", "--quiet", self.origin, self.two)
        git(self.two, "switch", "--quiet", "--create", "side", "--track", "origin/main")
        commit(self.two, 4)

    def assert_as_git_says(self, document, clone):
        names = git(clone, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
        self.assertEqual(sorted(document["branches"]), sorted(names))
        for name, branch in document["branches"].items():
            self.assertEqual((branch["mine"], branch["theirs"]), counts(clone, name), name)

    def test_a_server_of_its_own_answers_over_its_own_http(self):
        with Host("host_server", self.root / "data", self.one, self.two) as host:
            for clone in (self.one, self.two):
                document = host.get(f"/clones/{clone.name}/sync")
                self.assertEqual(document["where"], str(clone))
                self.assert_as_git_says(document, clone)
            self.assertEqual(host.get("/clones/one/sync")["branches"]["main"],
                             {"mine": 2, "theirs": 1, "verdict": "diverged"})
            with self.assertRaises(urllib.error.HTTPError) as refused:
                host.get("/clones/three/sync")
            self.assertEqual(refused.exception.code, 404)
            refused.exception.close()
            self.assertEqual(host.stop(), 0)

    def test_a_commit_is_in_the_next_answer_and_reaches_the_subscription(self):
        with Host("host_server", self.root / "data", self.one) as host:
            for _ in range(10):
                commit(self.one)
                self.assert_as_git_says(host.get("/clones/one/sync"), self.one)
            tip = git(self.one, "rev-parse", "main")
            deadline = time.monotonic() + PATIENCE
            while tip not in host.get("/clones/one/heard")["tips"]:
                self.assertLess(time.monotonic(), deadline, "the subscription did not hear of it")
            self.assertEqual(host.stop(), 0)

    def test_a_fetch_that_the_host_asks_for_brings_what_is_new(self):
        with Host("host_server", self.root / "data", self.one) as host:
            # After the look that every start begins with, so that it cannot be the one that finds what is new.
            host.get("/clones/one/fetch", "POST")
            commit(self.origin, 2)
            self.assertEqual(host.get("/clones/one/fetch", "POST")["remotes"], {"origin": "updated"})
            self.assertEqual(host.get("/clones/one/sync")["branches"]["main"],
                             {"mine": 2, "theirs": 3, "verdict": "diverged"})
            self.assertEqual(host.stop(), 0)

    def test_two_engines_live_in_the_actor_system_of_the_host(self):
        done = subprocess.run([BUILD / "caf_host", self.one, self.two], env=ENVIRONMENT, timeout=PATIENCE,
                              stdout=subprocess.PIPE, text=True)
        self.assertEqual(sorted(done.stdout.splitlines()),
                         ["0 main 2 1 diverged", "1 main 0 0 in_sync", "1 side 4 0 ahead"])
        self.assertEqual(done.returncode, 0)

    def test_callbacks_bring_what_git_says_and_the_log_is_the_hosts(self):
        done = subprocess.run([BUILD / "callback_host", self.one, self.two], env=ENVIRONMENT, timeout=PATIENCE,
                              stdout=subprocess.PIPE, text=True)
        *lines, log = done.stdout.splitlines()
        self.assertEqual(sorted(lines), ["one main 2 1 diverged", "two main 0 0 in_sync", "two side 4 0 ahead"])
        self.assertRegex(log, r"^log [1-9]\d*$")
        self.assertEqual(done.returncode, 0)

    def test_coroutines_await_the_engine(self):
        done = subprocess.run([BUILD / "asio_host", self.one, self.two], env=ENVIRONMENT, timeout=PATIENCE,
                              stdout=subprocess.PIPE, text=True)
        self.assertEqual(sorted(done.stdout.splitlines()),
                         ["one main 2 1 diverged", "two main 0 0 in_sync", "two side 4 0 ahead"])
        self.assertEqual(done.returncode, 0)

    def test_a_path_that_is_no_repository_is_told_and_ends_nothing(self):
        for name in ("callback_host", "asio_host"):
            done = subprocess.run([BUILD / name, self.one, self.root], env=ENVIRONMENT, timeout=PATIENCE,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, name)
            self.assertIn("one main 2 1 diverged", done.stdout)
            self.assertIn("not_a_repository", done.stderr)

    def test_a_hundred_projects_leave_nothing_behind(self):
        valgrind = shutil.which("valgrind")
        if not valgrind:
            self.skipTest("takes valgrind")
        clones = []
        for number in range(100):
            clones.append(self.root / f"clone-{number}")
            git(self.root, "clone", "--quiet", self.origin, clones[-1])
        done = subprocess.run([valgrind, "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect",
                               "--error-exitcode=99", BUILD / "callback_host", *clones], env=ENVIRONMENT,
                              timeout=10 * PATIENCE, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-4000:])
        self.assertEqual(len(done.stdout.splitlines()), 101)

    def test_the_gateway_can_be_embedded_too(self):
        with Host("gateway_host", self.one) as host:
            branch, = host.get("/projects/one/sync-status")["branches"]
            self.assertEqual((branch["ahead"], branch["behind"], branch["state"]), (2, 1, "diverged"))
            self.assertEqual(host.stop(), 0)


if __name__ == "__main__":
    BUILD = Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
