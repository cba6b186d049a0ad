#!/usr/bin/env python3
"""What somebody may try who owns a server, a clone, a web page or a connection: SECURITY.md lists it."""

import gzip
import http.server
import json
import os
import re
import socket
import threading
import time
import unittest
from pathlib import Path

from node import Node
from sandbox import SandboxTest, commit_to, environment, eventually, git

CANARY = "c4nary-7f3a9e"


class HostileServer:
    """An HTTP server whose answer to everything is a function of the request."""

    def __init__(self, test, answer):
        seen = self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                seen.append((self.command, self.path, dict(self.headers)))
                try:
                    answer(self)
                except OSError:
                    pass  # The client has hung up, as it should.
                self.close_connection = True

            do_GET = do_POST = serve

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/a.git"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)


def reply(handler, status, body=b"", **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def packet(line):
    return b"%04x%s" % (len(line) + 4, line)


REFS = "application/x-git-upload-pack-result"


class SecurityTest(SandboxTest):
    options = ("fetch.background=off", "fetch.deadline=10s", "fetch.max_deadline=10s")

    def setUp(self):
        super().setUp()
        self.origin = self.repository()
        self.data = self.state / "data"

    def start(self, *options, **more):
        self.node = Node(self, self.data, *self.options, *options, **more)
        return self.node

    def memory(self):
        status = Path(f"/proc/{self.node.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) << 10

    def fetch_from(self, server):
        """What a fetch from a hostile server comes to; the clone is as it was."""
        clone = self.clone(self.origin, "clone")
        before = git(clone, "for-each-ref")
        git(clone, "remote", "set-url", "origin", server.url)
        node = self.start()
        project = node.add(clone)
        node.status(project)
        remote = node.fetch(project)["remotes"][0]
        self.assertEqual(git(clone, "for-each-ref"), before)
        git(clone, "fsck", "--strict")
        return project, remote


class Servers(SecurityTest):
    def test_a_redirect_to_another_host_is_not_followed(self):
        inside = HostileServer(self, lambda handler: reply(handler, 200, b"secret"))
        outside = HostileServer(self, lambda handler: reply(handler, 302, Location=inside.url + handler.path))
        _, remote = self.fetch_from(outside)
        self.assertEqual(remote["outcome"], "failed")
        self.assertTrue(outside.seen)
        self.assertEqual(inside.seen, [])

    def test_a_redirect_to_a_file_or_another_protocol_is_not_followed(self):
        for location in (f"file://{self.origin}", "ftp://127.0.0.1/a.git", "gopher://127.0.0.1/_x"):
            with self.subTest(location):
                server = HostileServer(self, lambda handler, to=location: reply(handler, 301, Location=to))
                clone = self.clone(self.origin, f"clone-{location[:3]}")
                git(clone, "remote", "set-url", "origin", server.url)
                self.data = self.state / location[:3]
                node = self.start()
                project = node.add(clone)
                node.status(project)
                self.assertEqual(node.fetch(project)["remotes"][0]["outcome"], "failed")

    def test_compressed_answers_do_not_fill_the_memory(self):
        bomb = gzip.compress(packet(b"0" * 60000) * 20000, 9)  # 1.2 GB in some MB.
        server = HostileServer(self, lambda handler: reply(handler, 200, bomb, Content_Type=REFS,
                                                           Content_Encoding="gzip"))
        _, remote = self.fetch_from(server)
        self.assertEqual(remote["outcome"], "failed")
        self.assertLess(self.memory(), 400 << 20)

    def test_endless_answers_end(self):
        def flood(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", REFS)
            handler.end_headers()
            for number in range(100_000_000):
                handler.wfile.write(packet(b"%040x refs/heads/b%d\n" % (number, number)) * 64)

        server = HostileServer(self, flood)
        begin = time.monotonic()
        _, remote = self.fetch_from(server)
        self.assertIn(remote["outcome"], ("failed", "timed_out"))
        self.assertLess(time.monotonic() - begin, 45)
        self.assertLess(self.memory(), 600 << 20)

    def test_a_server_that_drips_is_given_up(self):
        def drip(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", REFS)
            handler.end_headers()
            while True:
                handler.wfile.write(b"0")
                handler.wfile.flush()
                time.sleep(0.2)  # This is the server's misbehaviour; nobody waits for it.

        begin = time.monotonic()
        _, remote = self.fetch_from(HostileServer(self, drip))
        self.assertIn(remote["outcome"], ("failed", "timed_out"))
        self.assertLess(time.monotonic() - begin, 45)

    def test_words_of_a_server_cannot_write_to_a_terminal(self):
        evil = b"\x1b]0;owned\x07\x1b[31mred\x9b\r\n"
        server = HostileServer(self, lambda handler: reply(handler, 200, packet(b"ERR " + evil) + b"0000",
                                                           Content_Type=REFS))
        project, remote = self.fetch_from(server)
        told = json.dumps(remote, ensure_ascii=False) + json.dumps(self.node.status(project), ensure_ascii=False)
        self.assertEqual(remote["outcome"], "failed")
        self.assertIsNone(re.search("[\x00-\x1f\x7f-\x9f]", remote["error"]), remote)
        self.assertNotIn("\x1b", told + self.node.text())

    def test_refs_with_names_that_lead_elsewhere_are_not_believed(self):
        for name in (b"refs/heads/../../../../evil", b"refs/heads/a\x1b[31m", b"refs/heads/.lock", b"../HEAD",
                     b"refs/heads/" + b"x" * 5000):
            with self.subTest(name[:20]):
                answer = packet(b"1" * 40 + b" " + name + b"\n") + b"0000"
                server = HostileServer(self, lambda handler, what=answer: reply(handler, 200, what, Content_Type=REFS))
                clone = self.clone(self.origin, f"clone{len(name)}-{name[-3:].hex()}")
                before = git(clone, "for-each-ref")
                git(clone, "remote", "set-url", "origin", server.url)
                self.data = self.state / name[:24].hex()
                node = self.start()
                project = node.add(clone)
                node.status(project)
                self.assertEqual(node.fetch(project)["remotes"][0]["outcome"], "failed")
                self.assertEqual(git(clone, "for-each-ref"), before)
                self.assertEqual(node.stop(), 0)


class Secrets(SecurityTest):
    def children(self, into, until):
        """Command lines and environments of whatever the node starts, as long as it runs."""
        while not until.is_set():
            for entry in os.scandir("/proc"):
                if not entry.name.isdigit():
                    continue
                try:
                    stat = Path(entry.path, "stat").read_text()
                    if int(stat.rsplit(")", 1)[1].split()[1]) == self.node.process.pid:
                        into.add(Path(entry.path, "cmdline").read_bytes())
                except OSError:
                    continue

    def test_no_login_is_told_logged_stored_or_shown_to_other_users(self):
        asked = HostileServer(self, lambda handler: reply(handler, 403, CANARY.encode()))
        clone = self.clone(self.origin, "clone")
        git(clone, "remote", "set-url", "origin", f"http://user:{CANARY}@127.0.0.1:{asked.port}/a.git?token={CANARY}")
        other = self.clone(self.origin, "other")
        wants = HostileServer(self, lambda handler: reply(
            handler, 403 if "Authorization" in handler.headers else 401, WWW_Authenticate='Basic realm="x"'))
        git(other, "remote", "set-url", "origin", wants.url)
        helper = self.root / "helper"
        helper.write_text(f"#!/bin/sh\necho username=user\necho password={CANARY}\n")
        helper.chmod(0o755)
        git(other, "config", "credential.helper", str(helper))
        third = self.clone(self.origin, "third")
        git(third, "remote", "set-url", "origin", wants.url.replace("a.git", "c.git"))
        git(third, "config", "http.extraHeader", f"Authorization: Bearer {CANARY}")

        node = self.start("log.level=trace", env=environment(HOME=self.state, GIT_TRACE="1", GIT_CURL_VERBOSE="1"))
        lines, stop = set(), threading.Event()
        watcher = threading.Thread(target=self.children, args=(lines, stop))
        watcher.start()
        told = []
        for project in [node.add(path) for path in (clone, other, third)]:
            node.status(project)
            report = node.fetch(project)
            self.assertNotIn(report["remotes"][0]["outcome"], ("updated", "unchanged"))
            for path in (f"/projects/{project}", f"/projects/{project}/sync-status", f"/projects/{project}/schedule",
                         f"/fetches/{report['id']}"):
                told.append(node.get(path).body)
        for path in ("/projects", "/scheduler", "/metrics", "/healthz", "/readyz"):
            told.append(node.get(path).body)
        stop.set()
        watcher.join()
        self.assertEqual(node.stop(), 0)
        self.assertTrue(wants.seen and asked.seen)
        for words in told:
            self.assertNotIn(CANARY.encode(), words)
        self.assertNotIn(CANARY, node.text())
        for line in lines:
            self.assertNotIn(CANARY.encode(), line)
        for folder in (self.data, self.state):
            for file in folder.rglob("*"):
                if file.is_file():
                    self.assertNotIn(CANARY.encode(), file.read_bytes(), file)

    def test_a_login_goes_to_no_other_host(self):
        thief = HostileServer(self, lambda handler: reply(handler, 404))
        server = HostileServer(self, lambda handler: reply(handler, 302, Location=thief.url + handler.path))
        server.url = f"http://user:{CANARY}@127.0.0.1:{server.port}/a.git"
        self.fetch_from(server)
        self.assertEqual(thief.seen, [])


class Clones(SecurityTest):
    def test_a_link_in_the_place_of_a_git_directory_does_not_lead_out_of_the_allowed_roots(self):
        inside = self.root / "inside"
        inside.mkdir()
        outside = self.clone(self.origin, "outside")
        (inside / "link").mkdir()
        (inside / "link" / ".git").symlink_to(outside / ".git")
        (inside / "file").mkdir()
        (inside / "file" / ".git").write_text(f"gitdir: {outside / '.git'}\n")
        node = self.start(f"projects.allowed_roots={inside}")
        for name in ("link", "file"):
            with self.subTest(name):
                answer = node.request("POST", "/projects", {"path": str(inside / name)})
                self.assertEqual(answer.status, 403, answer.body)

    def test_paths_with_dots_do_not_lead_out_of_the_allowed_roots(self):
        inside = self.root / "inside"
        inside.mkdir()
        outside = self.clone(self.origin, "outside")
        node = self.start(f"projects.allowed_roots={inside}")
        for path in (f"{inside}/../outside", f"{inside}/./../outside/", f"{inside}/x/../../outside",
                     f"{inside}//..//outside", str(outside), f"{inside}-else", f"{inside}\x00{outside}"):
            with self.subTest(path):
                answer = node.request("POST", "/projects", {"path": path})
                self.assertIn(answer.status, (400, 403, 422), answer.body)

    def test_names_of_branches_cannot_write_to_a_terminal_or_break_an_answer(self):
        clone = self.clone(self.origin, "clone")
        tip = git(clone, "rev-parse", "HEAD").strip()
        with (clone / ".git" / "packed-refs").open("ab") as packed:
            for name in (b"refs/heads/a\x1b[31m", b"refs/heads/\xff\xfe", b"refs/heads/\xc2\x9b", b'refs/heads/"\\<b>'):
                packed.write(tip.encode() + b" " + name + b"\n")
        node = self.start()
        project = node.add(clone)
        answer = node.get(f"/projects/{project}/sync-status")
        self.assertEqual(answer.status, 200)
        answer.json()
        self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f]", answer.body))
        self.assertNotIn("\x1b", node.text())


class Connections(SecurityTest):
    def test_a_thousand_connections_that_say_half_a_word_do_no_harm(self):
        clone = self.clone(self.origin, "clone")
        node = self.start("http.max_connections=400", "http.header_timeout=2s")
        project = node.add(clone)
        crowd = []
        for _ in range(1000):
            one = socket.create_connection(("127.0.0.1", node.port), timeout=10)
            one.sendall(b"GET /projects HTTP/1.1\r\nHo")
            crowd.append(one)
        self.addCleanup(lambda: [one.close() for one in crowd])

        def answers():
            try:
                return node.get("/healthz").status == 200
            except OSError:
                return False  # Told that there are too many.

        eventually(answers, "an answer when the slow ones have been cut off")
        self.assertEqual(node.status(project)["project"], project)
        self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
