#!/usr/bin/env python3
"""Who may ask a node, and over what: Unix socket, TLS, tokens, sockets that systemd hands over, crowds."""

import http.client
import os
import re
import resource
import signal
import socket
import ssl
import stat
import subprocess
import unittest

from node import LOCAL_REMOTES, Node, Running, own_address, refused
from sandbox import PATIENCE, SandboxTest, commit, environment, eventually, git, program

READ = "read-" + 5 * "4711"
WRITE = "write-" + 5 * "0815"


def certificate(folder, name, *, subject="localhost"):
    """A key and a certificate that is its own authority, made by openssl."""
    key, pem = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", pem, "-days", "2", "-subj", f"/CN={subject}",
                    "-addext", f"subjectAltName=DNS:{subject},IP:127.0.0.1"], check=True, capture_output=True)
    key.chmod(0o600)
    return key, pem


class Access(SandboxTest):
    def some_clone(self):
        clone = self.work / "clone"
        git(self.work, "clone", "--quiet", self.repository(), clone)
        return clone

    def cli(self, *arguments, **variables):
        return subprocess.run([program("HEADWAY"), *map(str, arguments)], env=environment(**variables),
                              capture_output=True, text=True, timeout=PATIENCE)

    def tokens(self):
        file = self.root / "tokens"
        file.write_text(f"# for the tests\nread {READ}\nwrite {WRITE}\n")
        file.chmod(0o600)
        return file


class UnixSocket(Access):
    def test_the_command_line_does_its_work_over_a_socket_that_is_its_users_alone(self):
        path = self.root / "node.sock"
        node = Running(self, [program("HEADWAYD"), "--in-memory", "--set", LOCAL_REMOTES, "--set", "http.address=",
                              "--set", f"http.socket={path}"])
        node.await_text(f"ready on unix:{path}\n")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        clone = self.some_clone()
        added = self.cli("--node", f"unix:{path}", "add", clone)
        self.assertEqual((added.returncode, added.stderr), (0, ""))
        status = self.cli("status", HEADWAY_NODE=f"unix:{path}")
        self.assertIn("main", status.stdout)
        self.assertEqual(node.stop(), 0)
        self.assertFalse(path.exists())

    def test_a_socket_that_nobody_listens_on_is_told_by_its_name(self):
        answer = self.cli("--node", "unix:/nowhere/node.sock", "list")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("no node answers at unix:/nowhere/node.sock", answer.stderr)


class Activation(Access):
    def start(self, listeners, *options):
        """A node to which `listeners` are handed over as systemd does."""
        def hand_over():
            # Above the range first: a listener may have one of the numbers that it must not have.
            kept = [os.dup2(one.fileno(), 100 + i) for i, one in enumerate(listeners)]
            for i, descriptor in enumerate(kept):
                os.dup2(descriptor, 3 + i, inheritable=True)
        command = f'export LISTEN_PID=$$ LISTEN_FDS={len(listeners)}; exec "$@"'
        node = subprocess.Popen(["sh", "-c", command, "sh", program("HEADWAYD"), "--in-memory",
                                 *options], env=environment(), preexec_fn=hand_over, close_fds=False,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (node.kill(), node.wait(), node.stdout.close()))
        return node

    def test_sockets_that_were_opened_before_are_served_and_keep_their_place(self):
        path = self.root / "activated.sock"
        with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as local:
            tcp.bind(("127.0.0.1", 0))
            local.bind(str(path))
            tcp.listen(), local.listen()
            node = self.start([tcp, local])
            said = node.stdout.readline().decode()
            port = tcp.getsockname()[1]
            self.assertIn(f"http://127.0.0.1:{port} and unix:{path}", said)
            for where in (f"http://127.0.0.1:{port}", f"unix:{path}"):
                self.assertEqual(self.cli("--node", where, "list").returncode, 0, where)
            node.send_signal(signal.SIGTERM)
            self.assertEqual(node.wait(PATIENCE), 0)
            # The name belongs to whoever made it.
            self.assertTrue(path.exists())


class Tls(Access):
    def serve(self, *options):
        key, pem = certificate(self.root, "node")
        node = Running(self, [program("HEADWAYD"), "--in-memory", "--set", LOCAL_REMOTES, "--set", "http.port=0",
                              "--set", f"http.tls_certificate={pem}", "--set", f"http.tls_key={key}", *options])
        port = int(node.await_text(r"ready on https://127\.0\.0\.1:(\d+)")[1])
        return node, port, pem

    def connect(self, port, trusted):
        context = ssl.create_default_context(cafile=trusted)
        connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def test_everything_that_http_does_works_inside(self):
        node, port, pem = self.serve()
        connection = self.connect(port, pem)
        for _ in range(3):
            connection.request("GET", "/projects")
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b'{"projects":[],"next_cursor":null}'))
        self.assertIn(connection.sock.version(), ("TLSv1.2", "TLSv1.3"))
        connection.close()
        clone = self.some_clone()
        listed = self.cli("--node", f"https://localhost:{port}", "add", clone, SSL_CERT_FILE=str(pem))
        self.assertEqual((listed.returncode, listed.stderr), (0, ""))
        self.assertEqual(node.stop(), 0)

    def test_events_arrive(self):
        _, port, pem = self.serve()
        connection = self.connect(port, pem)
        connection.request("GET", "/events")
        stream = connection.getresponse()
        clone = self.some_clone()
        self.cli("--node", f"https://localhost:{port}", "add", clone, SSL_CERT_FILE=str(pem))
        while not (line := stream.readline()).startswith(b"event: status"):
            self.assertTrue(line)

    def test_a_certificate_that_is_not_trusted_is_refused_by_the_command_line(self):
        _, port, _ = self.serve()
        answer = self.cli("--node", f"https://localhost:{port}", "list")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("certificate", answer.stderr)

    def test_what_is_no_tls_is_hung_up_on_and_harms_nobody(self):
        _, port, pem = self.serve()
        for noise in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", bytes(range(256)) * 8, b"\x16\x03\x01\xff\xff"):
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as crowd:
                crowd.sendall(noise)
                crowd.shutdown(socket.SHUT_WR)
                try:
                    while crowd.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
        connection = self.connect(port, pem)
        connection.request("GET", "/healthz")
        self.assertEqual(connection.getresponse().status, 200)

    def test_a_new_certificate_is_taken_over_while_running(self):
        node, port, old = self.serve()
        waiting = self.connect(port, old)
        waiting.request("GET", "/healthz")
        waiting.getresponse().read()
        _, new = certificate(self.root, "node")
        node.send(signal.SIGHUP)
        node.await_text("configuration reloaded")

        def is_new():
            connection = self.connect(port, new)
            try:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == 200
            except ssl.SSLError:
                return False
            finally:
                connection.close()
        eventually(is_new, "the new certificate is shown")
        # Whoever was connected stays so.
        waiting.request("GET", "/healthz")
        self.assertEqual(waiting.getresponse().status, 200)

    def test_files_that_do_not_fit_are_no_start_and_no_change(self):
        node, port, pem = self.serve()
        (self.root / "node.key").write_text("nonsense")
        node.send(signal.SIGHUP)
        node.await_text(r"http\.tls_key: .*holds no private key")
        connection = self.connect(port, pem)
        connection.request("GET", "/healthz")
        self.assertEqual(connection.getresponse().status, 200)
        status, text = refused(self, f"database.directory={self.state}", "http.port=0", f"http.tls_certificate={pem}",
                               f"http.tls_key={self.root}/node.key")
        self.assertEqual(status, 1, text)
        self.assertIn("http.tls_key", text)

    def test_a_key_that_everybody_may_read_is_refused(self):
        key, pem = certificate(self.root, "open")
        key.chmod(0o644)
        status, text = refused(self, f"database.directory={self.state}", "http.port=0", f"http.tls_certificate={pem}",
                               f"http.tls_key={key}")
        self.assertEqual(status, 1, text)
        self.assertIn("can be read by everybody", text)


class Tokens(Access):
    def serve(self, *options):
        address = own_address()
        if not address or address.startswith("127."):
            self.skipTest("this machine has no address but loopback")
        node = Running(self, [program("HEADWAYD"), "--in-memory", "--set", "http.port=0",
                              "--set", f"http.address={address}", *options])
        port = int(node.await_text(rf"ready on https?://{address}:(\d+)")[1])
        return node, address, port

    def ask(self, address, port, method, path, token=None, body=None):
        connection = http.client.HTTPConnection(address, port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"} if body else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def test_from_a_network_reading_and_writing_take_a_token_each(self):
        _, *where = self.serve("--set", f"http.tokens_file={self.tokens()}")
        self.assertEqual(self.ask(*where, "GET", "/healthz"), 200)
        self.assertEqual(self.ask(*where, "GET", "/projects"), 401)
        self.assertEqual(self.ask(*where, "GET", "/projects", READ), 200)
        self.assertEqual(self.ask(*where, "GET", "/projects", WRITE), 200)
        self.assertEqual(self.ask(*where, "GET", "/projects", "x" * 20), 401)
        self.assertEqual(self.ask(*where, "DELETE", "/projects/none"), 401)
        self.assertEqual(self.ask(*where, "DELETE", "/projects/none", READ), 403)
        self.assertEqual(self.ask(*where, "DELETE", "/projects/none", WRITE), 404)

    def test_who_asks_too_often_from_a_network_is_told_so(self):
        _, *where = self.serve("--set", "http.requests_per_second=5")
        answers = [self.ask(*where, "GET", "/projects") for _ in range(100)]
        self.assertEqual(answers[:10], 10 * [200])
        self.assertIn(429, answers)

    def test_clients_of_a_socket_for_both_kinds_of_addresses_are_told_apart(self):
        node = Running(self, [program("HEADWAYD"), "--in-memory", "--set", "http.port=0", "--set", "http.address=::",
                              "--set", "http.requests_per_second=5"])
        port = int(node.await_text(r"ready on http://\[::\]:(\d+)")[1])

        def ask(source):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(source, 0))
            try:
                connection.request("GET", "/projects")
                return connection.getresponse().status
            finally:
                connection.close()

        while ask("127.0.0.2") != 429:
            pass
        self.assertEqual(ask("127.0.0.3"), 200)

    def test_without_tokens_nobody_from_outside_changes_anything(self):
        _, *where = self.serve()
        self.assertEqual(self.ask(*where, "GET", "/projects"), 200)
        self.assertEqual(self.ask(*where, "POST", "/projects", body='{"path":"/"}'), 403)

    def test_the_command_line_shows_its_token_and_never_in_the_clear_to_strangers(self):
        key, pem = certificate(self.root, "node", subject="localhost")
        file = self.root / "token"
        file.write_text(WRITE + "\n")
        _, address, port = self.serve("--set", f"http.tokens_file={self.tokens()}")
        refusal = self.cli("--node", f"http://{address}:{port}", "list", HEADWAY_TOKEN=READ)
        self.assertEqual(refusal.returncode, 2)
        self.assertIn("in the clear", refusal.stderr)
        node = Running(self, [program("HEADWAYD"), "--in-memory", "--set", LOCAL_REMOTES, "--set", "http.port=0",
                              "--set", f"http.tls_certificate={pem}", "--set", f"http.tls_key={key}",
                              "--set", f"http.tokens_file={self.tokens()}"])
        local = node.await_text(r"ready on https://127\.0\.0\.1:(\d+)")[1]
        there = ("--node", f"https://localhost:{local}")
        self.assertEqual(self.cli(*there, "list", SSL_CERT_FILE=str(pem), HEADWAY_TOKEN="x" * 20).returncode, 2)
        self.assertEqual(self.cli(*there, "list", SSL_CERT_FILE=str(pem), HEADWAY_TOKEN=READ).returncode, 0)
        self.assertEqual(self.cli(*there, "--token-file", file, "list", SSL_CERT_FILE=str(pem)).returncode, 0)
        none = self.cli(*there, "--token-file", self.root / "none", "list")
        self.assertEqual(none.returncode, 2)
        self.assertIn("--token-file", none.stderr)

    def test_a_file_that_everybody_may_read_is_refused(self):
        file = self.tokens()
        file.chmod(0o644)
        status, text = refused(self, f"database.directory={self.state}", "http.port=0", f"http.tokens_file={file}")
        self.assertEqual(status, 1, text)
        self.assertIn("can be read by everybody", text)
        self.assertNotIn(READ, text)


class Crowds(Access):
    def setUp(self):
        super().setUp()
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        self.most = min(12_000, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.most, hard))

    def crowd(self, node, size):
        connections = []
        self.addCleanup(lambda: [one.close() for one in connections])
        for _ in range(size):
            connections.append(socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE))
        return connections

    @staticmethod
    def memory_of(node):
        with open(f"/proc/{node.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def test_ten_thousand_idle_connections_disturb_nobody(self):
        size = min(10_000, self.most - 500)
        node = Node(self, self.state, "http.max_connections=20000")
        before = self.memory_of(node)
        self.crowd(node, size)
        self.assertEqual(node.get("/projects").status, 200)
        grown = self.memory_of(node) - before
        # Seen: 1.2 KiB each. The bound says that none owns a buffer.
        self.assertLess(grown / size, 4096, f"{grown} bytes for {size} connections")
        self.assertEqual(node.stop(), 0)

    @staticmethod
    def figure(node, name):
        return float(re.search(rf"^{name} (\S+)$", node.get("/metrics").body.decode(), re.MULTILINE)[1])

    def test_a_thousand_requests_at_once_for_a_project_that_has_changed_make_one_computation(self):
        node = Node(self, self.state)
        clone = self.some_clone()
        project = node.add(clone)
        for number in range(20):
            git(clone, "branch", "--track", f"topic-{number}", "origin/main")
        node.status(project)
        requests = self.crowd(node, 1000)
        # Settled before the change: the node sees that by itself, and may have counted before the first request comes.
        pairs = lambda: self.figure(node, "headway_graph_pair_misses_total")
        eventually(lambda: pairs() == 1, "the first pair, of a commit with itself, was counted")
        tip = commit(clone)
        for number in range(20):
            git(clone, "update-ref", f"refs/heads/topic-{number}", tip)
        for one in requests:
            one.sendall(f"GET /projects/{project}/sync-status HTTP/1.1\r\nHost: localhost\r\n"
                        "Connection: close\r\n\r\n".encode())
        bodies = set()
        for one in requests:
            received = b""
            while piece := one.recv(65536):
                received += piece
            bodies.add(re.sub(rb'"as_of":"[^"]*"', b"", received.partition(b"\r\n\r\n")[2]))
        self.assertEqual(len(bodies), 1)
        self.assert_as_git_says(node.status(project))
        # All 21 branches stand at one commit now and are compared with one other: one pair is counted.
        eventually(lambda: pairs() > 1, "a pair was counted")
        self.assertEqual(pairs(), 2)

    def test_hundreds_of_slow_clients_cost_good_ones_nothing_and_are_cut_off(self):
        node = Node(self, self.state, "http.header_timeout=2 s")
        slow = self.crowd(node, 500)
        for one in slow:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        for _ in range(20):
            self.assertEqual(node.get("/projects").status, 200)
        for one in slow:
            received = b""
            while piece := one.recv(4096):
                received += piece
            self.assertTrue(received.startswith(b"HTTP/1.1 408 "), received)


if __name__ == "__main__":
    unittest.main()
