#!/usr/bin/env python3
"""What goes with the programs: completions in real shells, manual pages, units, the dashboard."""

import json
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from node import Node
from sandbox import PATIENCE, SandboxTest, environment, program

PACKAGING = Path(__file__).resolve().parent.parent.parent / "packaging"


class Packaged(SandboxTest):
    def tool(self, name):
        if path := shutil.which(name):
            return path
        self.skipTest(f"{name} is not installed")

    def run_tool(self, *command, text=None, status=0, **variables):
        done = subprocess.run(list(map(str, command)), input=text, capture_output=True, text=True, timeout=PATIENCE,
                              env=environment(HOME=self.state, **variables), cwd=self.root)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def script(self, shell):
        file = self.root / f"completion.{shell}"
        file.write_text(self.run_tool(program("HEADWAY"), "completion", shell))
        return file


class Completions(Packaged):
    def bash(self, *words):
        """What bash offers for the last of `words`."""
        self.tool("bash")
        quoted = " ".join(f"'{word}'" for word in words)
        found = self.run_tool("bash", "--norc", "-c", f'source "$1"; COMP_WORDS=({quoted}); '
                              f'COMP_CWORD={len(words) - 1}; _headway; printf "%s\\n" "${{COMPREPLY[@]}}"',
                              "bash", self.script("bash"))
        return found.split()

    def test_bash_knows_commands_options_choices_and_files(self):
        self.assertEqual(self.bash("headway", "sta"), ["status"])
        self.assertEqual(self.bash("headway", "db", "c"), ["check", "compact"])
        self.assertIn("--sort", self.bash("headway", "status", "--s"))
        self.assertEqual(self.bash("headway", "status", "--sort", "be"), ["behind"])
        self.assertEqual(self.bash("headway", "completion", "z"), ["zsh"])
        self.assertEqual(self.bash("headway", "--color", "n"), ["never"])
        (self.root / "a-folder").mkdir()
        self.assertEqual(self.bash("headway", "add", "a-f"), ["a-folder"])

    def test_bash_knows_the_projects_of_a_node(self):
        node = Node(self, self.state / "data", "fetch.background=off")
        node.add(self.clone(self.repository(), "clone"))
        folder = Path(program("HEADWAY")).parent
        path = f"{folder}:{environment()['PATH']}"
        found = self.run_tool("bash", "--norc", "-c", 'source "$1"; COMP_WORDS=(headway fetch c); COMP_CWORD=2; '
                              '_headway; echo "${COMPREPLY[@]}"', "bash", self.script("bash"),
                              PATH=path, HEADWAY_NODE=node.address)
        self.assertEqual(found, "clone\n")

    def test_fish_knows_the_same(self):
        fish = self.tool("fish")
        script = self.script("fish")

        def offered(line):
            text = self.run_tool(fish, "--no-config", "-c", f"source {script}; complete -C '{line}'")
            return [each.split("\t")[0] for each in text.splitlines()]
        self.assertEqual(offered("headway sta"), ["status"])
        self.assertEqual(offered("headway status --sort be"), ["behind"])
        self.assertIn("--sort", offered("headway status --so"))
        self.assertEqual(sorted(offered("headway db c")), ["check", "compact"])
        self.assertEqual(offered("headway completion z"), ["zsh"])

    def test_zsh_takes_the_script_and_knows_what_to_call(self):
        zsh = self.tool("zsh")
        script = self.script("zsh")
        self.run_tool(zsh, "-f", "-n", script)
        said = self.run_tool(zsh, "-f", "-c", "autoload -U compinit; compinit -D -u; source $1; echo $_comps[headway]; "
                             "whence -w _headway_status _headway_db_check", "zsh", script)
        self.assertEqual(said.splitlines(), ["_headway", "_headway_status: function", "_headway_db_check: function"])

    def test_zsh_offers_commands_and_choices(self):
        zsh = self.tool("zsh")
        # A terminal inside of zsh itself: completion works nowhere else.
        driver = self.root / "driver"
        driver.write_text("""
zmodload zsh/zpty
zpty -b z zsh -f -i
zpty -w z "PS1= ; autoload -U compinit; compinit -D -u; source $1; zstyle ':completion:*' list-prompt ''; LISTMAX=0"
zpty -w z "echo READ''Y"
while zpty -r z line; do [[ $line == *READY* ]] && break; done
zpty -n -w z "headway $2"$'\\t'$'\\t'
integer tries=0
while (( tries++ < 400 )); do zpty -r -t z line && print -rn -- $line && [[ $line == *$3* ]] && break || sleep 0.01; done
""")
        script = self.script("zsh")
        self.assertIn("status", self.run_tool(zsh, "-f", driver, script, "sta", "tus"))
        self.assertIn("diverged", self.run_tool(zsh, "-f", driver, script, "status --state div", "erged"))


class ManualPages(Packaged):
    def pages(self):
        folder = Path(program("HEADWAY")).parent
        pages = [folder / name for name in ("headway.1", "headwayd.8", "headwayd.toml.5")]
        if not all(page.exists() for page in pages):
            self.skipTest("the manual pages were not built (headway_manual_pages)")
        return pages

    def test_man_reads_them_without_a_complaint(self):
        man = self.tool("man")
        for page in self.pages():
            done = subprocess.run([man, "--warnings", "--encoding=UTF-8", "--local-file", page], capture_output=True,
                                  text=True, timeout=PATIENCE, env=environment(MANWIDTH=80, MANROFFSEQ=""))
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_everything_is_in_them(self):
        headway, headwayd, configuration = (page.read_text().replace("\\-", "-") for page in self.pages())
        for word in ("status", "watch", "completion", "db check", "--sort", "--token-file"):
            self.assertIn(word, headway)
        for word in ("--config", "--discover", "SIGHUP"):
            self.assertIn(word, headwayd)
        for option in re.findall(r"^(\w+) = ", self.run_tool(program("HEADWAYD"), "--print-config"), re.MULTILINE):
            self.assertIn(f"\\fB{option}\\fP", configuration)


class Units(Packaged):
    def test_systemd_finds_nothing_wrong(self):
        analyze = self.tool("systemd-analyze")
        folder = self.root / "units"
        folder.mkdir()
        for name in ("headwayd.service", "headwayd.socket"):
            text = (PACKAGING / "systemd" / name).read_text().replace("/usr/bin/headwayd", program("HEADWAYD"))
            (folder / name).write_text(text.replace("User=headway", "User=root").replace("Group=headway", "Group=root"))
        done = subprocess.run([analyze, "verify", "--man=no", folder / "headwayd.service", folder / "headwayd.socket"],
                              capture_output=True, text=True, timeout=PATIENCE, env=environment())
        if "Failed to" in done.stderr and "bus" in done.stderr:
            self.skipTest("systemd-analyze does not work here")
        self.assertEqual([line for line in done.stderr.splitlines() if "headwayd" in line], [])

    def test_the_sandbox_is_tight(self):
        analyze = self.tool("systemd-analyze")
        done = subprocess.run([analyze, "security", "--offline=true", "--threshold=20", "--no-pager",
                               PACKAGING / "systemd" / "headwayd.service"],
                              capture_output=True, text=True, timeout=PATIENCE, env=environment())
        # A threshold of 20 is an exposure of 2.0.
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)


class Dashboard(Packaged):
    def test_it_asks_only_for_figures_that_there_are(self):
        node = Node(self, self.state / "data")
        figures = node.get("/metrics").body.decode()
        names = set(re.findall(r"^(headway_\w+?)(?:\{| )", figures, re.MULTILINE))
        board = json.loads((PACKAGING / "grafana" / "headway.json").read_text())
        asked = set()
        for panel in board["panels"]:
            for target in panel["targets"]:
                asked |= set(re.findall(r"headway_\w+", target["expr"]))
        self.assertGreater(len(asked), 15)
        # Histograms exist before there is anything in them, causes once there is one.
        self.assertEqual(asked - names - {"headway_fetch_limited"}, set())

    def test_the_names_are_as_prometheus_wants_them(self):
        node = Node(self, self.state / "data")
        figures = node.get("/metrics").body.decode()
        for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", figures, re.MULTILINE):
            self.assertRegex(name, r"^headway_[a-z0-9_]+$")
            self.assertEqual(name.endswith("_total"), kind == "counter", name)
            self.assertIn(f"# HELP {name} ", figures)
            if kind == "histogram":
                self.assertRegex(name, r"_(seconds|bytes)$")


if __name__ == "__main__":
    unittest.main()
