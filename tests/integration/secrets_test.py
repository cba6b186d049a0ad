#!/usr/bin/env python3
"""A canary is put wherever secrets are, and looked for wherever anybody reads."""

import base64
import json
import os
import re
import socket
import subprocess
import threading
import unittest
from pathlib import Path

from node import Node, refused
from sandbox import PATIENCE, SandboxTest, environment, eventually, git, program

CANARY = "canary-0a1b2c3d4e5f"


class Secrets(SandboxTest):
    def listen_in(self, node):
        """All that is told on the stream of events."""
        heard = bytearray()
        stream = socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE)
        self.addCleanup(stream.close)
        stream.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")

        def read():
            try:
                while piece := stream.recv(65536):
                    heard.extend(piece)
            except OSError:
                pass
        threading.Thread(target=read, daemon=True).start()
        return heard

    @staticmethod
    def command_lines():
        lines = []
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and int(process.name) != os.getpid():
                try:
                    lines.append((process / "cmdline").read_bytes())
                except OSError:
                    pass
        return lines

    def test_no_secret_gets_anywhere(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            port = server.getsockname()[1]
            url = f"http://somebody:{CANARY}@127.0.0.1:{port}/repository.git"
            clone = self.clone(self.repository(), "clone")
            git(clone, "remote", "set-url", "origin", url)
            git(clone, "config", "http.extraHeader", f"X-Secret: {CANARY}")
            git(clone, "config", f"url.http://x:{CANARY}@127.0.0.1/.insteadOf", "short:")
            by_token = self.clone(self.repository("second"), "by-token")
            git(by_token, "remote", "set-url", "origin", f"http://127.0.0.1:{port}/second.git")
            token = self.root / "git.token"
            token.write_text(f"{CANARY}-git\n")
            token.chmod(0o600)
            tokens = self.root / "tokens"
            tokens.write_text(f"write {CANARY}-token\n")
            tokens.chmod(0o600)
            node = Node(self, self.state / "data", "log.level=trace", f"http.tokens_file={tokens}",
                        "fetch.backoff=100 ms", "fetch.deadline=2 s", f"fetch.tokens=http://127.0.0.1:{port}=file:{token}")
            heard = self.listen_in(node)
            project = node.add(clone)
            second = node.add(by_token)
            seen = []
            asked = bytearray()

            def serve():
                # The remote wants a login that there is not, and then breaks off.
                while True:
                    try:
                        connection, _ = server.accept()
                    except OSError:
                        return
                    with connection:
                        asked.extend(connection.recv(65536))
                        seen.extend(self.command_lines())
                        connection.sendall(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                                           b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            threading.Thread(target=serve, daemon=True).start()
            for _ in range(2):
                node.fetch(project)
                node.fetch(second)
            answers = [node.get(path).body for path in (
                f"/projects/{project}/sync-status", f"/projects/{project}/schedule", f"/projects/{project}/fetches",
                f"/projects?cursor={CANARY}x", "/projects", "/scheduler", "/metrics", f"/projects/{project}",
                f"/sync-status?projects={project}", f"/projects/{second}/sync-status", f"/projects/{second}/fetches")]
            # A query may hold a secret: its refusal goes to whoever sent it, and nowhere else.
            refusal = node.get("/healthz", Authorization=f"Bearer wrong-{CANARY}")
            self.assertEqual(refusal.status, 401)
            answers.append(refusal.body)
            cli = subprocess.run([program("HEADWAY"), "--node", node.address, "status", "--json"],
                                 env=environment(HOME=self.state, HEADWAY_TOKEN=f"{CANARY}-token"),
                                 capture_output=True, timeout=PATIENCE)
            self.assertEqual(cli.returncode, 0, cli.stderr)
            listing = subprocess.run([program("HEADWAY"), "--node", "http://192.0.2.1:1", "list"],
                                     env=environment(HOME=self.state, HEADWAY_TOKEN=f"{CANARY}-token"),
                                     capture_output=True, timeout=PATIENCE)
            eventually(lambda: b"event: fetch" in heard, "a fetch was told")
            self.assertEqual(node.stop(), 0)
        del answers[3]
        self.assertGreater(len(seen), 0)
        self.assertIn(base64.b64encode(f"x-access-token:{CANARY}-git".encode()), asked)
        places = {
            "the log": node.text().encode(), "an answer": b"".join(answers), "the events": bytes(heard),
            "a command line": b"\n".join(seen), "the output of headway": cli.stdout + cli.stderr + listing.stderr,
            "the database": b"".join(file.read_bytes() for file in (self.state / "data").rglob("*") if file.is_file()),
        }
        for place, text in places.items():
            self.assertGreater(len(text), 0, place)
            self.assertNotIn(CANARY.encode(), text, place)

    def test_what_clients_send_goes_nowhere(self):
        """Whoever sends it may get it back; nobody else hears of it, and it is written nowhere."""
        clone = self.clone(self.repository(), "clone")
        hooks = self.root / "hooks"
        hooks.write_text(f"{CANARY}-hook\n")
        hooks.chmod(0o600)
        node = Node(self, self.state / "data", "log.level=trace", f"hooks.gitlab_secrets={hooks}")
        heard = self.listen_in(node)
        project = node.add(clone)
        url = f"https://somebody:{CANARY}@192.0.2.1/a.git?key={CANARY}"
        delivery = json.dumps({"repository": {"clone_url": url, "name": CANARY}, "after": CANARY}).encode()
        sent = [
            ("GET", f"/{CANARY}", None, {}, 404), ("GET", f"/projects/{CANARY}", None, {}, 404),
            ("GET", f"/projects?{CANARY}={CANARY}", None, {}, 400), ("GET", f"/projects?limit={CANARY}", None, {}, 400),
            ("POST", "/projects", {"path": f"/nowhere/{CANARY}"}, {}, 404), ("POST", "/projects", {CANARY: CANARY}, {}, 400),
            ("POST", "/projects", f"{{{CANARY}".encode(), {}, 400),
            ("GET", "/projects", None, {"Cookie": CANARY, "User-Agent": CANARY, "Referer": CANARY, CANARY: CANARY}, 200),
            ("GET", "/projects", None, {"If-None-Match": f'"{CANARY}"', "Accept": CANARY}, 200),
            ("GET", "/projects", None, {"Authorization": f"Basic {CANARY}"}, 200),
            ("DELETE", f"/projects/{project}", None, {"Origin": f"https://{CANARY}.example"}, 403),
            ("POST", "/hooks/gitlab", delivery, {"X-Gitlab-Token": CANARY}, 401),
            ("POST", "/hooks/gitlab", delivery, {"X-Gitlab-Token": f"{CANARY}-hook", "X-Gitlab-Event-UUID": CANARY}, 202),
            ("POST", "/hooks/gitlab", f"[{CANARY}".encode(), {"X-Gitlab-Token": f"{CANARY}-hook"}, 400),
        ]
        for method, path, body, headers, status in sent:
            with self.subTest(path, **headers):
                self.assertEqual(node.request(method, path, body, **headers).status, status)
        git(clone, "branch", "news")
        node.fetch(project)
        answers = [node.get(path).body for path in ("/projects", "/scheduler", "/metrics", "/healthz", "/readyz",
                                                    f"/projects/{project}", f"/projects/{project}/schedule",
                                                    f"/projects/{project}/sync-status", f"/projects/{project}/fetches")]
        eventually(lambda: b"event: " in heard, "something was told")
        self.assertEqual(node.stop(), 0)
        # Paths are for whoever looks for a fault: at level debug, and nothing in them is a secret of the API's.
        log = re.sub(r"debug +http path=\S+", "", node.text())
        self.assert_clean({"the log": log.encode(), "an answer": b"".join(answers), "the events": bytes(heard),
                           "a file": self.files(self.state)})

    def test_what_stands_in_a_configuration_and_in_the_environment_goes_nowhere(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            port = server.getsockname()[1]
            threading.Thread(target=self.refuse_logins, args=(server,), daemon=True).start()
            clone = self.clone(self.repository(), "clone")
            git(clone, "remote", "set-url", "origin", "rewritten:a.git")
            persons = self.root / "gitconfig"
            persons.write_text(f'[url "http://somebody:{CANARY}@127.0.0.1:{port}/"]\n insteadOf = rewritten:\n'
                               f'[http]\n extraHeader = "X-Secret: {CANARY}"\n cookieFile = /nowhere/{CANARY}\n')
            token = self.clone(self.repository("second"), "by-token")
            git(token, "remote", "set-url", "origin", f"http://localhost:{port}/b.git")
            config = self.root / "node.toml"
            config.write_text(f'[http]\nport = 0\n[log]\nlevel = "trace"\n[fetch]\nbackoff = "100 ms"\n'
                              f'tokens = ["http://localhost:{port}=env:SECRET_OF_THE_HOST"]\n')
            node = Node(self, self.state / "data", config=config,
                        env=environment(HOME=self.state, GIT_CONFIG_GLOBAL=persons, SECRET_OF_THE_HOST=CANARY,
                                        GIT_TRACE=1, GIT_CURL_VERBOSE=1, GIT_ASKPASS=f"/nowhere/{CANARY}",
                                        HTTP_AUTHORIZATION=CANARY))
            heard = self.listen_in(node)
            answers = []
            for project in (node.add(clone), node.add(token)):
                self.assertNotIn(node.fetch(project)["remotes"][0]["outcome"], ("updated", "unchanged"))
                answers += [node.get(f"/projects/{project}{path}").body
                            for path in ("", "/sync-status", "/schedule", "/fetches")]
            answers += [node.get(path).body for path in ("/projects", "/scheduler", "/metrics", "/readyz")]
            eventually(lambda: b"event: fetch" in heard, "a fetch was told")
            self.assertEqual(node.stop(), 0)
        self.assert_clean({"the log": node.text().encode(), "an answer": b"".join(answers), "the events": bytes(heard),
                           "a file": self.files(self.state)})

    def test_a_secret_in_the_wrong_place_of_a_configuration_is_not_shown(self):
        config = self.root / "node.toml"
        config.write_text(f'[fetch]\ntokens = ["https://host.example={CANARY}"]\n')
        status, words = refused(self, config=config)
        self.assertNotEqual(status, 0)
        self.assert_clean({"the complaint": words.encode()})

    @staticmethod
    def refuse_logins(server):
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                                   b"Content-Length: 0\r\nConnection: close\r\n\r\n")

    @staticmethod
    def files(folder):
        return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())

    def assert_clean(self, places):
        for place, text in places.items():
            self.assertGreater(len(text), 0, place)
            self.assertNotIn(CANARY.encode(), text, place)


if __name__ == "__main__":
    unittest.main()
