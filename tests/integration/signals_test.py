#!/usr/bin/env python3
"""Signals: what is taken over, what is kept, how soon it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

from node import Node
from sandbox import SandboxTest, commit, commit_to, environment, eventually, git


def state_of(pid):
    """One letter of proc(5); empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def kill_group_of(pid):
    try:
        os.killpg(os.getpgid(pid), signal.SIGKILL)
    except ProcessLookupError:
        pass


class SignalsTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.origin = self.repository()
        self.data = self.state / "data"
        self.config = self.root / "node.toml"

    def write_config(self, text=""):
        self.config.write_text(f'[http]\nport = 0\n[database]\ndirectory = "{self.data}"\n{text}')

    def schedule(self, node, project):
        return [(row["name"], row["last_fetch"], row["outcome"], row["next_due"])
                for row in node.status(project)["remotes"]]


class ServiceManager(SignalsTest):
    """The other end of sd_notify: a socket of the test's own."""

    def hear(self, manager, start):
        manager.settimeout(60)
        while True:
            message = manager.recv(4096).decode()
            if message.startswith(start):
                return message

    def test_each_turn_of_its_life_is_told(self):
        self.write_config()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(self.root / "notify"))
            node = Node(self, None, config=self.config,
                        env=environment(NOTIFY_SOCKET=self.root / "notify", WATCHDOG_USEC=200_000))
            self.assertIn(f"STATUS=serving on {node.address}", self.hear(manager, "READY=1"))
            self.hear(manager, "WATCHDOG=1")
            self.hear(manager, "WATCHDOG=1")
            node.send(signal.SIGHUP)
            self.assertIn("MONOTONIC_USEC=", self.hear(manager, "RELOADING=1"))
            self.hear(manager, "READY=1")
            node.send(signal.SIGTERM)
            self.hear(manager, "STOPPING=1")
            self.assertEqual(node.wait(), 0)

    def test_a_node_that_hangs_gives_no_sign_of_life(self):
        self.write_config()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(self.root / "notify"))
            node = Node(self, None, config=self.config,
                        env=environment(NOTIFY_SOCKET=self.root / "notify", WATCHDOG_USEC=200_000))
            self.hear(manager, "WATCHDOG=1")
            # One thread of it stands still; the one that tells of life runs on.
            served = next(task for task in Path(f"/proc/{node.process.pid}/task").iterdir()
                          if (task / "comm").read_text().strip() == "headway-http")
            tracer = self.hold(int(served.name))
            if tracer is None:
                self.skipTest("threads cannot be held here")
            node.await_text("does not respond")
            tracer.kill()
            tracer.wait()

    def hold(self, thread):
        """A process that keeps a thread stopped for as long as it lives, by ptrace; nothing where that is not allowed."""
        code = ("import ctypes, sys, time\n"
                "libc = ctypes.CDLL(None, use_errno=True)\n"
                "libc.ptrace.argtypes = [ctypes.c_long] * 4\n"
                "if libc.ptrace(16, int(sys.argv[1]), 0, 0) != 0: sys.exit(1)\n"
                "print('held', flush=True)\n"
                "sys.stdin.read()\n")
        tracer = subprocess.Popen([sys.executable, "-c", code, str(thread)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(lambda: (tracer.kill(), tracer.wait(), tracer.stdin.close(), tracer.stdout.close()))
        return tracer if tracer.stdout.readline() == "held\n" else None


class Logs(SignalsTest):
    def test_lines_of_json_are_objects_with_a_part(self):
        self.write_config('[log]\nformat = "json"\nlevel = "debug"\n')
        node = Node(self, None, config=self.config)
        node.get("/healthz")
        node.add(self.clone(self.origin, "clone"))
        self.assertEqual(node.stop(), 0)
        lines = [json.loads(line) for line in bytes(node.errors).decode().splitlines()]
        self.assertIn("http", {line["part"] for line in lines})
        for line in lines:
            self.assertEqual(list(line), ["time", "level", "part", "message"])

    def test_the_level_of_a_part_changes_while_running(self):
        self.write_config()
        node = Node(self, None, config=self.config)
        node.get("/healthz?before")
        self.write_config('[log]\nparts = ["http=debug", "nobody=info"]\n')
        node.send(signal.SIGHUP)
        node.await_text("no part is called 'nobody'")
        node.get("/readyz")
        node.await_text("path=/readyz")
        self.assertNotIn("path=/healthz", node.text())
        self.assertEqual(node.stop(), 0)


class Reload(SignalsTest):
    def test_takes_over_what_can_change_and_names_what_cannot(self):
        self.write_config('[fetch]\nmin_interval = "1 h"\n')
        clone = self.clone(self.origin, "clone")
        node = Node(self, None, config=self.config)
        project = node.add(clone)
        eventually(lambda: node.status(project)["state"] == "fresh", "the first fetch")
        port = node.port
        self.write_config('[fetch]\nmin_interval = "1 s"\nmax_interval = "2 s"\n[pool]\nworkers = 3\n')
        node.send(signal.SIGHUP)
        node.await_text(r"fetch\.min_interval")
        node.await_text(r"pool\.workers")
        tip = commit_to(self.origin, "main")
        eventually(lambda: node.status(project)["branches"][0]["remote_oid"] == tip, "a fetch at the new interval")
        self.assertEqual(node.port, port)
        self.assertEqual(node.stop(), 0)

    def test_a_wrong_configuration_changes_nothing(self):
        self.write_config()
        clone = self.clone(self.origin, "clone")
        node = Node(self, None, config=self.config)
        project = node.add(clone)
        self.write_config('[fetch]\nmin_interval = 7\nnonsense = 1\n')
        node.send(signal.SIGHUP)
        node.await_text(rf"{self.config}:\d+:\d+: .*fetch\.min_interval")
        node.await_text(r"fetch\.nonsense")
        self.assert_as_git_says(node.status(project))
        self.assertEqual(node.stop(), 0)

    def test_a_level_of_the_log_changes_while_running(self):
        self.write_config('[log]\nlevel = "info"\n')
        node = Node(self, None, config=self.config)
        node.get("/healthz")
        self.assertNotIn("path=/healthz", node.text())
        self.write_config('[log]\nlevel = "debug"\n')
        node.send(signal.SIGHUP)
        node.await_text(r"log\.level")
        node.get("/healthz")
        node.await_text(r"path=/healthz")
        self.assertEqual(node.stop(), 0)


class Stop(SignalsTest):
    def test_either_signal_ends_it_well(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            node = Node(self, self.data)
            began = time.monotonic()
            self.assertEqual(node.stop(number), 0, node.text())
            self.assertLess(time.monotonic() - began, 5)

    def test_what_was_acknowledged_is_there_again(self):
        node = Node(self, self.data, "fetch.background=off")
        ids = []
        for number in range(20):
            git(self.work, "init", "--quiet", f"p{number:02}")
            ids.append(node.add(self.work / f"p{number:02}"))
        self.assertEqual(node.stop(), 0)
        again = Node(self, self.data, "fetch.background=off")
        self.assertEqual([row["id"] for row in again.projects()], ids)
        self.assertEqual(again.stop(), 0)

    def fetch_with(self, node, script):
        """A fetch that ends up in `script`."""
        clone = self.clone(self.origin, "clone")
        file = self.root / "script"
        file.write_text(f"#!/bin/sh\necho $$ > {self.root}/pid\n{script}\n")
        file.chmod(0o755)
        git(clone, "config", "core.sshCommand", file)
        git(clone, "remote", "set-url", "origin", "ssh://127.0.0.1/x.git")
        project = node.add(clone)
        node.status(project)
        node.request("POST", f"/projects/{project}/fetch")
        pid = self.root / "pid"
        number = int(eventually(lambda: pid.exists() and pid.read_text().strip(), "the fetch runs"))
        # A node that has to end at once leaves it behind.
        self.addCleanup(kill_group_of, number)
        return number

    def frozen_fetch(self, node):
        """A fetch whose whole process group is stopped: until it is killed it obeys nothing else."""
        pid = self.fetch_with(node, "kill -STOP 0")
        eventually(lambda: state_of(pid) == "T", "it is frozen")

    def test_a_child_that_does_not_want_to_end_is_killed(self):
        node = Node(self, self.data, "fetch.background=off", "fetch.trusted_repositories=/", "fetch.kill_grace=500 ms")
        pid = self.fetch_with(node, "trap '' TERM INT\nwhile :; do sleep 1; done")
        began = time.monotonic()
        self.assertEqual(node.stop(), 0, node.text())
        self.assertLess(time.monotonic() - began, 10)
        self.assertIn(state_of(pid), ("", "Z"))

    def test_a_frozen_child_is_killed(self):
        node = Node(self, self.data, "fetch.background=off", "fetch.trusted_repositories=/", "fetch.kill_grace=500 ms")
        self.frozen_fetch(node)
        self.assertEqual(node.stop(patience=10), 0, node.text())

    def test_a_second_signal_ends_it_at_once(self):
        node = Node(self, self.data, "fetch.background=off", "fetch.trusted_repositories=/", "fetch.kill_grace=2 min",
                    "engine.stop_deadline=3 min")
        self.frozen_fetch(node)
        node.send(signal.SIGTERM)
        node.await_text(r"(?i)stop|shut")
        self.assertIsNone(node.process.poll())
        began = time.monotonic()
        self.assertNotEqual(node.stop(), 0)
        self.assertLess(time.monotonic() - began, 2)

    def test_a_stop_has_a_deadline(self):
        node = Node(self, self.data, "fetch.background=off", "fetch.trusted_repositories=/", "fetch.kill_grace=2 min",
                    "engine.stop_deadline=1 s")
        self.frozen_fetch(node)
        began = time.monotonic()
        node.stop()
        self.assertLess(time.monotonic() - began, 10)
        again = Node(self, self.data, "fetch.background=off")
        self.assertEqual(len(again.projects()), 1)
        self.assertEqual(again.stop(), 0)


class Crash(SignalsTest):
    def test_a_node_that_was_killed_has_its_projects_and_its_schedule(self):
        options = ("fetch.min_interval=1 h", "fetch.max_interval=2 h")
        clone = self.clone(self.origin, "clone")
        node = Node(self, self.data, *options)
        project = node.add(clone)
        eventually(lambda: node.status(project)["state"] == "fresh", "the first fetch")
        before = self.schedule(node, project)
        ids = [project]
        for number in range(20):
            git(self.work, "init", "--quiet", f"p{number:02}")
            ids.append(node.add(self.work / f"p{number:02}"))
        node.send(signal.SIGKILL)
        self.assertEqual(node.wait(), -signal.SIGKILL)
        commit(clone)
        again = Node(self, self.data, *options)
        self.assertEqual([row["id"] for row in again.projects()], ids)
        self.assertEqual(self.schedule(again, project), before)
        self.assert_as_git_says(again.status(project))
        self.assertEqual(again.stop(), 0)

    def test_a_fetch_that_was_cut_off_leaves_nothing_behind(self):
        clone = self.clone(self.origin, "clone")
        script = self.root / "silent"
        script.write_text(f"#!/bin/sh\ntouch {self.root}/called\nexec sleep 600\n")
        script.chmod(0o755)
        git(clone, "config", "core.sshCommand", script)
        git(clone, "remote", "set-url", "origin", "ssh://127.0.0.1/x.git")
        node = Node(self, self.data, "fetch.background=off", "fetch.trusted_repositories=/")
        project = node.add(clone)
        node.status(project)
        node.request("POST", f"/projects/{project}/fetch")
        eventually((self.root / "called").exists, "the fetch runs")
        node.send(signal.SIGKILL)
        node.wait()
        again = Node(self, self.data, "fetch.background=off", "fetch.trusted_repositories=/")
        self.assertNotEqual(again.status(project)["state"], "refreshing")
        git(clone, "remote", "set-url", "origin", self.origin)
        commit_to(self.origin, "main")
        self.assertEqual(again.fetch(project)["remotes"][0]["outcome"], "updated")
        self.assert_as_git_says(again.status(project))
        self.assertEqual(again.stop(), 0)


if __name__ == "__main__":
    unittest.main()
