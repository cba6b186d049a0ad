#!/usr/bin/env python3
"""The main job from end to end: tools/run on clones with remotes of every kind."""

import signal
import time
import unittest

from node import ADDRESS, Client, Running
from sandbox import PATIENCE, SandboxTest, commit, commit_to, environment, eventually, git, program
from servers import GitDaemon, HttpServer, SshServer
from table import assert_table

# It builds first, and a build from nothing takes its time.
START_PATIENCE = 600


class Run(Running, Client):
    """tools/run, up when it has printed the address."""

    def __init__(self, test, folder, *options):
        overrides = [word for option in ("http.port=0", *options) for word in ("--set", option)]
        Running.__init__(self, test, [program("HEADWAY_RUN"), folder, "--", *overrides],
                         environment(XDG_STATE_HOME=test.state, HOME=test.state))
        host, port = self.await_text(ADDRESS, START_PATIENCE).groups()
        Client.__init__(self, host, int(port))
        self.await_text(r"(?m)^PROJECT\s")


class RunTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.origin = self.repository(commits=10)
        git(self.origin, "config", "http.receivepack", "true")

    def documents(self, node):
        return {row["id"]: node.status(row["id"]) for row in node.projects()}


class Discovery(RunTest):
    def test_all_kinds_of_repositories_and_remotes(self):
        http = HttpServer(self, self.root / "http", self.root)
        daemon = GitDaemon(self, self.root / "daemon", self.root)
        ssh = SshServer(self, self.root / "ssh")
        clones = {
            "over-http": self.clone(http.url(self.origin), "over-http"),
            "over-git": self.clone(daemon.url(self.origin), "over-git"),
            "over-ssh": self.clone(ssh.url(self.origin), "over-ssh", "--config", f"core.sshCommand={ssh.client()}"),
            "local-path": self.clone(self.origin, "local-path"),
        }
        commit(clones["over-http"], 2)
        git(clones["over-git"], "reset", "--quiet", "--hard", "HEAD~3")
        git(clones["over-ssh"], "reset", "--quiet", "--hard", "HEAD~2")
        commit(clones["over-ssh"])
        # A linked worktree, a bare repository, a submodule, and a link that leads out of the tree.
        git(clones["local-path"], "worktree", "add", "--quiet", "-b", "side", self.work / "deep" / "linked",
            "origin/main")
        commit(self.work / "deep" / "linked", 4)
        git(self.work, "clone", "--quiet", "--bare", self.origin, self.work / "bare.git")
        git(clones["over-http"], "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", self.origin, "lib")
        commit(clones["over-http"])
        git(self.root, "clone", "--quiet", self.origin, self.root / "outside")
        (self.work / "link").symlink_to(self.root / "outside")

        run = Run(self, self.work, "fetch.min_interval=1 s", "fetch.max_interval=2 s",
                  "fetch.trusted_repositories=/")
        paths = {row["path"] for row in run.projects()}
        self.assertEqual(paths, {*map(str, clones.values()), str(self.work / "deep" / "linked"),
                                 str(self.work / "bare.git"), str(clones["over-http"] / "lib")})
        documents = self.documents(run)
        for document in documents.values():
            self.assert_as_git_says(document)
        assert_table(self, run.text(), documents.values())

        # Whatever moves there comes here without anybody asking, whatever the protocol.
        tip = commit_to(self.origin, "main", 5)
        for name in (*clones, "lib", "linked"):
            eventually(lambda: any(row["remote_oid"] == tip for row in run.status(name)["branches"]),
                       f"{name} is fetched in the background")
        for document in self.documents(run).values():
            self.assert_as_git_says(document)
        self.assertEqual(run.stop(signal.SIGINT), 0, run.text())

    def test_nothing_to_find(self):
        run = Running(self, [program("HEADWAY_RUN"), self.work, "--", "--set", "http.port=0"],
                      environment(XDG_STATE_HOME=self.state, HOME=self.state))
        run.await_text(r"(?i)no (git )?repositor", START_PATIENCE)
        if run.process.poll() is None:
            run.stop(signal.SIGINT)

    def test_a_folder_that_is_not_there(self):
        run = Running(self, [program("HEADWAY_RUN"), self.work / "nowhere", "--", "--set", "http.port=0"],
                      environment(XDG_STATE_HOME=self.state, HOME=self.state))
        run.await_text("nowhere", START_PATIENCE)
        run.await_text(f"(?i){self.work}/nowhere")
        if run.process.poll() is None:
            run.stop(signal.SIGINT)


class Truth(RunTest):
    def test_a_manual_fetch_brings_what_is_new(self):
        http = HttpServer(self, self.root / "http", self.root)
        clone = self.clone(http.url(self.origin), "clone")
        run = Run(self, self.work, "fetch.min_interval=1 h")
        eventually(lambda: run.status("clone")["state"] == "fresh", "the first fetch")
        other = self.clone(http.url(self.origin), "../other")
        tip = commit(other, 3)
        git(other, "push", "--quiet")
        self.assertEqual(run.status("clone")["branches"][0]["behind"], 0)
        report = run.fetch("clone")
        self.assertEqual(report["stage"], "done")
        remote, = report["remotes"]
        self.assertEqual((remote["name"], remote["outcome"], remote["error"]), ("origin", "updated", None))
        self.assertEqual([(update["ref"], update["after"]) for update in remote["updates"]],
                         [("refs/remotes/origin/main", tip)])
        document = run.status("clone")
        self.assert_as_git_says(document)
        self.assertEqual((document["branches"][0]["behind"], document["branches"][0]["remote_oid"]), (3, tip))
        self.assertEqual(run.document(f"/fetches/{report['id']}"), report)
        self.assertEqual(run.stop(signal.SIGINT), 0, run.text())

    def test_what_git_has_done_is_in_the_next_answer(self):
        clone = self.clone(self.origin, "clone")
        run = Run(self, self.work, "fetch.background=off")
        for number in range(1, 101):
            tip = commit(clone)
            branch, = run.status("clone")["branches"]
            self.assertEqual((branch["ahead"], branch["behind"], branch["local_oid"]), (number, 0, tip))
        git(clone, "branch", "--quiet", "topic", "HEAD~7")
        git(clone, "branch", "--quiet", "--set-upstream-to=origin/main", "topic")
        self.assert_as_git_says(run.status("clone"))
        git(clone, "pack-refs", "--all")
        self.assert_as_git_says(run.status("clone"))
        git(clone, "reset", "--quiet", "--hard", "HEAD~50")
        self.assert_as_git_says(run.status("clone"))
        git(clone, "branch", "--quiet", "--delete", "--force", "topic")
        git(clone, "branch", "--unset-upstream", "main")
        self.assert_as_git_says(run.status("clone"))
        git(clone, "gc", "--quiet")
        git(clone, "switch", "--quiet", "--orphan", "fresh")
        self.assert_as_git_says(run.status("clone"))
        self.assertEqual(run.stop(signal.SIGINT), 0, run.text())

    def test_what_the_http_interface_promises(self):
        clone = self.clone("file://" + str(self.origin), "clone")
        git(clone, "remote", "set-url", "--push", "origin", "https://user:s3cret@example.com/x.git")
        git(clone, "remote", "add", "other", "https://user:s3cret@127.0.0.1:1/x.git")
        run = Run(self, self.work, "fetch.background=off")
        self.assertEqual(run.get("/healthz").status, 200)
        self.assertEqual(run.get("/readyz").status, 200)
        self.assertRegex(run.get("/metrics").body.decode(), r"(?m)^headway_\w+")
        answer = run.get("/projects/clone/sync-status")
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        for part in ("db", "pool", "graph", "total"):
            self.assertRegex(answer.headers["Server-Timing"], rf"\b{part};dur=\d")
        self.assertNotIn(b"s3cret", answer.body)
        self.assertEqual(list(answer.json()), ["project", "path", "state", "reason", "as_of", "remotes", "branches"])
        again = run.get("/projects/clone/sync-status", **{"If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        commit(clone)
        changed = run.get("/projects/clone/sync-status", **{"If-None-Match": answer.headers["ETag"]})
        self.assertEqual(changed.status, 200)
        self.assertNotEqual(changed.headers["ETag"], answer.headers["ETag"])
        self.assertEqual([row["id"] for row in run.document("/projects?state=" + changed.json()["state"])["projects"]],
                         ["clone"])
        self.assertEqual(run.document("/projects?state=corrupt")["projects"], [])
        self.assertEqual(run.request("DELETE", "/projects/clone").status, 204)
        self.assertEqual(run.get("/projects/clone").status, 404)
        self.assertEqual(run.add(clone), "clone")
        self.assertNotIn("s3cret", run.text())
        self.assertEqual(run.stop(signal.SIGINT), 0, run.text())

    def test_the_list_comes_in_pages(self):
        for number in range(7):
            git(self.work, "init", "--quiet", "--initial-branch=main", f"p{number}")
        run = Run(self, self.work, "fetch.background=off")
        found, path = [], "/projects?limit=3"
        while path:
            page = run.document(path)
            self.assertLessEqual(len(page["projects"]), 3)
            found += [row["id"] for row in page["projects"]]
            path = page["next_cursor"] and f"/projects?limit=3&cursor={page['next_cursor']}"
        self.assertEqual(found, [f"p{number}" for number in range(7)])
        self.assertEqual(run.stop(signal.SIGINT), 0, run.text())


class Restart(RunTest):
    def schedule(self, run, project="clone"):
        return [(row["name"], row["last_fetch"], row["outcome"], row["next_due"])
                for row in run.status(project)["remotes"]]

    def test_a_restart_knows_what_was_and_keeps_the_schedule(self):
        self.clone(self.origin, "clone")
        options = ("fetch.min_interval=1 h", "fetch.max_interval=2 h")
        run = Run(self, self.work, *options)
        eventually(lambda: run.status("clone")["state"] == "fresh", "the first fetch")
        before = self.schedule(run)
        self.assertEqual(run.stop(signal.SIGINT), 0, run.text())
        commit_to(self.origin, "main")
        again = Run(self, self.work, *options)
        self.assertEqual([row["id"] for row in again.projects()], ["clone"])
        self.assertEqual(self.schedule(again), before)
        self.assert_as_git_says(again.status("clone"))
        self.assertEqual(again.stop(signal.SIGINT), 0, again.text())

    def test_ctrl_c_ends_it_in_time_though_a_fetch_runs(self):
        clone = self.clone(self.origin, "clone")
        script = self.root / "silent"
        script.write_text(f"#!/bin/sh\ntouch {self.root}/called\nexec sleep 600\n")
        script.chmod(0o755)
        git(clone, "config", "core.sshCommand", script)
        git(clone, "remote", "set-url", "origin", "ssh://127.0.0.1/x.git")
        run = Run(self, self.work, "fetch.background=off", "fetch.trusted_repositories=/")
        run.request("POST", "/projects/clone/fetch")
        eventually((self.root / "called").exists, "the fetch runs")
        began = time.monotonic()
        self.assertEqual(run.stop(signal.SIGINT), 0, run.text())
        self.assertLess(time.monotonic() - began, 10)


if __name__ == "__main__":
    unittest.main()
