#!/usr/bin/env python3
"""The database of a node: headway db, and starts with one that is damaged."""

import sqlite3
import subprocess
import unittest

from node import Node, refused
from sandbox import PATIENCE, SandboxTest, environment, eventually, program

CANNOT_RUN = 1
PAGE = 4096


class DatabaseTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.data = self.state / "data"
        self.file = self.data / "headway.db"
        self.origin = self.repository()
        self.clones = [self.clone(self.origin, name) for name in ("one", "two", "three")]

    def headway(self, *args, status=0):
        done = subprocess.run([program("HEADWAY"), *map(str, args)], cwd=self.root, timeout=PATIENCE,
                              env=environment(HOME=self.state, XDG_STATE_HOME=self.state),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def db(self, task, *args, status=0):
        return self.headway("db", task, *args, "--directory", self.data, status=status)

    def node(self):
        return Node(self, self.data)

    def node_with_projects(self):
        node = self.node()
        for clone in self.clones:
            node.add(clone)
        return node

    def names(self, node):
        return sorted(row["id"] for row in node.projects())

    def damage(self, table):
        """Overwrites the first page of a table."""
        with sqlite3.connect(self.file) as connection:
            page, = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", [table]).fetchone()
        connection.close()
        content = bytearray(self.file.read_bytes())
        content[(page - 1) * PAGE:page * PAGE] = b"\xa5" * PAGE
        self.file.write_bytes(content)

    def test_a_running_node_is_checked_and_backed_up_and_nothing_else(self):
        node = self.node_with_projects()
        said = self.db("check")
        self.assertIn("3 projects", said)
        self.assertIn("no damage", said)
        self.assertIn(str(self.data / "headway.db.bak"), self.db("backup"))
        copy = self.root / "copy.db"
        self.db("backup", copy)
        with sqlite3.connect(copy) as connection:
            count, = connection.execute("SELECT count(*) FROM projects").fetchone()
        connection.close()
        self.assertEqual(count, 3)
        for task in ("restore", "compact"):
            self.assertIn(f"process {node.process.pid}", self.db(task, status=2))
        self.assertEqual(self.names(node), ["one", "three", "two"])

    def test_a_backup_brings_back_what_was_removed(self):
        node = self.node_with_projects()
        self.db("backup")
        node.request("DELETE", "/projects/two")
        node.stop()
        self.assertIn("replaced-", self.db("restore"))
        self.assertEqual(self.names(self.node()), ["one", "three", "two"])

    def test_the_directory_of_the_person_is_the_usual_one(self):
        self.assertIn(str(self.state / "headway"), self.headway("db", "check", status=2))

    def test_compacting_keeps_everything(self):
        self.node_with_projects().stop()
        self.assertIn("before", self.db("compact"))
        self.assertEqual(self.names(self.node()), ["one", "three", "two"])

    def test_damage_is_found_by_the_check(self):
        self.node_with_projects().stop()
        self.damage("branch_sync_status")
        self.assertIn("damaged", self.db("check", status=1))

    def test_a_node_saves_the_projects_of_a_damaged_database_and_says_so(self):
        self.node_with_projects().stop()
        self.damage("branch_sync_status")
        node = self.node()
        node.await_text(r"set aside as '.*headway\.db\.corrupt-\d{8}T\d{6}Z'; 3 projects were read from it")
        self.assertEqual(self.names(node), ["one", "three", "two"])
        eventually(lambda: node.status("one")["state"] == "fresh", "a status that is computed anew")
        self.assertEqual(len(list(self.data.glob("headway.db.corrupt-*Z"))), 1)
        node.stop()
        self.assertNotIn("damaged", self.db("check"))

    def test_a_node_takes_the_projects_of_a_lost_database_from_the_backup(self):
        node = self.node_with_projects()
        self.db("backup")
        node.stop()
        self.file.write_bytes(b"")
        node = self.node()
        node.await_text(r"3 from the backup '.*headway\.db\.bak'")
        self.assertEqual(self.names(node), ["one", "three", "two"])

    def test_without_anything_to_save_a_node_does_not_start_empty(self):
        self.node_with_projects().stop()
        self.file.write_bytes(b"")
        status, text = refused(self, "http.port=0", f"database.directory={self.data}")
        self.assertEqual(status, CANNOT_RUN, text)
        self.assertIn(str(self.file), text)
        self.assertEqual(self.file.read_bytes(), b"")


if __name__ == "__main__":
    unittest.main()
