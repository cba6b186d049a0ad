#!/usr/bin/env python3
"""A canary is put wherever secrets are, and looked for wherever anybody reads."""

import base64
import os
import socket
import subprocess
import threading
import unittest
from pathlib import Path

from node import Node
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


if __name__ == "__main__":
    unittest.main()
