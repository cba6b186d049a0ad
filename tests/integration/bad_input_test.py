#!/usr/bin/env python3
"""Whatever is wrong is told by name, and a healthy project beside it does not suffer."""

import errno
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import unittest
from pathlib import Path

from node import Client, Node, refused
from sandbox import (NOBODY, SandboxTest, commit, commit_to, environment, eventually, expected_branches, git,
                     program)

# Exit statuses of headwayd.
CANNOT_RUN = 1
MISUSED = 2

as_root = unittest.skipUnless(os.geteuid() == 0, "only root can show it: needs a second user")
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def give_to_nobody(folder):
    os.chown(folder, NOBODY, NOBODY)
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            os.chown(Path(parent, name), NOBODY, NOBODY, follow_symlinks=False)


def loose_object(clone, oid):
    return clone / ".git" / "objects" / oid[:2] / oid[2:]


def damage(file, content):
    """Git writes objects and graphs read-only."""
    file.chmod(0o644)
    file.write_bytes(content)


class BadInputTest(SandboxTest):
    """One node, one healthy project; each test ends with a look at that."""

    options = ("fetch.background=off",)

    def setUp(self):
        super().setUp()
        self.origin = self.repository()
        self.healthy = self.clone(self.origin, "healthy")
        self.node = self.start()
        self.healthy_id = self.node.add(self.healthy)

    def start(self):
        return Node(self, self.state / "data", *self.options)

    def tearDown(self):
        commit(self.healthy)
        answer = self.node.status(self.healthy_id)
        self.assert_as_git_says(answer, self.healthy)
        self.assertNotIn(answer["state"], ("error", "missing", "corrupt"))
        self.assertEqual(self.node.stop(), 0)
        super().tearDown()

    def assert_problem(self, answer, status, code, *words):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        if code:
            self.assertEqual(problem["type"], f"urn:headway:problem:{code}")
        for word in words:
            self.assertIn(str(word), problem["detail"])
        return problem

    def assert_refused(self, path, status, code, *words, node=None):
        answer = (node or self.node).request("POST", "/projects", {"path": str(path)})
        return self.assert_problem(answer, status, code, *words)

    def branch(self, project, name):
        return next(row for row in self.node.status(project)["branches"] if row["name"] == name)


class Paths(BadInputTest):
    def test_a_folder_that_is_no_repository(self):
        folder = self.work / "plain"
        folder.mkdir()
        self.assert_refused(folder, 422, "not_a_repository", folder)

    def test_a_folder_inside_of_a_repository(self):
        (self.healthy / "inside").mkdir()
        self.assert_refused(self.healthy / "inside", 422, "not_a_repository", "inside")

    def test_a_file(self):
        file = self.work / "file"
        file.write_text("text")
        self.assert_refused(file, 422, "not_a_repository", file)

    def test_nothing_at_all(self):
        answer = self.node.request("POST", "/projects", {"path": str(self.work / "nowhere")})
        self.assertIn(answer.status, (404, 422))
        self.assertIn(str(self.work / "nowhere"), answer.json()["detail"])

    def test_the_same_repository_twice(self):
        problem = self.assert_refused(self.healthy, 409, "already_exists", self.healthy)
        self.assertEqual(problem["project"], self.healthy_id)

    @as_root
    def test_a_repository_of_somebody_else(self):
        foreign = self.clone(self.origin, "foreign")
        give_to_nobody(foreign)
        self.assert_refused(foreign, 403, "foreign_owner", foreign, "safe.directory")

    @as_root
    def test_a_project_that_somebody_else_has_taken_over(self):
        clone = self.clone(self.origin, "clone")
        project = self.node.add(clone)
        self.node.status(project)
        give_to_nobody(clone)
        commit_to(self.origin, "main")
        git(clone, "-c", f"safe.directory={clone}", "fetch", "--quiet")
        document = self.node.status(project)
        self.assertEqual(document["state"], "error")
        self.assertIn("safe.directory", document["reason"])

    def test_a_repository_that_is_deleted_and_moved_back(self):
        clone = self.clone(self.origin, "clone")
        project = self.node.add(clone)
        commit(clone)
        before = self.node.status(project)
        clone.rename(self.work / "elsewhere")
        gone = self.node.status(project)
        self.assertEqual(gone["state"], "missing")
        self.assertIn(str(clone), gone["reason"])
        self.assertEqual(gone["branches"], [])
        (self.work / "elsewhere").rename(clone)
        after = self.node.status(project)
        self.assertEqual(after["branches"], before["branches"])
        self.assertNotEqual(after["state"], "missing")
        self.assert_as_git_says(after)

    def test_another_repository_in_the_place_of_a_project(self):
        clone = self.clone(self.origin, "clone")
        project = self.node.add(clone)
        self.node.status(project)
        shutil.rmtree(clone)
        other = self.repository("other", commits=5)
        self.clone(other, "clone")
        commit(clone, 2)
        self.assert_as_git_says(self.node.status(project))


class AllowedRoots(BadInputTest):
    def start(self):
        return Node(self, self.state / "data", *self.options, f"projects.allowed_roots={self.work}")

    def test_a_path_outside(self):
        git(self.root, "clone", "--quiet", self.origin, self.root / "outside")
        self.assert_refused(self.root / "outside", 403, "outside_allowed_roots", self.root / "outside")

    def test_a_symbolic_link_inside_that_leads_outside(self):
        git(self.root, "clone", "--quiet", self.origin, self.root / "outside")
        (self.work / "link").symlink_to(self.root / "outside")
        self.assert_refused(self.work / "link", 403, "outside_allowed_roots")

    def test_what_lies_outside_is_not_told(self):
        self.assert_refused(self.root / "nowhere", 403, "outside_allowed_roots")
        self.assert_refused(f"{self.work}/../nowhere", 403, "outside_allowed_roots")


@as_root
class Unprivileged(BadInputTest):
    def start(self):
        # The build folder need not be open to others.
        own = self.root / "headwayd"
        shutil.copy(program("HEADWAYD"), own)
        for folder in (self.state, self.healthy):
            give_to_nobody(folder)
        os.environ["HEADWAYD"], before = str(own), os.environ["HEADWAYD"]
        self.addCleanup(os.environ.__setitem__, "HEADWAYD", before)
        return Node(self, self.state / "data", *self.options, prefix=AS_NOBODY,
                    env=environment(HOME=self.state))

    def tearDown(self):
        # Commits of root would leave files that the node must not read.
        self.assert_as_git_says_as_nobody()
        self.assertEqual(self.node.stop(), 0)

    def assert_as_git_says_as_nobody(self):
        subprocess.run([*AS_NOBODY, "git", "-C", self.healthy, "commit", "--quiet", "--allow-empty", "-m", "x"],
                       env=environment(HOME=self.state), check=True)
        row, = self.node.status(self.healthy_id)["branches"]
        self.assertEqual((row["ahead"], row["behind"]), (1, 0))

    def test_a_repository_that_may_not_be_read(self):
        clone = self.clone(self.origin, "clone")
        give_to_nobody(clone)
        (clone / ".git").chmod(0)
        self.assert_refused(clone, 403, "permission_denied", clone)

    def test_a_project_that_may_not_be_read_any_more(self):
        clone = self.clone(self.origin, "clone")
        give_to_nobody(clone)
        project = self.node.add(clone)
        before = self.node.status(project)
        (clone / ".git").chmod(0)
        document = self.node.status(project)
        self.assertEqual(document["state"], "error")
        self.assertIn(str(clone), document["reason"])
        (clone / ".git").chmod(0o755)
        self.assertEqual(self.node.status(project)["branches"], before["branches"])

    def test_a_data_directory_that_may_not_be_written(self):
        folder = self.state / "readonly"
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
        folder.chmod(0o555)
        status, text = refused(self, "http.port=0", f"database.directory={folder}", prefix=AS_NOBODY,
                               env=environment(HOME=self.state))
        self.assertEqual(status, CANNOT_RUN, text)
        self.assertIn(str(folder), text)
        self.assertRegex(text, "(?i)permission|read.only")

    def test_a_repository_of_somebody_else(self):
        clone = self.clone(self.origin, "clone")
        self.assert_refused(clone, 403, "foreign_owner", clone, "safe.directory")


class Shapes(BadInputTest):
    """Repositories that are unusual and right."""

    def assert_project(self, clone):
        document = self.node.status(self.node.add(clone))
        self.assert_as_git_says(document, clone)
        return document

    def test_an_empty_repository(self):
        git(self.work, "init", "--quiet", "--initial-branch=main", "empty")
        row, = self.assert_project(self.work / "empty")["branches"]
        self.assertEqual(row["state"], "unborn")

    def test_a_clone_of_an_empty_repository(self):
        empty = self.repository("empty", commits=0)
        clone = self.clone(empty, "clone")
        document = self.assert_project(clone)
        self.assertEqual([row["state"] for row in document["branches"]], ["unborn"])
        self.node.fetch(document["project"])
        self.assertNotIn(self.node.status(document["project"])["state"], ("missing", "corrupt"))

    def test_a_detached_head(self):
        clone = self.clone(self.origin, "clone")
        git(clone, "switch", "--quiet", "--detach", "HEAD~1")
        document = self.assert_project(clone)
        self.assertEqual(document["detached_head"], git(clone, "rev-parse", "HEAD"))
        self.assertFalse(any(row["head"] for row in document["branches"]))

    def test_no_remote(self):
        git(self.work, "init", "--quiet", "--initial-branch=main", "alone")
        commit(self.work / "alone", 2)
        document = self.assert_project(self.work / "alone")
        self.assertEqual(document["remotes"], [])
        self.assertEqual(document["branches"][0]["state"], "no_upstream")

    def test_a_remote_without_the_branch(self):
        clone = self.clone(self.origin, "clone")
        git(clone, "branch", "--quiet", "--track", "lost", "origin/main")
        git(clone, "config", "branch.lost.merge", "refs/heads/lost")
        project = self.assert_project(clone)["project"]
        self.assertEqual(self.branch(project, "lost")["state"], "upstream_gone")
        commit_to(self.origin, "main", 2)
        self.node.fetch(project)
        document = self.node.status(project)
        self.assert_as_git_says(document)
        self.assertEqual(self.branch(project, "main")["behind"], 2)

    def test_a_branch_that_the_remote_deletes(self):
        git(self.origin, "branch", "topic", "main")
        clone = self.clone(self.origin, "clone")
        git(clone, "switch", "--quiet", "topic")
        project = self.assert_project(clone)["project"]
        git(self.origin, "branch", "-D", "topic")
        commit_to(self.origin, "main", 2)
        self.node.fetch(project)
        self.assert_as_git_says(self.node.status(project))
        self.assertEqual(self.branch(project, "main")["behind"], 2)

    def test_an_upstream_of_another_name(self):
        clone = self.clone(self.origin, "clone")
        git(clone, "switch", "--quiet", "--create", "mine", "--track", "origin/main")
        commit(clone, 3)
        document = self.assert_project(clone)
        self.assertEqual(self.branch(document["project"], "mine")["upstream"], "origin/main")

    def test_a_local_branch_as_upstream(self):
        clone = self.clone(self.origin, "clone")
        git(clone, "switch", "--quiet", "--create", "topic", "--track", "main")
        commit(clone, 2)
        document = self.assert_project(clone)
        self.assertEqual(self.branch(document["project"], "topic")["upstream"], "main")

    def test_a_shallow_clone(self):
        commit_to(self.origin, "main", 20)
        clone = self.clone(f"file://{self.origin}", "clone", "--depth=3")
        commit(clone, 2)
        document = self.assert_project(clone)
        self.assertTrue(document["shallow"])
        git(clone, "fetch", "--quiet", "--unshallow")
        after = self.node.status(document["project"])
        self.assertNotIn("shallow", after)
        self.assert_as_git_says(after)

    def test_partial_clones(self):
        git(self.origin, "config", "uploadpack.allowFilter", "true")
        for name, filter_ in (("blobless", "blob:none"), ("treeless", "tree:0")):
            clone = self.clone(f"file://{self.origin}", name, f"--filter={filter_}")
            commit(clone)
            project = self.assert_project(clone)["project"]
            commit_to(self.origin, "main", 2)
            self.node.fetch(project)
            self.assert_as_git_says(self.node.status(project))

    def test_a_linked_worktree(self):
        clone = self.clone(self.origin, "clone")
        git(clone, "worktree", "add", "--quiet", "-b", "side", self.work / "linked", "origin/main")
        commit(self.work / "linked", 2)
        main, linked = self.assert_project(clone), self.assert_project(self.work / "linked")
        self.assertNotEqual(main["project"], linked["project"])
        commit(clone)
        self.assert_as_git_says(self.node.status(linked["project"]))

    def test_a_repository_with_replaced_and_grafted_history(self):
        commit_to(self.origin, "main", 5)
        clone = self.clone(self.origin, "clone")
        commit(clone, 2)
        project = self.assert_project(clone)["project"]
        git(clone, "replace", "--graft", "origin/main~1")
        self.assert_as_git_says(self.node.status(project))
        git(clone, "replace", "--delete", git(clone, "replace", "--list").split()[0])
        self.assert_as_git_says(self.node.status(project))

    def test_borrowed_objects(self):
        clone = self.clone(self.origin, "clone", "--shared")
        commit(clone)
        self.assert_project(clone)

    def test_a_sha256_repository(self):
        git(self.work, "init", "--quiet", "--object-format=sha256", "wide")
        self.assert_refused(self.work / "wide", 422, "unsupported_object_format", "sha256")


class Names(BadInputTest):
    def clone_with_branches(self, names):
        clone = self.clone(self.origin, "clone")
        for number, name in enumerate(names):
            git(clone, "switch", "--quiet", "--create", name, "--track", "origin/main")
            commit(clone, number % 3)
        return clone

    def test_slashes_and_utf_8_and_long_names(self):
        names = ["feature/a/b/c", "grün/ß", "日本語", "emoji-🌿", "-".join(["x" * 120, "y" * 120]),
                 "a" * 127 + "/" + "b" * 127, "with'quote\"s", "percent%20", "dollar$(x)", "at@sign", "semi;colon"]
        clone = self.clone_with_branches(names)
        self.assert_as_git_says(self.node.status(self.node.add(clone)), clone)

    def test_a_component_of_255_bytes(self):
        # Git itself cannot lock such a file; it can come from elsewhere, in packed-refs.
        clone = self.clone(self.origin, "clone")
        tip = git(clone, "rev-parse", "HEAD")
        git(clone, "pack-refs", "--all")
        packed = clone / ".git" / "packed-refs"
        lines = packed.read_text().splitlines()
        lines.append(f"{tip} refs/heads/{'z' * 255}")
        packed.write_text("\n".join([lines[0], *sorted(lines[1:], key=lambda line: line.split()[1])]) + "\n")
        git(clone, "config", f"branch.{'z' * 255}.remote", "origin")
        git(clone, "config", f"branch.{'z' * 255}.merge", "refs/heads/main")
        project = self.node.add(clone)
        self.assert_as_git_says(self.node.status(project))
        self.assertEqual(self.branch(project, "z" * 255)["state"], "in_sync")

    def test_a_name_that_is_no_utf_8(self):
        clone = self.clone(self.origin, "clone")
        subprocess.run([b"git", b"branch", b"caf\xe9"], cwd=clone, env=environment(), check=True)
        document = self.node.status(self.node.add(clone))
        self.assertEqual([row["name"] for row in document["branches"]], ["caf\ufffd", "main"])

    def test_folders_with_odd_names(self):
        for name in ("with space", "ümlaut", "new\nline", "-dash", "%2e", "a" * 255):
            clone = self.work / name
            git(self.work, "clone", "--quiet", self.origin, clone)
            project = self.node.add(clone)
            self.assertRegex(project, r"\A[a-z0-9][a-z0-9._-]*\Z")
            document = self.node.status(project)
            self.assertEqual(document["path"], str(clone))
            self.assert_as_git_says(document)

    def test_ten_thousand_branches(self):
        clone = self.clone(self.origin, "clone")
        commit(clone, 2)
        mine, theirs = git(clone, "rev-parse", "main"), git(clone, "rev-parse", "origin/main~1")
        git(clone, "update-ref", "--stdin", stdin="".join(
            f"create refs/heads/b{n:05} {mine}\ncreate refs/remotes/origin/b{n:05} {theirs}\n"
            for n in range(10_000)))
        with open(clone / ".git" / "config", "a") as config:
            for n in range(10_000):
                config.write(f'[branch "b{n:05}"]\n\tremote = origin\n\tmerge = refs/heads/b{n:05}\n')
        project = self.node.add(clone)
        rows = {row["name"]: row for row in self.node.status(project)["branches"]}
        self.assertEqual(len(rows), 10_001)
        count = int(git(clone, "rev-list", "--count", mine, "--not", theirs))
        for n in range(10_000):
            row = rows[f"b{n:05}"]
            self.assertEqual((row["ahead"], row["behind"], row["state"]), (count, 0, "ahead"))
        git(clone, "update-ref", "refs/heads/b05000", theirs)
        self.assertEqual(self.branch(project, "b05000")["state"], "in_sync")


class Corruption(BadInputTest):
    def diverged_clone(self):
        """main is 3 ahead and 2 behind; side is in sync and shares nothing that is damaged."""
        clone = self.clone(self.origin, "clone")
        git(clone, "branch", "--quiet", "--track", "side", "origin/main")
        git(clone, "config", "branch.side.remote", ".")
        git(clone, "config", "branch.side.merge", "refs/heads/side")
        commit(clone, 3)
        commit_to(self.origin, "main", 2)
        git(clone, "fetch", "--quiet")
        return clone

    def assert_uncountable_until_repaired(self, damages):
        clone = self.diverged_clone()
        victim = loose_object(clone, git(clone, "rev-parse", "main~1"))
        good = victim.read_bytes()
        damage(victim, damages(good))
        project = self.node.add(clone)
        row = self.branch(project, "main")
        self.assertEqual((row["state"], row["ahead"], row["behind"]), ("unknown", None, None))
        self.assertIn(victim.parent.name + victim.name, row["reason"])
        self.assertEqual(self.branch(project, "side")["state"], "in_sync")
        damage(victim, good)
        self.assert_as_git_says(self.node.status(project))

    def test_an_object_that_is_garbage(self):
        self.assert_uncountable_until_repaired(lambda good: b"garbage")

    def test_an_object_that_is_empty(self):
        self.assert_uncountable_until_repaired(lambda good: b"")

    def test_an_object_that_is_cut_short(self):
        self.assert_uncountable_until_repaired(lambda good: good[:len(good) // 2])

    def test_an_object_that_is_another(self):
        clone = self.diverged_clone()
        other = loose_object(clone, git(clone, "rev-parse", "main")).read_bytes()
        victim = loose_object(clone, git(clone, "rev-parse", "main~1"))
        damage(victim, other)
        row = self.branch(self.node.add(clone), "main")
        self.assertEqual((row["state"], row["ahead"], row["behind"]), ("unknown", None, None))

    def test_an_object_that_is_missing(self):
        clone = self.diverged_clone()
        victim = loose_object(clone, git(clone, "rev-parse", "main~2"))
        victim.rename(self.root / "away")
        project = self.node.add(clone)
        row = self.branch(project, "main")
        self.assertEqual((row["state"], row["ahead"], row["behind"]), ("unknown", None, None))
        self.assertIn(victim.parent.name + victim.name, row["reason"])
        (self.root / "away").rename(victim)
        self.assert_as_git_says(self.node.status(project))

    def test_a_commit_graph_file_that_is_damaged(self):
        commit_to(self.origin, "main", 50)
        clone = self.diverged_clone()
        git(clone, "commit-graph", "write", "--reachable")
        file = clone / ".git" / "objects" / "info" / "commit-graph"
        good = file.read_bytes()
        middle = len(good) // 2
        damages = {
            "empty": b"", "garbage": b"garbage" * 100, "cut": good[:middle], "header only": good[:8],
            "other version": good[:4] + b"\x07" + good[5:],
            "wild chunk offset": good[:12] + b"\xff" * 8 + good[20:],
            "wild middle": good[:middle] + b"\xff" * 64 + good[middle + 64:],
            "one bit": good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1:],
        }
        for name, bad in damages.items():
            with self.subTest(name):
                damage(file, bad)
                shutil.copytree(clone, self.work / name, symlinks=True)
                document = self.node.status(self.node.add(self.work / name))
                file.unlink()
                self.assert_as_git_says(document, clone)
                file.write_bytes(good)

    def test_packed_refs_that_are_damaged(self):
        clone = self.diverged_clone()
        git(clone, "pack-refs", "--all")
        file = clone / ".git" / "packed-refs"
        good = file.read_bytes()
        project = self.node.add(clone)
        before = self.node.status(project)
        for bad in (b"garbage\n", good[:len(good) // 2 + 3]):
            file.write_bytes(bad)
            document = self.node.status(project)
            self.assertEqual(document["state"], "corrupt", bad)
            self.assertIn("packed-refs", document["reason"])
        file.write_bytes(good)
        self.assertEqual(self.node.status(project)["branches"], before["branches"])

    def test_a_packed_ref_with_a_name_that_cannot_be(self):
        clone = self.diverged_clone()
        git(clone, "pack-refs", "--all")
        file = clone / ".git" / "packed-refs"
        file.write_bytes(file.read_bytes().replace(b" refs/heads/main", b" refs/heads/ma in"))
        document = self.node.status(self.node.add(clone))
        bad = document["branches"].pop(0)
        self.assertEqual((bad["name"], bad["state"]), ("ma in", "unknown"))
        self.assertTrue(bad["reason"])
        self.assert_as_git_says(document)

    def test_a_loose_ref_that_is_damaged(self):
        clone = self.diverged_clone()
        (clone / ".git" / "refs" / "heads" / "broken").write_text("nonsense\n")
        project = self.node.add(clone)
        row = self.branch(project, "broken")
        self.assertEqual(row["state"], "unknown")
        self.assertTrue(row["reason"])
        self.assertEqual(self.branch(project, "main")["ahead"], 3)

    def test_a_configuration_that_is_damaged(self):
        clone = self.diverged_clone()
        project = self.node.add(clone)
        self.node.status(project)
        good = (clone / ".git" / "config").read_text()
        (clone / ".git" / "config").write_text(good + "[branch \"main\n")
        document = self.node.status(project)
        self.assertIn(document["state"], ("corrupt", "error"))
        self.assertIn("config", document["reason"])
        (clone / ".git" / "config").write_text(good)
        self.assert_as_git_says(self.node.status(project))

    def test_a_head_that_is_damaged(self):
        clone = self.diverged_clone()
        project = self.node.add(clone)
        self.node.status(project)
        (clone / ".git" / "HEAD").write_text("nonsense\n")
        document = self.node.status(project)
        self.assertIn(document["state"], ("corrupt", "error", "missing"))
        self.assertTrue(document["reason"])
        (clone / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        self.assert_as_git_says(self.node.status(project))


class Remotes(BadInputTest):
    """What a fetch can meet."""

    def fetch_once(self, clone):
        project = self.node.add(clone)
        self.node.status(project)
        report = self.node.fetch(project)
        self.assertEqual(report["stage"], "done", report)
        return project, report["remotes"][0]

    def test_a_remote_that_is_not_there(self):
        clone = self.clone(self.origin, "clone")
        git(clone, "remote", "set-url", "origin", self.root / "nowhere.git")
        project, remote = self.fetch_once(clone)
        self.assertEqual(remote["outcome"], "failed")
        self.assertIn("nowhere.git", remote["error"])
        document = self.node.status(project)
        self.assertEqual(document["state"], "error")
        self.assert_as_git_says(document)

    def test_a_fetch_right_after_registering(self):
        clone = self.clone(self.origin, "clone")
        for number in range(10):
            commit_to(self.origin, "main")
            project = self.node.add(clone)
            self.assertEqual(self.node.fetch(project)["remotes"][0]["outcome"], "updated")
            self.node.request("DELETE", f"/projects/{project}")

    def test_a_remote_that_comes_back(self):
        clone = self.clone(self.origin, "clone")
        away = self.origin.rename(self.root / "away.git")
        node = Node(self, self.state / "second", "fetch.min_interval=1 s", "fetch.max_interval=1 s")
        project = node.add(clone)
        eventually(lambda: node.status(project)["state"] == "error", "a fetch that fails")
        self.assertTrue(node.status(project)["remotes"][0]["next_due"])
        away.rename(self.origin)
        eventually(lambda: node.status(project)["state"] == "fresh", "a fetch that goes well again")
        self.assertEqual(node.stop(), 0)

    def test_a_host_that_refuses(self):
        clone = self.clone(self.origin, "clone")
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
            git(clone, "remote", "set-url", "origin", f"http://user:s3cret@127.0.0.1:{port}/x.git?token=t0ken")
            project, remote = self.fetch_once(clone)
        self.assertEqual((remote["outcome"], remote["code"]), ("failed", "network"))
        told = json.dumps(self.node.status(project)) + json.dumps(remote) + self.node.text()
        self.assertNotIn("s3cret", told)
        self.assertNotIn("t0ken", told)

    def test_a_scheme_that_is_not_allowed(self):
        clone = self.clone(self.origin, "clone")
        witness = self.root / "witness"
        git(clone, "remote", "set-url", "origin", f"ext::touch {witness}")
        _, remote = self.fetch_once(clone)
        self.assertEqual(remote["outcome"], "failed")
        self.assertFalse(witness.exists())

    def test_no_hook_and_no_alias_of_the_clone_is_run(self):
        clone = self.clone(self.origin, "clone")
        witness = self.root / "witness"
        for hook in ("post-merge", "reference-transaction", "pre-auto-gc", "post-checkout"):
            file = clone / ".git" / "hooks" / hook
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"#!/bin/sh\necho {hook} >> {witness}\n")
            file.chmod(0o755)
        commit_to(self.origin, "main")
        _, remote = self.fetch_once(clone)
        self.assertEqual(remote["outcome"], "updated")
        self.assertFalse(witness.exists())

    def test_a_fetch_leaves_what_is_not_its_own_alone(self):
        clone = self.clone(self.origin, "clone")
        (clone / ".git" / "FETCH_HEAD").write_text("mine\n")
        commit_to(self.origin, "main")
        _, remote = self.fetch_once(clone)
        self.assertEqual(remote["outcome"], "updated")
        self.assertEqual((clone / ".git" / "FETCH_HEAD").read_text(), "mine\n")
        git(clone, "fsck", "--strict")
        debris = [path for path in (clone / ".git").rglob("*") if path.name.startswith(("tmp_", "headway"))
                  or path.suffix == ".lock"]
        self.assertEqual(debris, [])


class Requests(BadInputTest):
    def post(self, body, **headers):
        return self.node.request("POST", "/projects", body, **headers)

    def test_a_body_that_is_no_json(self):
        for body in (b"", b"{", b"nonsense", b'{"path": "/x"} more', b"\xff\xfe", b'{"path": "\xff"}',
                     b"[" * 10_000, b'{"path": "/x",}'):
            self.assert_problem(self.post(body), 400, "invalid_argument")

    def test_a_body_of_wrong_types(self):
        for body in ([], "text", {}, {"path": 7}, {"path": None}, {"path": ["/x"]}, {"path": {}},
                     {"path": "/x", "more": 1}, {"path": ""}, {"path": "relative"}, {"path": "/nul\0"}):
            problem = self.assert_problem(self.post(json.dumps(body).encode()), 400, "invalid_argument")
            self.assertIn("pointer", problem)

    def test_a_body_of_another_media_type(self):
        self.assert_problem(self.post(b"path=/x", **{"Content-Type": "text/plain"}), 415, None)

    def test_a_body_that_is_too_large(self):
        answer = self.post(json.dumps({"path": "/" + "x" * 100_000}).encode())
        self.assertEqual(answer.status, 413)

    def test_a_header_that_is_too_large(self):
        self.assertEqual(self.node.get("/healthz", Cookie="x" * 20_000).status, 431)

    def test_an_unknown_id(self):
        for method, path in (("GET", "/projects/nobody"), ("DELETE", "/projects/nobody"),
                             ("GET", "/projects/nobody/sync-status"), ("POST", "/projects/nobody/fetch"),
                             ("GET", "/fetches/999999")):
            self.assert_problem(self.node.request(method, path), 404, "not_found", path.split("/")[2])

    def test_a_fetch_id_that_is_none(self):
        self.assert_problem(self.node.get("/fetches/abc"), 400, "invalid_argument", "abc")

    def test_a_path_that_does_not_exist(self):
        self.assert_problem(self.node.get("/nothing"), 404, None)

    def test_a_wrong_method(self):
        for method, path, allowed in (("PUT", "/projects", "GET, HEAD, POST"), ("POST", "/healthz", "GET, HEAD"),
                                      ("GET", f"/projects/{self.healthy_id}/fetch", "POST"),
                                      ("DELETE", f"/projects/{self.healthy_id}/sync-status", "GET, HEAD")):
            answer = self.node.request(method, path)
            self.assert_problem(answer, 405, None)
            self.assertEqual(answer.headers["Allow"], allowed)

    def test_bad_parameters(self):
        for query in ("cursor=nonsense", "cursor=", "cursor=AAAA", "limit=0", "limit=-1", "limit=x", "limit=1001",
                      "state=nonsense", "unknown=1", "limit=1&limit=2"):
            self.assert_problem(self.node.get(f"/projects?{query}"), 400, "invalid_argument", query.split("=")[0])
        for wait in ("x", "-1s", "30", ""):
            answer = self.node.request("POST", f"/projects/{self.healthy_id}/fetch?wait={wait}")
            self.assert_problem(answer, 400, "invalid_argument", "wait")

    def test_a_page_of_another_site(self):
        answer = self.node.request("POST", "/projects", {"path": "/x"}, Origin="http://evil.example")
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.node.get("/projects", Host="evil.example").status, 421)

    def test_bytes_that_are_no_http(self):
        with socket.create_connection((self.node.host, self.node.port), timeout=10) as raw:
            raw.sendall(b"\x16\x03\x01nonsense\r\n\r\n")
            self.assertIn(b" 400 ", raw.recv(4096).split(b"\r\n")[0])


class OtherNodes(BadInputTest):
    def test_a_port_that_is_taken(self):
        status, text = refused(self, f"http.port={self.node.port}", f"database.directory={self.state}/other")
        self.assertEqual(status, CANNOT_RUN, text)
        self.assertIn(str(self.node.port), text)
        self.assertRegex(text, "in use|taken")

    def test_a_data_directory_that_another_node_uses(self):
        status, text = refused(self, "http.port=0", f"database.directory={self.state}/data")
        self.assertEqual(status, CANNOT_RUN, text)
        self.assertIn(f"{self.state}/data", text)
        self.assertIn(str(self.node.process.pid), text)


class DataDirectory(SandboxTest):
    """The node has none beside it; what it knew before must come back."""

    def setUp(self):
        super().setUp()
        self.data = self.state / "data"
        self.origin = self.repository()
        self.clone_ = self.clone(self.origin, "clone")

    def database(self):
        file, = (path for path in self.data.iterdir()
                 if path.is_file() and path.open("rb").read(16) == b"SQLite format 3\0")
        return file

    def test_a_database_of_a_newer_version(self):
        Node(self, self.data).stop()
        with sqlite3.connect(self.database()) as connection:
            known, = connection.execute("PRAGMA user_version").fetchone()
            connection.execute("PRAGMA user_version = 9999")
        connection.close()
        before = self.database().read_bytes()
        status, text = refused(self, "http.port=0", f"database.directory={self.data}")
        self.assertEqual(status, CANNOT_RUN, text)
        self.assertIn("9999", text)
        self.assertIn(str(known), text)
        self.assertEqual(self.database().read_bytes(), before)

    def test_a_database_that_is_none(self):
        Node(self, self.data).stop()
        file = self.database()
        file.write_bytes(b"nonsense" * 1000)
        status, text = refused(self, "http.port=0", f"database.directory={self.data}")
        self.assertEqual(status, CANNOT_RUN, text)
        self.assertIn(str(file), text)
        self.assertEqual(file.read_bytes(), b"nonsense" * 1000)

    def test_a_file_in_the_place_of_the_data_directory(self):
        self.data.write_text("mine")
        status, text = refused(self, "http.port=0", f"database.directory={self.data}")
        self.assertEqual(status, CANNOT_RUN, text)
        self.assertIn(str(self.data), text)
        self.assertEqual(self.data.read_text(), "mine")

    def small_disk(self, size):
        """A file system of `size` bytes."""
        place = self.state / "small"
        place.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "--lazy", place], check=True)
        return place

    def test_a_disk_that_is_full_at_the_start(self):
        place = self.small_disk(65536)
        with open(place / "ballast", "wb", buffering=0) as file, self.assertRaises(OSError):
            while True:
                file.write(b"x" * 4096)
        status, text = refused(self, "http.port=0", f"database.directory={place}/data")
        self.assertEqual(status, CANNOT_RUN, text)
        self.assertRegex(text, "(?i)no space|disk.full")
        self.assertIn(str(place), text)

    def test_a_disk_that_fills_up(self):
        place = self.small_disk(4 << 20)
        node = Node(self, place / "data", "fetch.background=off")
        project = node.add(self.clone_)
        with open(place / "ballast", "wb", buffering=0) as file, self.assertRaises(OSError):
            while True:
                file.write(b"x" * 4096)
        # The write-ahead log may have room left that it was given before.
        clones = []
        for number in range(200):
            git(self.work, "init", "--quiet", f"more-{number}")
            answer = node.request("POST", "/projects", {"path": str(self.work / f"more-{number}")})
            if answer.status != 201:
                break
            clones.append(answer.json()["id"])
        self.assertEqual(answer.status, 507, answer.body)
        self.assertEqual(answer.json()["type"], "urn:headway:problem:disk_full")
        commit(self.clone_)
        self.assert_as_git_says(node.status(project), self.clone_)
        (place / "ballast").unlink()
        clones.append(node.add(self.work / f"more-{number}"))
        self.assertEqual(node.stop(), 0)
        again = Node(self, place / "data", "fetch.background=off")
        self.assertEqual(sorted(row["id"] for row in again.projects()), sorted([project, *clones]))
        self.assertEqual(again.stop(), 0)


class Configuration(SandboxTest):
    def refused(self, *options, **more):
        return refused(self, *options, env=environment(HOME=self.state), **more)

    def write(self, text):
        file = self.root / "node.toml"
        file.write_text(text)
        return file

    def test_all_that_is_wrong_is_reported_together(self):
        file = self.write('[http]\nport = 99999\nprot = 1\n'
                          '[fetch]\nmin_interval = 30\nmax_interval = "2 parsecs"\njitter_percent = 99\n'
                          'background = "maybe"\n[nonsense]\nx = 1\n[log]\nlevel = 7\n')
        status, text = self.refused(config=file)
        self.assertEqual(status, MISUSED, text)
        for place, key in ((2, "http.port"), (3, "http.prot"), (5, "fetch.min_interval"), (6, "fetch.max_interval"),
                           (7, "fetch.jitter_percent"), (8, "fetch.background"), (9, "nonsense"), (12, "log.level")):
            self.assertRegex(text, rf"{file}:{place}:\d+: .*{key}")

    def test_values_that_contradict_each_other(self):
        file = self.write('[fetch]\nmin_interval = "2 h"\nmax_interval = "1 h"\n')
        status, text = self.refused(config=file)
        self.assertEqual(status, MISUSED, text)
        self.assertIn("min_interval", text)
        self.assertIn("max_interval", text)

    def test_text_that_is_no_toml(self):
        file = self.write("[http\nport = 1\n")
        status, text = self.refused(config=file)
        self.assertEqual(status, MISUSED, text)
        self.assertIn(f"{file}:1:", text)

    def test_a_file_that_is_not_there(self):
        status, text = self.refused(config=self.root / "nowhere.toml")
        self.assertEqual(status, MISUSED, text)
        self.assertIn("nowhere.toml", text)

    def test_overrides_that_make_no_sense(self):
        for override in ("nonsense", "http.port", "http.port=x", "http.port=70000", "no.such=1", "=1", ""):
            status, text = self.refused(override)
            self.assertEqual(status, MISUSED, f"{override}: {text}")
            self.assertIn("--set", text)

    def test_an_address_that_is_not_of_this_machine(self):
        status, text = self.refused("http.address=192.0.2.1", "http.port=0", f"database.directory={self.state}/data")
        self.assertEqual(status, CANNOT_RUN, text)
        self.assertIn("192.0.2.1", text)

    def test_a_check_tells_without_starting(self):
        bad, good = self.write("[http]\nport = 99999\n"), self.root / "good.toml"
        good.write_text("[http]\nport = 8421\n")
        headwayd = program("HEADWAYD")
        checked = subprocess.run([headwayd, "--check-config", "--config", bad], env=environment(HOME=self.state), timeout=30,
                                 capture_output=True, text=True)
        self.assertEqual(checked.returncode, MISUSED)
        self.assertIn("http.port", checked.stdout + checked.stderr)
        self.assertEqual(subprocess.run([headwayd, "--check-config", "--config", good], env=environment(HOME=self.state),
                                        timeout=30).returncode, 0)
        printed = subprocess.run([headwayd, "--print-config", "--config", good], env=environment(HOME=self.state), timeout=30,
                                 capture_output=True, text=True, check=True).stdout
        self.assertRegex(printed, r"(?m)^port = 8421$")


if __name__ == "__main__":
    unittest.main()
