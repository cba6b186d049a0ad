"""A running node, and what it answers."""

import http.client
import json
import re
import signal
import socket
import subprocess
import threading
from pathlib import Path

from sandbox import PATIENCE, environment, eventually, program

# Remotes of tests are on this machine, which a node does not fetch from unless it is told.
LOCAL_REMOTES = "fetch.allowed_schemes=https,ssh,http,git,file"
ADDRESS = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost):(\d+)")


def own_address():
    """An address of this machine that is not loopback; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)


class Running:
    """A program in a process group of its own; what it prints is kept."""

    def __init__(self, test, command, env=None, cwd=None):
        self.process = subprocess.Popen(list(map(str, command)), env=env or environment(), cwd=cwd,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, start_new_session=True)
        self.output = bytearray()
        self.errors = bytearray()
        self.readers = [threading.Thread(target=self._read, args=pipe, daemon=True)
                        for pipe in ((self.process.stdout, self.output), (self.process.stderr, self.errors))]
        for reader in self.readers:
            reader.start()
        test.addCleanup(self.kill)

    @staticmethod
    def _read(pipe, into):
        with pipe:
            while piece := pipe.read1(65536):
                into += piece

    def text(self):
        """Both streams, first what a person reads."""
        return (bytes(self.output) + bytes(self.errors)).decode(errors="replace")

    def await_text(self, pattern, patience=PATIENCE):
        """The first match of `pattern` in what it prints."""
        def look():
            found = re.search(pattern, self.text())
            if not found and self.process.poll() is not None:
                for reader in self.readers:
                    reader.join(PATIENCE)
                found = re.search(pattern, self.text())
                if not found:
                    raise AssertionError(f"ended with {self.process.returncode}: {self.text()}")
            return found
        try:
            return eventually(look, f"/{pattern}/", patience)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text()}") from None

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, patience=PATIENCE):
        """The exit status; negative: the signal that ended it."""
        status = self.process.wait(patience)
        for reader in self.readers:
            reader.join(PATIENCE)
        return status

    def stop(self, number=signal.SIGTERM, patience=PATIENCE):
        self.send(number)
        return self.wait(patience)

    def kill(self):
        # It is the leader of its group: what it has started goes with it.
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)


class Client:
    """Asks a node over HTTP; one connection per request."""

    def __init__(self, address, port):
        self.host, self.port = address, port
        self.address = f"http://{address}:{port}"

    def request(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(self.host.strip("[]"), self.port, timeout=PATIENCE)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body).encode()
            if body is not None:
                headers.setdefault("Content-Type", "application/json")
            connection.request(method, path, body=body, headers=headers)
            reply = connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def document(self, path):
        answer = self.get(path)
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {answer.body!r}")
        return answer.json()

    def add(self, path):
        """The id of the new project."""
        answer = self.request("POST", "/projects", {"path": str(path)})
        if answer.status != 201:
            raise AssertionError(f"POST {path}: {answer.status} {answer.body!r}")
        return answer.json()["id"]

    def status(self, project):
        return self.document(f"/projects/{project}/sync-status")

    def projects(self):
        """All of them, page by page."""
        page = self.document("/projects")
        rows = page["projects"]
        while page["next_cursor"]:
            page = self.document(f"/projects?cursor={page['next_cursor']}")
            rows += page["projects"]
        return rows

    def fetch(self, project, wait="30s"):
        answer = self.request("POST", f"/projects/{project}/fetch?wait={wait}")
        if answer.status not in (200, 202):
            raise AssertionError(f"fetch of {project}: {answer.status} {answer.body!r}")
        return answer.json()


class Node(Running, Client):
    """headwayd on a free port, up when it has been made."""

    def __init__(self, test, data, *options, prefix=(), config=None, env=None):
        command = [*prefix, program("HEADWAYD")]
        if config:
            command += ["--config", config]
        else:
            command += ["--set", "http.port=0"]
        command += ["--set", LOCAL_REMOTES]
        if data is not None:
            command += ["--set", f"database.directory={data}"]
        for option in options:
            command += ["--set", option]
        Running.__init__(self, test, command, env)
        self.await_start()

    def await_start(self):
        host, port = self.await_text(ADDRESS).groups()
        Client.__init__(self, host, int(port))


def refused(test, *options, prefix=(), config=None, env=None):
    """A node that must not start: its exit status and what it said."""
    command = [*prefix, program("HEADWAYD")]
    if config:
        command += ["--config", config]
    for option in options:
        command += ["--set", option]
    running = Running(test, command, env)
    return running.wait(), running.text()
