#!/usr/bin/env python3
"""Who may include whom, read from every #include and every link edge of the tree.

    include_rules_test.py [ROOT]

Prints each violation as `file:line: reason` and ends with 1 if there is any. Before that it plants
violations in a tree of its own and checks that each is found: a rule that finds nothing proves nothing.
"""

import re
import sys
import tempfile
from pathlib import Path

SOURCES = {".hpp", ".cpp", ".h", ".cc", ".ipp", ".inl"}

STD = r"[a-z_0-9]+"
POSIX = (r"(arpa|linux|net|netinet|sys)/[a-z_0-9]+\.h"
         r"|(dirent|dlfcn|fcntl|fnmatch|grp|netdb|poll|pthread|pwd|sched|signal|spawn|syslog|termios|unistd)\.h")
CAF_ERRORS = r"caf/(error|expected)\.hpp"
CAF = r"caf/.+"
MESSAGES = r"messages/.+"
VALUES = r"messages/(?!interfaces\.hpp$).+"
OURS = r"(messages|config|storage|actors|tools)/.+"
ACTORS_ALONE = r"actors/(?!gateway/).+"

# The folder of a file is the first that its path begins with. Whatever is not listed is forbidden.
MAY_INCLUDE = [
    ("messages/", [STD, CAF, MESSAGES]),
    ("config/", [STD, POSIX, CAF_ERRORS, r"messages/(error|token_source)\.hpp", r"config/.+", r"toml\+\+/.+"]),
    # zlib: a loose object is checked before libgit2 sees it (loose_object.hpp says why).
    # storage/remote: packs that come over a connection of ours go straight into a quarantine.
    ("storage/git/", [STD, POSIX, CAF_ERRORS, VALUES, r"storage/(git|remote)/.+", r"git2\.h|git2/.+|zlib\.h"]),
    ("storage/graph/", [STD, POSIX, CAF_ERRORS, VALUES, r"storage/graph/.+", r"xxhash\.h"]),
    ("storage/db/", [STD, POSIX, CAF_ERRORS, VALUES, r"storage/db/.+", r"sqlite3\.h|xxhash\.h"]),
    ("storage/remote/", [STD, POSIX, CAF_ERRORS, VALUES, r"storage/remote/.+", r"curl/curl\.h"]),
    ("actors/gateway/", [STD, POSIX, CAF, MESSAGES, r"(config|storage|actors)/.+", r"spdlog/.+", r"boost/.+",
                         r"openssl/.+", r"zlib\.h"]),
    ("actors/metrics/", [STD, POSIX, CAF, MESSAGES, r"(config|storage)/.+", ACTORS_ALONE, r"spdlog/.+",
                         r"prometheus/.+"]),
    ("actors/engine.", [STD, POSIX, CAF, MESSAGES, r"(config|storage)/.+", ACTORS_ALONE, r"spdlog/.+",
                        r"prometheus/.+"]),
    ("actors/", [STD, POSIX, CAF, MESSAGES, r"(config|storage)/.+", ACTORS_ALONE, r"spdlog/.+"]),
    # A program that measures, and made of actors: it shares histories and rulers with the benchmarks.
    ("tools/load/", [STD, POSIX, CAF, MESSAGES, r"(config|tools)/.+", r"benchmarks/(history|measure)/.+", r"CLI/.+",
                     r"toml\+\+/.+", r"boost/(asio|beast|json)(\.hpp|/.+)"]),
    ("tools/", [STD, POSIX, CAF_ERRORS, MESSAGES, r"(config|actors|tools)/.+", r"spdlog/.+", r"CLI/.+",
                r"curl/curl\.h", r"boost/json(\.hpp|/.+)"]),
    ("tests/storage/git/", [STD, POSIX, CAF, OURS, r"tests/.+", r"boost/.+", r"git2\.h|git2/.+"]),
    ("tests/storage/db/", [STD, POSIX, CAF, OURS, r"tests/.+", r"boost/.+", r"sqlite3\.h"]),
    ("tests/gateway/", [STD, POSIX, CAF, OURS, r"tests/.+", r"boost/.+", r"spdlog/.+", r"zlib\.h"]),
    ("tests/benchmarks/", [STD, POSIX, CAF, OURS, r"tests/.+", r"boost/.+", r"benchmarks/.+"]),
    ("tests/", [STD, POSIX, CAF, OURS, r"tests/.+", r"boost/.+", r"spdlog/.+", r"curl/curl\.h"]),
    # The counterpart to measure against.
    ("benchmarks/graph_queries/libgit2_", [STD, CAF_ERRORS, VALUES, r"benchmarks/.+", r"git2\.h"]),
    ("benchmarks/repo_open_latency/libgit2_", [STD, r"benchmarks/.+", r"git2\.h"]),
    ("benchmarks/", [STD, POSIX, CAF, OURS, r"benchmarks/.+", r"tests/support/.+", r"benchmark/.+",
                     r"spdlog/.+", r"CLI/.+", r"boost/json(\.hpp|/.+)"]),
]
FOLDERS = ("messages", "config", "storage", "actors", "tools", "tests", "benchmarks")

# Behind the public headers of storage/ there must be no trace of these.
HIDDEN = r"git2\.h|git2/.+|sqlite3\.h|curl/.+"
SHIELDED = ("messages/", "config/", "actors/", "tools/")

# The last field: files that may hold it, as a pattern.
FORBIDDEN_TEXT = [
    (r"\bcaf::detached\b", "caf::detached belongs into actors/engine.cpp and tools/load/crew.cpp alone", r"actors/engine\.cpp|tools/load/crew\.cpp|tests/actors/probe/.+"),
    (r"\busing\s+namespace\s+caf\b", "using namespace caf hides whose a name is", r"(?!)"),
    (r"\bstd::(jthread\b|async\b|thread\b(?!\s*::\s*(hardware_concurrency|id)\b))|\bpthread_create\b",
     "threads are made by what waits for sockets and for the kernel (actors/gateway, storage/remote, "
     "storage/git/ref_watch.cpp, storage/git/disk_workers.cpp) and by spawning in actors/engine.cpp alone",
     r"(actors/gateway|storage/remote|tests|benchmarks)/.+|storage/git/(ref_watch|disk_workers)\.cpp"),
]

# By folder: the libraries of ours that it may link.
MAY_LINK = [
    ("messages/", set()),
    ("config/", {"messages"}),
    ("storage/git/", {"messages", "remote"}),
    ("storage/graph/", {"messages"}),
    ("storage/db/", {"messages"}),
    ("storage/remote/", {"messages"}),
    ("actors/gateway/", {"messages", "config", "git", "graph", "db", "remote", "actors"}),
    ("actors/", {"messages", "config", "git", "graph", "db", "remote"}),
    ("tools/", {"messages", "config", "actors", "gateway", "engine"}),
]
LIBRARIES = "messages|config|git|graph|db|remote|actors|gateway|engine"

TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)'
    r'|(?P<string>R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\')',
    re.DOTALL)
INCLUDE = re.compile(r"^[ \t]*#[ \t]*(?:include|import)[ \t]*(.*?)[ \t]*$", re.MULTILINE)


def blank(text):
    """Spaces of the same shape, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    return TOKEN.sub(lambda m: blank(m[0]) if m["comment"] else m[0], text)


def without_comments_and_strings(text):
    return TOKEN.sub(lambda m: blank(m[0]), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def rule_for(table, path):
    return next((rule for prefix, rule in table if path.startswith(prefix)), None)


class Tree:
    def __init__(self, root):
        self.root = Path(root)
        self.texts = {}
        self.includes = {}
        for folder in FOLDERS:
            for file in sorted((self.root / folder).rglob("*")):
                if file.suffix in SOURCES and file.is_file():
                    self.read(file)

    def read(self, file):
        path = file.relative_to(self.root).as_posix()
        text = file.read_text(encoding="utf-8")
        self.texts[path] = text
        code = without_comments(text)
        self.includes[path] = [(line_of(code, m.start(1)), m[1]) for m in INCLUDE.finditer(code)]

    def violations(self):
        found = []
        for path in self.texts:
            found += self.bad_includes(path)
            found += self.bad_text(path)
        return found + list(self.bad_links())

    def bad_includes(self, path):
        allowed = rule_for(MAY_INCLUDE, path)
        if allowed is None:
            yield f"{path}:1: no rule says what this folder may include"
            return
        for line, spelling in self.includes[path]:
            header = re.fullmatch(r"<([^<>]+)>", spelling)
            if not header:
                yield f"{path}:{line}: {spelling} must be written <folder/file.hpp>"
            elif ".." in header[1].split("/") or not any(re.fullmatch(rule, header[1]) for rule in allowed):
                yield f"{path}:{line}: must not include <{header[1]}>"
            elif path.startswith(SHIELDED) and header[1].startswith("storage/"):
                if trail := self.trail_to_hidden(header[1], set()):
                    yield f"{path}:{line}: {' -> '.join(trail)}: not behind a public header of storage/"

    def trail_to_hidden(self, header, seen):
        """The chain of headers from `header` to one that storage/ keeps to itself, or nothing."""
        if re.fullmatch(HIDDEN, header):
            return [header]
        if header in seen:
            return []
        seen.add(header)
        for _, spelling in self.includes.get(header, []):
            if rest := self.trail_to_hidden(spelling.strip("<>"), seen):
                return [header] + rest
        return []

    def bad_text(self, path):
        code = without_comments_and_strings(self.texts[path])
        for pattern, reason, exempt in FORBIDDEN_TEXT:
            if re.fullmatch(exempt, path):
                continue
            for match in re.finditer(pattern, code):
                yield f"{path}:{line_of(code, match.start())}: {reason}"

    def bad_links(self):
        for folder in FOLDERS:
            for file in sorted((self.root / folder).rglob("CMakeLists.txt")):
                path = file.relative_to(self.root).as_posix()
                allowed = rule_for(MAY_LINK, path)
                if allowed is not None:
                    yield from self.bad_links_of(path, file.read_text(encoding="utf-8"), allowed)

    @staticmethod
    def bad_links_of(path, text, allowed):
        code = re.sub(r"#[^\n]*", lambda m: blank(m[0]), text)
        own = set(re.findall(r"\b(?:headway_library|add_library)\s*\(\s*(?:headway(?:::|_))?(\w+)", code))
        for match in re.finditer(rf"\bheadway(?:::|_)({LIBRARIES})\b", code):
            if match[1] not in allowed | own:
                yield f"{path}:{line_of(code, match.start())}: must not link headway::{match[1]}"


# A tree without fault: what the rules must let pass.
CLEAN = {
    "messages/error.hpp": "#include <caf/error.hpp>\n#include <string>\n",
    "messages/interfaces.hpp": "#include <caf/typed_actor.hpp>\n#include <messages/error.hpp>\n",
    "config/load.cpp": "#include <arpa/inet.h>\n#include <toml++/toml.h>\n#include <messages/error.hpp>\n",
    "storage/git/handle.hpp": "#include <git2.h>\n",
    "storage/git/repository.hpp": "#include <caf/expected.hpp>\n#include <messages/error.hpp>\n",
    "storage/git/repository.cpp": "#include <storage/git/handle.hpp>\n#include <sys/stat.h>\n",
    "storage/db/store.cpp": "#include <sqlite3.h>\n",
    "storage/remote/prober.cpp": "#include <curl/curl.h>\nstd::thread t;\n",
    "storage/graph/CMakeLists.txt": "headway_library(graph SOURCES a.cpp LINK headway::messages) # headway::db\n",
    "actors/engine.cpp": "#include <prometheus/registry.h>\nauto x = spawn<caf::detached>();\n",
    "actors/monitor/reader.cpp": "auto n = std::thread::hardware_concurrency(); // std::thread, caf::detached\n"
                                 "auto s = \"std::async\"; auto c = '\"'; auto d = 1'000;\n"
                                 "#include <storage/git/repository.hpp>\n",
    "actors/gateway/listener.cpp": "#include <boost/asio.hpp>\nstd::thread t;\n",
    "actors/CMakeLists.txt": "headway_library(actors LINK headway::messages headway::git)\n"
                             "target_precompile_headers(headway_actors PRIVATE <caf/all.hpp>)\n",
    "tools/headway/main.cpp": "#include <CLI/CLI.hpp>\n#include <actors/engine.hpp>\n#include <boost/json.hpp>\n",
    "tools/load/crew.cpp": "#include <caf/all.hpp>\n#include <benchmarks/history/dice.hpp>\nspawn<caf::detached>();\n",
    "benchmarks/history/dice.hpp": "#include <random>\n",
    "tools/CMakeLists.txt": "target_link_libraries(headway PRIVATE headway::gateway headway::config)\n",
    "tests/storage/git/x_test.cpp": "#include <boost/test/unit_test.hpp>\n#include <git2.h>\nstd::thread t;\n"
                                    "#include <tests/support/sandbox.hpp>\n/* #include <nonsense.h>\n */\n",
    "benchmarks/x_bench.cpp": "#include <benchmark/benchmark.h>\n",
    "benchmarks/graph_queries/libgit2_counts.cpp": "#include <git2.h>\n",
    "tests/benchmarks/x_test.cpp": "#include <benchmarks/measure/x.hpp>\n",
}

# One fault each: file, text, the violation that must be printed for it.
PLANTED = [
    ("messages/a.hpp", "#include <config/load.hpp>", "1: must not include <config/load.hpp>"),
    ("messages/a.hpp", "#include <unistd.h>", "1: must not include <unistd.h>"),
    ("config/a.cpp", "\n#include <messages/ids.hpp>", "2: must not include <messages/ids.hpp>"),
    ("config/a.cpp", "#include <storage/db/store.hpp>", "1: must not include <storage/db/store.hpp>"),
    ("config/a.cpp", "#include <caf/all.hpp>", "1: must not include <caf/all.hpp>"),
    ("storage/git/a.cpp", "#include <storage/db/store.hpp>", "1: must not include <storage/db/store.hpp>"),
    ("storage/git/a.cpp", "#include <sqlite3.h>", "1: must not include <sqlite3.h>"),
    ("storage/git/a.cpp", "#include <config/load.hpp>", "1: must not include <config/load.hpp>"),
    ("storage/graph/a.cpp", "#include <storage/git/a.hpp>", "1: must not include <storage/git/a.hpp>"),
    ("storage/graph/a.cpp", "#include <git2/oid.h>", "1: must not include <git2/oid.h>"),
    ("storage/db/a.cpp", "#include <storage/graph/a.hpp>", "1: must not include <storage/graph/a.hpp>"),
    ("storage/db/a.cpp", "#include <messages/interfaces.hpp>", "1: must not include <messages/interfaces.hpp>"),
    ("storage/db/a.cpp", "#include <actors/engine.hpp>", "1: must not include <actors/engine.hpp>"),
    ("storage/remote/a.cpp", "#include <storage/git/a.hpp>", "1: must not include <storage/git/a.hpp>"),
    ("storage/git/a.cpp", "#include <curl/curl.h>", "1: must not include <curl/curl.h>"),
    ("storage/git/a.cpp", "std::thread t;", "1: threads are made by"),
    ("storage/a.cpp", "", "1: no rule says what this folder may include"),
    ("actors/a.cpp", "#include <git2.h>", "1: must not include <git2.h>"),
    ("actors/a.cpp", "#include <sqlite3.h>", "1: must not include <sqlite3.h>"),
    ("actors/a.cpp", "#include <storage/git/handle.hpp>",
     "1: storage/git/handle.hpp -> git2.h: not behind a public header of storage/"),
    ("actors/a.cpp", "#include <boost/asio.hpp>", "1: must not include <boost/asio.hpp>"),
    ("actors/a.cpp", "#include <openssl/ssl.h>", "1: must not include <openssl/ssl.h>"),
    ("actors/a.cpp", "#include <prometheus/registry.h>", "1: must not include <prometheus/registry.h>"),
    ("actors/a.cpp", "#include <actors/gateway/json.hpp>", "1: must not include <actors/gateway/json.hpp>"),
    ("actors/a.cpp", "#include <tools/a.hpp>", "1: must not include <tools/a.hpp>"),
    ("actors/a.cpp", "#include <tests/support/sandbox.hpp>", "1: must not include <tests/support/sandbox.hpp>"),
    ("actors/a.cpp", "#include <toml++/toml.h>", "1: must not include <toml++/toml.h>"),
    ("actors/a.cpp", "#include \"a.hpp\"", "1: \"a.hpp\" must be written <folder/file.hpp>"),
    ("actors/a.cpp", "#include HEADER", "1: HEADER must be written <folder/file.hpp>"),
    ("actors/a.cpp", "#include <storage/../tools/a.hpp>", "1: must not include <storage/../tools/a.hpp>"),
    ("actors/a.cpp", "  #  include<nonsense.h> // why", "1: must not include <nonsense.h>"),
    ("actors/a.cpp", "auto x = spawn<caf::detached>();", "1: caf::detached belongs"),
    ("actors/a.cpp", "auto q = '\"';\nstd::thread t;", "2: threads are made by"),
    ("actors/a.cpp", "std::jthread t;", "1: threads are made by"),
    ("actors/a.cpp", "auto f = std::async(g);", "1: threads are made by"),
    ("actors/gateway/a.cpp", "#include <prometheus/registry.h>", "1: must not include <prometheus/registry.h>"),
    ("tools/a.cpp", "#include <storage/git/repository.hpp>", "1: must not include <storage/git/repository.hpp>"),
    ("tools/load/a.cpp", "#include <actors/engine.hpp>", "1: must not include <actors/engine.hpp>"),
    ("tools/load/a.cpp", "#include <storage/git/repository.hpp>", "1: must not include <storage/git/repository.hpp>"),
    ("tools/load/a.cpp", "#include <benchmarks/graph_queries/subject.hpp>",
     "1: must not include <benchmarks/graph_queries/subject.hpp>"),
    ("tools/load/a.cpp", "auto x = spawn<caf::detached>();", "1: caf::detached belongs"),
    ("tools/a.cpp", "#include <boost/asio.hpp>", "1: must not include <boost/asio.hpp>"),
    ("tools/a.cpp", "#include <benchmarks/a.hpp>", "1: must not include <benchmarks/a.hpp>"),
    ("tools/a.cpp", "void f() {\n  using  namespace caf;\n}", "2: using namespace caf"),
    ("tests/a_test.cpp", "#include <git2.h>", "1: must not include <git2.h>"),
    ("tests/a_test.cpp", "#include <CLI/CLI.hpp>", "1: must not include <CLI/CLI.hpp>"),
    ("tests/a_test.cpp", "#include <benchmarks/a.hpp>", "1: must not include <benchmarks/a.hpp>"),
    ("benchmarks/a.cpp", "#include <git2.h>", "1: must not include <git2.h>"),
    ("tests/a_test.cpp", "using namespace caf;", "1: using namespace caf"),
    ("messages/CMakeLists.txt", "headway_library(messages LINK headway::config)", "1: must not link headway::config"),
    ("storage/db/CMakeLists.txt", "headway_library(db\n  LINK headway::git)", "2: must not link headway::git"),
    ("storage/db/CMakeLists.txt", "target_link_libraries(headway_db PRIVATE headway_actors)\n"
     "headway_library(db)", "1: must not link headway::actors"),
    ("actors/CMakeLists.txt", "headway_library(actors LINK headway::gateway)", "1: must not link headway::gateway"),
    ("tools/CMakeLists.txt", "target_link_libraries(headway PRIVATE headway::git)", "1: must not link headway::git"),
]


def planted_tree(root, files):
    for path, text in files.items():
        file = Path(root, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Tree(root)


def self_test():
    """What the rules overlook, or find where nothing is."""
    with tempfile.TemporaryDirectory() as root:
        for violation in planted_tree(root, CLEAN).violations():
            yield f"self-test: found in a clean tree: {violation}"
    for path, text, expected in PLANTED:
        with tempfile.TemporaryDirectory() as root:
            found = planted_tree(root, {**CLEAN, path: text}).violations()
        if len(found) != 1 or not found[0].startswith(f"{path}:{expected}"):
            yield f"self-test: planted {path}: {text!r}: wanted '{path}:{expected}', found {found}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    tree = Tree(root)
    problems = list(self_test()) + tree.violations()
    if not tree.texts:
        problems.append(f"{root}: holds no sources")
    for problem in problems:
        print(problem)
    print(f"{len(tree.texts)} files, {len(PLANTED)} planted violations, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
