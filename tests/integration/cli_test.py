#!/usr/bin/env python3
"""The command line, with and without a node."""

import fcntl
import http.server
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time
import unittest

from node import Node, Running
from sandbox import PATIENCE, SandboxTest, commit, commit_to, environment, eventually, git, program
from table import assert_table


class CliTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.origin = self.repository(commits=6)
        self.one = self.clone(self.origin, "one")
        self.two = self.clone(self.origin, "two")
        commit(self.one, 2)
        git(self.one, "branch", "--quiet", "--track", "behind", "origin/main")
        git(self.one, "branch", "--quiet", "--force", "behind", "origin/main~3")
        git(self.one, "branch", "--quiet", "alone", "HEAD")

    def headway(self, *args, status=0, cwd=None, **more):
        done = subprocess.run([program("HEADWAY"), *map(str, args)], cwd=cwd or self.root, timeout=PATIENCE,
                              env=environment(HOME=self.state, XDG_STATE_HOME=self.state, **more),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def documents(self, *args, **more):
        documents = json.loads(self.headway("status", "--json", *args, **more).stdout)
        return {document["project"]: document for document in documents}

    def on_terminal(self, *args, columns=100, **more):
        """What a terminal of that width gets to see."""
        mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        env = environment(HOME=self.state, XDG_STATE_HOME=self.state, **more)
        env["TERM"] = "xterm-256color"
        process = subprocess.Popen([program("HEADWAY"), *map(str, args)], env=env, cwd=self.root, stdin=theirs,
                                   stdout=theirs, stderr=subprocess.DEVNULL)
        os.close(theirs)
        text = b""
        while select.select([mine], [], [], PATIENCE)[0]:
            try:
                piece = os.read(mine, 65536)
            except OSError:  # Everybody at the other end has gone.
                break
            text += piece
        os.close(mine)
        self.assertEqual(process.wait(PATIENCE), 0)
        return text.decode().replace("\r\n", "\n")


class Screen:
    """A program on a terminal of 80 by 24, keys to press and what is to be seen."""

    def __init__(self, test, *args, columns=80, rows=24, **more):
        self.mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = environment(HOME=test.state, NO_COLOR="1", **more)
        env["TERM"] = "xterm-256color"
        self.process = subprocess.Popen([program("HEADWAY"), *map(str, args)], env=env, stdin=theirs, stdout=theirs,
                                        stderr=theirs, start_new_session=True)
        os.close(theirs)
        self.text = b""
        test.addCleanup(self.end)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self.mine)

    def read(self):
        while select.select([self.mine], [], [], 0)[0]:
            try:
                piece = os.read(self.mine, 65536)
            except OSError:
                return
            if not piece:
                return
            self.text += piece

    def frame(self):
        """The lines of the last whole picture."""
        self.read()
        pictures = self.text.decode(errors="replace").split("\x1b[H")
        whole = [each for each in pictures if "\x1b[J" in each]
        if not whole:
            return []
        return [line.replace("\x1b[K", "").rstrip("\r") for line in whole[-1].split("\x1b[J")[0].split("\n")]

    def await_line(self, *words):
        return eventually(lambda: next((line for line in self.frame() if all(word in line for word in words)), None),
                          f"a line with {words} in {self.frame()}")

    def press(self, keys):
        os.write(self.mine, keys.encode())


class WithoutNode(CliTest):
    def test_the_documents_are_as_git_says(self):
        documents = self.documents(self.work)
        self.assertEqual(sorted(documents), ["one", "two"])
        for document in documents.values():
            self.assert_as_git_says(document)

    def test_the_table_shows_the_documents(self):
        assert_table(self, self.headway("status", self.work).stdout, self.documents(self.work).values())

    def test_the_current_folder_is_the_default(self):
        self.assertEqual(sorted(self.documents(cwd=self.work)), ["one", "two"])
        self.assertEqual(list(self.documents(cwd=self.one)), ["one"])

    def test_nothing_is_fetched_unless_asked_for(self):
        tip = commit_to(self.origin, "main", 4)
        before = git(self.one, "rev-parse", "origin/main")
        self.documents(self.work)
        self.assertEqual(git(self.one, "rev-parse", "origin/main"), before)
        documents = self.documents("--fetch", self.work)
        self.assertEqual(git(self.one, "rev-parse", "origin/main"), tip)
        for document in documents.values():
            self.assert_as_git_says(document)
            self.assertEqual(document["remotes"][0]["outcome"], "updated")

    def test_the_clones_and_the_home_stay_as_they_are(self):
        def contents():
            return {str(path): path.stat().st_mtime_ns for folder in (self.work, self.state)
                    for path in folder.rglob("*") if path.is_file()}
        before = contents()
        self.headway("status", self.work)
        self.assertEqual(contents(), before)

    def test_the_exit_status_tells_of_attention_only_when_asked(self):
        self.headway("status", self.work, status=0)
        self.headway("status", self.work, "--exit-code", status=1)
        self.headway("status", self.two, "--exit-code", status=0)
        self.headway("status", self.root / "nowhere", status=2)
        self.headway("status", "--no-such-flag", status=2)
        self.headway("nonsense", status=2)

    def test_a_folder_without_repositories(self):
        (self.root / "empty").mkdir()
        self.assertEqual(json.loads(self.headway("status", "--json", self.root / "empty").stdout), [])

    def test_a_repository_that_cannot_be_used_does_not_hide_the_others(self):
        git(self.work, "init", "--quiet", "--object-format=sha256", "wide")
        done = self.headway("status", "--json", self.work)
        self.assertEqual(sorted(document["project"] for document in json.loads(done.stdout)), ["one", "two"])
        self.assertIn("wide", done.stderr)
        self.headway("status", "--exit-code", self.work, status=1)

    def test_colours_are_for_terminals(self):
        self.assertNotIn("\x1b", self.headway("status", self.work).stdout)
        self.assertIn("\x1b[", self.on_terminal("status", self.work))
        self.assertNotIn("\x1b[3", self.on_terminal("status", self.work, NO_COLOR="1"))

    def test_the_table_fits_the_terminal(self):
        git(self.one, "branch", "--quiet", "--track", "a-branch-with-a-name-as-long-as-names-can-become", "origin/main")
        for columns in (60, 80, 120):
            text = self.on_terminal("status", self.work, columns=columns, NO_COLOR="1")
            # The sums below the table are a sentence, which a terminal may break.
            table = text[text.index("PROJECT"):text.index("2 projects")]
            self.assertEqual(len(table.splitlines()), 5)
            self.assertLessEqual(max(map(len, table.splitlines())), columns)

    def test_a_reader_that_goes_away_is_no_error(self):
        shell = subprocess.run(["bash", "-c", 'set -o pipefail; "$0" status "$1" | true', program("HEADWAY"), self.work],
                               env=environment(HOME=self.state), capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(shell.stderr, "")

    def test_libcurl_is_not_loaded_before_something_is_asked(self):
        libraries = subprocess.run(["ldd", program("HEADWAY")], capture_output=True, text=True, check=True).stdout
        self.assertIn("libgit2", libraries)
        self.assertNotIn("libcurl", libraries)

    def test_the_table_is_sorted_and_filtered(self):
        text = self.headway("status", "--state", "behind", self.work).stdout
        self.assertIn("behind", text)
        self.assertNotIn("two", text)
        documents = json.loads(self.headway("status", "--json", "--sort", "ahead", self.work).stdout)
        self.assertEqual([document["project"] for document in documents], ["one", "two"])
        documents = json.loads(self.headway("status", "--json", "--state", "in_sync", self.work).stdout)
        self.assertEqual([document["project"] for document in documents], ["two"])

    def test_lines_are_as_their_template(self):
        lines = self.headway("status", "--format", "{project}/{branch} {ahead}+ {behind}-", self.one).stdout.splitlines()
        self.assertEqual(sorted(lines), ["one/alone -+ --", "one/behind 0+ 3-", "one/main 2+ 0-"])
        self.assertIn("is no field", self.headway("status", "--format", "{x}", status=2).stderr)

    def test_help_and_version(self):
        self.assertIn("status", self.headway("--help").stdout)
        self.assertRegex(self.headway("--version").stdout, r"\d+\.\d+\.\d+")


class Withholding:
    """Stands before a node, and keeps the answers to POST to itself until it may tell."""

    def __init__(self, test, node):
        self.has_begun, self.may_tell = threading.Event(), threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler):
                answer = node.request(handler.command, handler.path)
                if handler.command == "POST":
                    self.has_begun.set()
                    self.may_tell.wait(PATIENCE)
                handler.send_response(answer.status)
                handler.send_header("Content-Length", str(len(answer.body)))
                handler.end_headers()
                handler.wfile.write(answer.body)

            do_POST = do_DELETE = do_GET

            def log_message(handler, *words):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)
        self.address = f"http://127.0.0.1:{server.server_port}"


class WithNode(CliTest):
    def setUp(self):
        super().setUp()
        self.node = Node(self, self.state / "data", "fetch.background=off")

    def tearDown(self):
        self.assertEqual(self.node.stop(), 0)
        super().tearDown()

    def at_node(self, command, *args, **more):
        return self.headway(command, "--node", self.node.address, *args, **more)

    def test_projects_come_and_go(self):
        self.assertIn("one", self.at_node("add", self.one).stdout)
        self.at_node("add", self.two)
        listed = self.at_node("list").stdout
        for word in ("one", "two", str(self.one), str(self.two)):
            self.assertIn(word, listed)
        self.at_node("remove", "one")
        self.assertEqual([row["id"] for row in self.node.projects()], ["two"])

    def test_what_needs_consent_is_told_when_it_is_added(self):
        self.assertEqual(self.at_node("add", self.two).stderr, "")
        git(self.one, "config", "core.sshCommand", "ssh -i somebody")
        told = self.at_node("add", self.one).stderr
        for word in (str(self.one), "core.sshcommand", "fetch.trusted_repositories"):
            self.assertIn(word, told.replace("sshCommand", "sshcommand"))

    def test_a_node_that_trusts_a_clone_wants_no_consent(self):
        git(self.one, "config", "core.sshCommand", "ssh -i somebody")
        node = Node(self, self.state / "trusting", "fetch.background=off", f"fetch.trusted_repositories={self.one}")
        self.assertEqual(self.headway("add", self.one, "--node", node.address).stderr, "")
        git(self.two, "config", "core.sshCommand", "ssh -i somebody")
        self.assertIn("fetch.trusted_repositories", self.headway("add", self.two, "--node", node.address).stderr)

    def test_a_remote_that_the_node_may_not_reach_is_told_when_it_is_added(self):
        node = Node(self, self.state / "strict", "fetch.background=off", "fetch.allowed_schemes=https,ssh")
        told = self.headway("add", self.one, "--node", node.address).stderr
        for word in (str(self.one), "remote 'origin'", "fetch.allowed_schemes", '"file"'):
            self.assertIn(word, told)
        git(self.two, "remote", "set-url", "origin", "https://git.example.org/two.git")
        self.assertEqual(self.headway("add", self.two, "--node", node.address).stderr, "")

    def test_the_status_is_the_one_of_the_node(self):
        self.at_node("add", self.one)
        self.at_node("add", self.two)
        documents = json.loads(self.at_node("status", "--json").stdout)
        self.assertEqual([document["project"] for document in documents], ["one", "two"])
        for document in documents:
            self.assert_as_git_says(document)
            answer = self.node.status(document["project"])
            del document["as_of"], answer["as_of"]
            self.assertEqual(document, answer)
        assert_table(self, self.at_node("status").stdout, documents)
        self.at_node("status", "--exit-code", status=1)

    def test_a_fetch_brings_what_is_new(self):
        self.at_node("add", self.one)
        self.at_node("status")
        tip = commit_to(self.origin, "main", 2)
        self.at_node("fetch", "one")
        self.assertEqual(git(self.one, "rev-parse", "origin/main"), tip)

    def never_answering(self):
        """The remote of `one` from now on: what it is asked it takes in, and no more."""
        hole = socket.create_server(("127.0.0.1", 0))
        hole.settimeout(PATIENCE)
        self.addCleanup(hole.close)
        git(self.one, "remote", "set-url", "origin", f"http://127.0.0.1:{hole.getsockname()[1]}/x.git")
        return hole

    def test_ctrl_c_cancels_what_it_has_begun(self):
        self.at_node("add", self.one)
        hole = self.never_answering()
        self.at_node("status")
        fetch = Running(self, [program("HEADWAY"), "fetch", "one", "--node", self.node.address],
                        environment(HOME=self.state))
        self.addCleanup(hole.accept()[0].close)
        fetch.send(signal.SIGINT)
        self.assertEqual(fetch.wait(), 128 + signal.SIGINT)
        eventually(lambda: self.node.status("one")["remotes"][0]["outcome"] == "cancelled", "the fetch is cancelled")

    def test_ctrl_c_cancels_also_before_the_node_has_said_what_it_began(self):
        self.at_node("add", self.one)
        hole = self.never_answering()
        self.at_node("status")
        between = Withholding(self, self.node)
        fetch = Running(self, [program("HEADWAY"), "fetch", "one", "--node", between.address],
                        environment(HOME=self.state))
        self.assertTrue(between.has_begun.wait(PATIENCE))
        fetch.send(signal.SIGINT)
        between.may_tell.set()
        self.assertEqual(fetch.wait(), 128 + signal.SIGINT)
        eventually(lambda: self.node.status("one")["remotes"][0]["outcome"] == "cancelled", "the fetch is cancelled")

    def test_a_stop_waits_for_nobody_who_waits(self):
        node = Node(self, self.state / "other", "fetch.background=off", "engine.stop_deadline=3 s")
        node.add(self.one)
        hole = self.never_answering()
        node.status("one")
        waiting = socket.create_connection((node.host, node.port))
        self.addCleanup(waiting.close)
        waiting.sendall(b"POST /projects/one/fetch?wait=60s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        self.addCleanup(hole.accept()[0].close)
        self.assertEqual(node.stop(), 0, node.text())

    def test_watch_tells_of_changes(self):
        self.at_node("add", self.one)
        watch = Running(self, [program("HEADWAY"), "watch", "--node", self.node.address, "--count", "2"],
                        environment(HOME=self.state))
        watch.await_text("one")
        commit(self.one)
        self.assertEqual(watch.wait(), 0, watch.text())

    def test_watch_is_a_live_screen_with_keys(self):
        self.at_node("add", self.one)
        self.at_node("add", self.two)
        self.node.status("one"), self.node.status("two")
        screen = Screen(self, "watch", HEADWAY_NODE=self.node.address)
        screen.await_line("2 projects", "1 need attention")
        self.assertEqual(len(screen.frame()), 24)
        self.assertLessEqual(max(map(len, screen.frame())), 80)
        commit(self.two, 3)
        self.node.status("two")
        screen.await_line("two", "3")
        screen.press("\x1b[B\x1b[B")
        screen.await_line("> two")
        tip = commit_to(self.origin, "main", 2)
        screen.press("f")
        eventually(lambda: git(self.two, "rev-parse", "origin/main") == tip, "the fetch")
        screen.await_line("> two", "diverged")
        screen.press("s")
        screen.await_line("sort: name")
        self.at_node("remove", "one")
        screen.await_line("1 projects")
        screen.press("q")
        self.assertEqual(screen.process.wait(PATIENCE), 0)
        screen.read()
        # The terminal is as it was: the other screen, the cursor, lines and echo.
        self.assertTrue(screen.text.endswith(b"\x1b[?25h\x1b[?1049l"), screen.text[-40:])

    def test_watch_waits_for_a_node_that_has_gone(self):
        self.at_node("add", self.one)
        node = Node(self, self.state / "other", "fetch.background=off")
        node.add(self.two)
        screen = Screen(self, "watch", HEADWAY_NODE=node.address)
        screen.await_line("two")
        node.stop()
        screen.await_line("trying again")
        again = Node(self, self.state / "other", "fetch.background=off", f"http.port={node.port}")
        eventually(lambda: not any("trying again" in line for line in screen.frame()), "the node is back")
        os.killpg(screen.process.pid, signal.SIGINT)
        self.assertEqual(screen.process.wait(PATIENCE), 128 + signal.SIGINT)
        again.stop()

    def test_a_suspended_project_is_left_alone_until_it_is_resumed(self):
        self.at_node("add", self.one)
        self.at_node("add", self.two)
        self.at_node("suspend", "one")
        self.assertIn("suspended", self.at_node("list").stdout)
        self.assertEqual(self.node.document("/projects/one/sync-status")["state"], "suspended")
        before = git(self.one, "rev-parse", "origin/main")
        commit_to(self.origin, "main", 1)
        self.assertIn("is suspended", self.at_node("fetch", "one", status=2).stderr)
        self.assertNotIn("one  ", self.at_node("fetch", "--all").stdout)
        self.assertEqual(git(self.one, "rev-parse", "origin/main"), before)
        # What a person does in the clone is seen all the same.
        commit(self.one, 2)
        document = self.node.document("/projects/one/sync-status")
        head = next(branch for branch in document["branches"] if branch["head"])
        self.assertEqual(head["local_oid"], git(self.one, "rev-parse", "HEAD"))
        self.at_node("resume", "one")
        self.at_node("fetch", "one")
        self.assertNotEqual(git(self.one, "rev-parse", "origin/main"), before)
        self.assertIn("nobody", self.at_node("suspend", "nobody", status=2).stderr)

    def test_doctor_finds_nothing_wrong(self):
        self.at_node("add", self.one)
        self.assertIn("git", self.at_node("doctor").stdout)

    def test_what_cannot_be_done_is_told(self):
        for command, words in (("add", [str(self.root / "nowhere")]), ("remove", ["nobody"]), ("fetch", ["nobody"])):
            done = self.at_node(command, *words, status=2)
            self.assertIn(words[0].split("/")[-1], done.stderr)

    def test_a_node_that_is_not_there(self):
        for command in (["list"], ["status"], ["fetch", "one"]):
            done = self.headway(*command, "--node", "http://127.0.0.1:1", status=2)
            self.assertIn("127.0.0.1:1", done.stderr)


if __name__ == "__main__":
    unittest.main()
