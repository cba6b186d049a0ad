#!/usr/bin/env python3
"""What a node costs from outside: a status over HTTP beside nginx with the same bytes, events to a thousand clients,
starts and idleness with many projects.

    measure_http.py HEADWAYD [nginx|ways|live|scale …] [--rounds N] [--seconds S]

Needs nginx, wrk and git, and for `ways` the program http_hammer of this build. Rounds are interleaved (node, nginx, nginx, node, …), and ratios are taken pair by pair.
"""

import argparse
import http.client
import json
import os
import re
import resource
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b",
       "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b", "PATH": os.environ["PATH"]}


def git(folder, *args):
    return subprocess.run(["git", *map(str, args)], cwd=folder, env=GIT, check=True, capture_output=True,
                          text=True).stdout.strip()


def cpu_of(pid):
    """Seconds of processor that all threads of a process have used."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def memory_of(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


class Node:
    def __init__(self, program, folder, *options):
        self.process = subprocess.Popen([program, "--set", "http.port=0", "--set", f"database.directory={folder}",
                                         "--set", "fetch.background=off", *options], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=GIT)
        self.port = int(re.search(r":(\d+)", self.process.stdout.readline())[1])
        self.pid = self.process.pid

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def clone_with_branches(folder, branches):
    """A clone whose document has about 100 bytes a branch."""
    origin, clone = folder / "origin", folder / "clone"
    git(folder, "init", "--quiet", "--initial-branch=main", origin)
    for number in range(30):
        git(origin, "commit", "--quiet", "--allow-empty", "--message", str(number))
    git(folder, "clone", "--quiet", origin, clone)
    for number in range(branches - 1):
        git(clone, "branch", "--quiet", "--track", f"b{number}", "origin/main")
        git(clone, "update-ref", f"refs/heads/b{number}", f"origin/main~{number}")
    return clone


class Nginx:
    def __init__(self, folder, body):
        (folder / "www").mkdir()
        (folder / "www" / "status.json").write_bytes(body)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "nginx.conf").write_text(f"""
{"user root; " if os.getuid() == 0 else ""}worker_processes 1; daemon off; error_log {folder}/error.log; pid {folder}/nginx.pid;
events {{ worker_connections 2048; }}
http {{ access_log off; sendfile off; open_file_cache max=100; keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{self.port}; root {folder}/www; default_type application/json; }} }}
""")
        self.process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"])
        deadline = time.monotonic() + 10
        while True:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            if children:
                self.pid = int(children[0])
                return
            if time.monotonic() > deadline:
                raise SystemExit("nginx does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def wrk(port, path, connections, seconds, pid):
    """Requests a second, processor time of the server a request in µs, p50 and p99 in µs."""
    before = cpu_of(pid)
    text = subprocess.run(["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s",
                           "--latency", f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True,
                          check=True).stdout
    spent = cpu_of(pid) - before
    requests = int(re.search(r"(\d+) requests in", text)[1])
    if "Non-2xx" in text:
        raise SystemExit(text)
    units = {"us": 1, "ms": 1e3, "s": 1e6}

    def percentile(share):
        value, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", text).groups()
        return float(value) * units[unit]
    return (float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), 1e6 * spent / requests, percentile(50),
            percentile(99))


def hammer(options, where, path, connections, depth, pid):
    """Requests a second, and processor time of the server a request in µs."""
    before = cpu_of(pid)
    rate, _ = map(float, subprocess.run([options.hammer, str(where), path, str(connections), str(depth),
                                         str(options.seconds)], capture_output=True, text=True,
                                        check=True).stdout.split())
    return rate, 1e6 * (cpu_of(pid) - before) / (rate * options.seconds)


def median(values):
    return statistics.median(values)


def beside_nginx(options):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clone = clone_with_branches(folder, 20)
        node = Node(options.headwayd, folder / "data")
        node.ask("POST", "/projects", {"path": str(clone)})
        path = "/projects/clone/sync-status"
        body = node.ask("GET", path)[1]
        nginx = Nginx(folder, body)
        print(f"\n## Beside nginx: the status of 20 branches, {len(body)} bytes, refs checked in each request\n")
        print("| connections | node req/s | nginx req/s | ratio (median, range of pairs) | node CPU µs | nginx CPU µs "
              "| CPU ratio | node p50 / p99 µs | nginx p50 / p99 µs |\n|" + "---|" * 9)
        for connections in (1, 10, 100):
            ours, theirs = [], []
            for round in range(options.rounds):
                for who in (0, 1) if round % 2 == 0 else (1, 0):
                    if who == 0:
                        ours.append(wrk(node.port, path, connections, options.seconds, node.pid))
                    else:
                        theirs.append(wrk(nginx.port, "/status.json", connections, options.seconds, nginx.pid))
            ratios = [a[0] / b[0] for a, b in zip(ours, theirs)]
            costs = [a[1] / b[1] for a, b in zip(ours, theirs)]
            each = lambda rows, at: median(row[at] for row in rows)
            print(f"| {connections} | {each(ours, 0):.0f} | {each(theirs, 0):.0f} "
                  f"| {median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}) "
                  f"| {each(ours, 1):.1f} | {each(theirs, 1):.1f} | {median(costs):.2f} "
                  f"| {each(ours, 2):.0f} / {each(ours, 3):.0f} | {each(theirs, 2):.0f} / {each(theirs, 3):.0f} |")
        for target, what in (("/healthz", "the gateway alone"), ("/icon.svg", "a file of the page")):
            rows = [wrk(node.port, target, 10, options.seconds, node.pid) for _ in range(3)]
            print(f"\n{what} ({target}), 10 connections: {median(r[0] for r in rows):.0f} req/s, "
                  f"{median(r[1] for r in rows):.1f} µs CPU a request")
        figures = node.ask("GET", "/metrics")[1].decode()
        print("\nTime of an answer by part, all of the above together:")
        for part in ("db", "pool", "graph", "total"):
            counts = [(float(bound), int(count)) for bound, count in re.findall(
                rf'headway_status_seconds_bucket{{part="{part}",le="([^"]+)"}} (\d+)', figures)]
            spread = [next((bound for bound, count in counts if count >= share * counts[-1][1]), None)
                      for share in (0.5, 0.95, 0.99)]
            print(f"- {part}: p50 ≤ {spread[0]} s, p95 ≤ {spread[1]} s, p99 ≤ {spread[2]} s")
        nginx.stop()
        node.stop()


def ways(options):
    """Pipelining beside nginx, and a Unix socket beside TCP."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clone = clone_with_branches(folder, 20)
        socket_path = folder / "socket"
        node = Node(options.headwayd, folder / "data", "--set", f"http.socket={socket_path}")
        node.ask("POST", "/projects", {"path": str(clone)})
        path = "/projects/clone/sync-status"
        nginx = Nginx(folder, node.ask("GET", path)[1])
        print("\n## Other ways to ask, 10 connections\n")
        print("| what | beside | req/s | its req/s | ratio (median, range of pairs) | CPU µs | its CPU µs |\n|" + "---|" * 7)
        for what, beside, one, other in (
                ("16 deep, TCP", "nginx, 16 deep", (node.port, path, 16, node), (nginx.port, "/status.json", 16, nginx)),
                ("Unix socket", "TCP", (socket_path, path, 1, node), (node.port, path, 1, node)),
                ("Unix socket, 16 deep", "TCP, 16 deep", (socket_path, path, 16, node), (node.port, path, 16, node))):
            pairs = []
            for round in range(options.rounds):
                found = {}
                for each in (one, other) if round % 2 == 0 else (other, one):
                    found[id(each)] = hammer(options, each[0], each[1], 10, each[2], each[3].pid)
                pairs.append((found[id(one)], found[id(other)]))
            ratios = [a[0] / b[0] for a, b in pairs]
            print(f"| {what} | {beside} | {median(a[0] for a, _ in pairs):.0f} | {median(b[0] for _, b in pairs):.0f} "
                  f"| {median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}) | {median(a[1] for a, _ in pairs):.2f} "
                  f"| {median(b[1] for _, b in pairs):.2f} |", flush=True)
        nginx.stop()
        node.stop()


def live(options):
    clients, changes = 1000, 100
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clone = clone_with_branches(folder, 2)
        tips = [git(clone, "rev-parse", f"origin/main~{n}") for n in range(8)]
        node = Node(options.headwayd, folder / "data")
        node.ask("POST", "/projects", {"path": str(clone)})
        node.ask("GET", "/projects/clone/sync-status")
        before = memory_of(node.pid)
        chooser = selectors.DefaultSelector()
        for _ in range(clients):
            one = socket.create_connection(("127.0.0.1", node.port))
            one.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            one.setblocking(False)
            chooser.register(one, selectors.EVENT_READ)
        asker = http.client.HTTPConnection("127.0.0.1", node.port)
        ref = clone / ".git" / "refs" / "heads" / "b0"
        sent, latencies, waiting = 0, [], {}
        begun, spent = time.monotonic(), cpu_of(node.pid)
        end = begun + 10
        while time.monotonic() < end:
            if time.monotonic() >= begun + sent / changes:
                ref.write_text(tips[sent % len(tips)] + "\n")
                asker.request("GET", "/projects/clone/sync-status")
                asker.getresponse().read()
                sent += 1
                now = time.monotonic()
                for key in chooser.get_map().values():
                    waiting.setdefault(key.fileobj, now)
            for key, _ in chooser.select(0.001):
                try:
                    piece = key.fileobj.recv(65536)
                except BlockingIOError:
                    continue
                if not piece:
                    chooser.unregister(key.fileobj)
                elif b"event: status" in piece and key.fileobj in waiting:
                    latencies.append(time.monotonic() - waiting.pop(key.fileobj))
        latencies.sort()
        print(f"\n## Live: {clients} clients, {sent / 10:.0f} changes a second for 10 s (each told with the others of "
              f"its tenth of a second)\n")
        print(f"{len(latencies)} deliveries; from the first change that is not told yet until it is read: "
              f"p50 {1e3 * latencies[len(latencies) // 2]:.0f} ms, p99 {1e3 * latencies[len(latencies) * 99 // 100]:.0f} "
              f"ms; {len(chooser.get_map())} clients left; {(memory_of(node.pid) - before) / clients / 1024:.1f} KiB a client; "
              f"{1e6 * (cpu_of(node.pid) - spent) / max(1, len(latencies)):.1f} µs CPU a delivery, statuses included")
        node.stop()


def scale(options):
    print("\n## Scale: clones of one commit, background fetches off\n")
    print("| projects | all known after | memory | idle CPU of a core | status p50 / p99 µs (1 connection) |\n|" + "---|" * 5)
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            first = clone_with_branches(folder, 1)
            shutil.rmtree(first / ".git" / "hooks", ignore_errors=True)
            clones = folder / "clones"
            clones.mkdir()
            for number in range(size):
                shutil.copytree(first / ".git", clones / f"p{number}" / ".git")
            node = Node(options.headwayd, folder / "data", "--discover", clones)
            begun = time.monotonic()
            deadline = begun + 300
            while time.monotonic() < deadline:
                figures = node.ask("GET", "/metrics")[1].decode()
                states = dict(re.findall(r'headway_projects{state="(\w+)"} (\d+)', figures))
                if sum(map(int, states.values())) == size and int(states["refreshing"]) == 0:
                    known = [0]
                    page = json.loads(node.ask("GET", "/projects?limit=1000")[1])
                    if all(each["summary"] for each in page["projects"]):
                        break
                time.sleep(0.05)
            took = time.monotonic() - begun
            time.sleep(3)
            before, at = cpu_of(node.pid), time.monotonic()
            time.sleep(5)
            idle = (cpu_of(node.pid) - before) / (time.monotonic() - at)
            memory = memory_of(node.pid)
            row = wrk(node.port, "/projects/p0/sync-status", 1, 2, node.pid)
            print(f"| {size} | {took:.2f} s | {memory / 2**20:.0f} MiB | {100 * idle:.2f} % | {row[2]:.0f} / {row[3]:.0f} |",
                  flush=True)
            node.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("headwayd")
    parser.add_argument("parts", nargs="*", default=["nginx", "ways", "live", "scale"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--sizes", type=lambda text: [int(each) for each in text.split(",")],
                        default=[10, 100, 1000, 10_000])
    options = parser.parse_args()
    options.headwayd = str(Path(options.headwayd).resolve())
    options.hammer = Path(options.headwayd).parent.parent / "benchmarks" / "http" / "http_hammer"
    os.environ["PATH"] += ":/usr/sbin"
    for needed in ("git", "wrk", "nginx"):
        if not shutil.which(needed):
            sys.exit(f"measure_http.py: {needed} is not installed")
    sys.stdout.reconfigure(line_buffering=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    parts = {"nginx": beside_nginx, "ways": ways, "live": live, "scale": scale}
    for part in options.parts:
        parts[part](options)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    main()
