#!/usr/bin/env python3
"""headway-load as a person runs it."""

import json
import re
import subprocess
import unittest
from pathlib import Path

from node import Node
from sandbox import SandboxTest, environment, program

SCENARIOS = Path(__file__).resolve().parent.parent.parent / "tools" / "load" / "scenarios"

SHORT = """
duration = "3 s"
warm_up = "0 s"
[[hosts]]
name = "disk"
transport = "local"
[[projects]]
count = 3
host = "disk"
[users]
count = 2
rate = 20
"""


class LoadTest(SandboxTest):
    def load(self, scenario, *options, patience=300):
        return subprocess.run([program("HEADWAY_LOAD"), scenario, *map(str, options)], capture_output=True, text=True,
                              env=environment(HOME=self.root, XDG_CACHE_HOME=self.root / "cache"), timeout=patience)

    def scenario(self, text):
        file = self.root / "short.toml"
        file.write_text(text)
        return file


class Smoke(LoadTest):
    def test_every_judgement_of_the_smoke_scenario_holds(self):
        report, page = self.root / "report.json", self.root / "report.html"
        done = self.load(SCENARIOS / "smoke.toml", "--json", report, "--html", page)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "", "nothing is said where there is no terminal")
        self.assertLessEqual(max(map(len, done.stdout.splitlines()[2:])), 120)
        told = json.loads(report.read_text())
        self.assertTrue(all(row["holds"] for row in told["judgements"]))
        self.assertGreater(told["verification"]["branches"], 100)
        kinds = {row["kind"] for row in told["requests"]}
        self.assertEqual(kinds, {"status", "list", "schedule", "scheduler", "fetch", "add", "remove", "all"})
        html = page.read_text()
        self.assertIn("<svg", html)
        self.assertFalse(re.search(r'(src|href)="', html), "the page needs no other file")
        self.assertEqual(list((self.root / "cache" / "headway-benchmarks" / "runs").iterdir()), [])


class Judging(LoadTest):
    def test_a_judgement_that_fails_is_told_by_the_exit_status(self):
        done = self.load(self.scenario(SHORT + '[[judgements]]\nthat = "status p50 < 0 ms"\n'))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"status p50 < 0 ms +all +[0-9.]+ ms +FAILS")

    def test_the_same_seed_asks_the_same(self):
        file = self.scenario(SHORT)
        first, second, other = (self.load(file, "--check", *seed).stdout for seed in ((), (), ("--seed", 7)))
        self.assertEqual(first, second)
        self.assertNotEqual(first, other)

    def test_a_node_that_runs_already_is_driven_and_left_as_it_was(self):
        node = Node(self, self.state)
        done = self.load(self.scenario(SHORT + '[[judgements]]\nthat = "wrong answers = 0"\n'), "--node", node.address)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(node.projects(), [])


class Misuse(LoadTest):
    def test_all_mistakes_of_a_scenario_are_told_at_once(self):
        file = self.scenario('duration = 3\n[[hosts]]\nname = "x"\ntransport = "y"\n[[projects]]\nhost = "z"\n')
        done = self.load(file)
        self.assertEqual(done.returncode, 2)
        for place in (":1:12: duration", ":4:13: hosts.transport", ":6:8: projects.host"):
            self.assertIn(f"{file}{place}", done.stderr)

    def test_a_scenario_that_is_not_there_is_named(self):
        done = self.load(self.root / "nothing.toml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing.toml: cannot be read", done.stderr)


if __name__ == "__main__":
    unittest.main()
