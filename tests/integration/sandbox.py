"""Real repositories in a folder of their own, and what git says about them."""

import itertools
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

PATIENCE = 60

NOBODY = 65534

# Two commits of one second with one message and one parent would be the same commit.
NUMBERS = itertools.count()


def environment(**more):
    """Of a user without any configuration of git, in English, without a terminal."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                                                "XDG_CACHE_HOME", "CCACHE_DIR") if name in os.environ}
    return {
        **kept,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A U Thor",
        "GIT_AUTHOR_EMAIL": "author@example.com",
        "GIT_COMMITTER_NAME": "C O Mitter",
        "GIT_COMMITTER_EMAIL": "committer@example.com",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        **{name: str(value) for name, value in more.items()},
    }


def program(variable):
    """Path of a program under test, which CTest puts into the environment."""
    path = os.environ.get(variable)
    if not path or not os.access(path, os.X_OK):
        raise unittest.SkipTest(f"{variable} names no program")
    return path


def eventually(condition, what, patience=PATIENCE):
    """The first true value of `condition`, asked again and again until time is up."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(0.02)


def git(folder, *args, check=True, stdin=None, **more):
    done = subprocess.run(["git", *map(str, args)], cwd=folder, env=environment(HOME=folder, **more),
                          input=stdin, capture_output=True, text=True, errors="surrogateescape",
                          timeout=PATIENCE)
    if check and done.returncode != 0:
        raise AssertionError(f"git {' '.join(map(str, args))}: {done.stderr}")
    return done.stdout.removesuffix("\n")


def commit(folder, count=1):
    """Adds empty commits to the branch that is checked out; answers the id of the last."""
    for _ in range(count):
        git(folder, "commit", "--quiet", "--allow-empty", "--message", f"mine {next(NUMBERS)}")
    return git(folder, "rev-parse", "HEAD")


def commit_to(bare, branch, count=1):
    """Adds commits to a branch of a repository that has no work tree."""
    for _ in range(count):
        tip = git(bare, "rev-parse", f"refs/heads/{branch}")
        new = git(bare, "commit-tree", f"{tip}^{{tree}}", "-p", tip, "-m", f"theirs {next(NUMBERS)}")
        git(bare, "update-ref", f"refs/heads/{branch}", new, tip)
    return git(bare, "rev-parse", f"refs/heads/{branch}")


def expected_branches(clone):
    """What the "branches" of a clone's document must be, as git sees the clone."""
    rows = {}
    form = "%(refname)%00%(refname:lstrip=2)%00%(objectname)%00%(upstream)%00%(upstream:short)%00%(upstream:track)"
    head = git(clone, "symbolic-ref", "--quiet", "HEAD", check=False)
    listing = git(clone, "for-each-ref", f"--format={form}", "refs/heads")
    for line in listing.splitlines():
        ref, name, tip, upstream, short, track = line.split("\0")
        row = {"name": name, "head": ref == head, "upstream": short or None, "local_oid": tip,
               "remote_oid": None, "ahead": None, "behind": None, "state": "no_upstream"}
        if track == "[gone]":
            row["state"] = "upstream_gone"
        elif upstream:
            row["remote_oid"] = git(clone, "rev-parse", upstream)
            row["ahead"] = int(git(clone, "rev-list", "--count", ref, "--not", upstream, "--"))
            row["behind"] = int(git(clone, "rev-list", "--count", upstream, "--not", ref, "--"))
            row["state"] = ("diverged" if row["ahead"] and row["behind"] else "ahead" if row["ahead"]
                            else "behind" if row["behind"] else "in_sync")
        rows[name] = row
    unborn = head.removeprefix("refs/heads/")
    if head and unborn not in rows:
        rows[unborn] = {"name": unborn, "head": True, "local_oid": None, "ahead": None, "behind": None,
                        "state": "unborn"}
    return rows


class SandboxTest(unittest.TestCase):
    """A folder of its own per test, free of symbolic links, and the comparison with git."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="headway-integration-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.root = Path(folder).resolve()
        # Repositories must be reachable for children that run as somebody else.
        self.root.chmod(0o755)
        self.state = self.root / "state"
        self.state.mkdir()
        self.work = self.root / "work"
        self.work.mkdir()

    def repository(self, name="origin", commits=3):
        """A bare repository with a history on main."""
        bare = self.root / f"{name}.git"
        git(self.root, "init", "--quiet", "--bare", "--initial-branch=main", bare)
        if commits:
            tree = git(bare, "mktree", stdin="")
            tip = git(bare, "commit-tree", tree, "-m", "first")
            git(bare, "update-ref", "refs/heads/main", tip)
            commit_to(bare, "main", commits - 1)
        return bare

    def clone(self, url, name, *options):
        git(self.work, "clone", "--quiet", *options, url, self.work / name)
        return self.work / name

    def assert_as_git_says(self, document, clone=None):
        clone = clone or document["path"]
        found = {row["name"]: row for row in document["branches"]}
        wanted = expected_branches(clone)
        self.assertEqual(sorted(found), sorted(wanted))
        for name, row in wanted.items():
            self.assertEqual({key: found[name][key] for key in row}, row)
