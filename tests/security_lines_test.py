#!/usr/bin/env python3
"""Checks that every test that SECURITY.md names is there: tests/security_lines_test.py [ROOT]

The last column of a table names files (`storage/git/fetch_test`, without folder `tests/` and ending) and after each
the cases of it that matter (`a_captive_portal_deletes_nothing`, or its beginning and an ellipsis); a case may also be
a suite or a class. After `tests/fuzz` come the names of fuzz targets.
"""

import re
import sys
import tempfile
from pathlib import Path

CASE = re.compile(r"BOOST_[A-Z_]*TEST_(?:CASE|SUITE)[A-Z_]*\(\s*(\w+)|def test_(\w+)|^class (\w+)", re.MULTILINE)
ENDINGS = ("_test.cpp", "_test.py")
COLUMN = "test"


def rows(text):
    """Number and test column of each row of each table."""
    column = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            column = None
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if column is None:
            column = cells.index(COLUMN) if COLUMN in cells else -1
        elif column >= 0 and not set(cells[0]) <= set("-: "):
            yield number, cells[column] if column < len(cells) else ""


def file_of(root, name):
    base = root / "tests" / name.removesuffix("_test")
    return next((path for ending in ENDINGS if (path := base.with_name(base.name + ending)).is_file()), None)


def is_there(case, known):
    return any(name.startswith(case[:-1]) for name in known) if case.endswith("…") else case in known


def problems_in(root):
    rows_seen = 0
    for number, cell in rows((root / "SECURITY.md").read_text(encoding="utf-8")):
        rows_seen += 1
        where = f"SECURITY.md:{number}"
        named = re.findall(r"`([^`]+)`", cell)
        known = None
        if not any("/" in name for name in named):
            yield f"{where}: names no test"
        for name in named:
            if name == "tests/fuzz":
                known = {path.name.removesuffix("_fuzz.cpp") for path in (root / "tests/fuzz").glob("*_fuzz.cpp")}
            elif name.startswith("tests/"):
                known = set()
                if not (root / name).exists():
                    yield f"{where}: there is no {name}"
            elif "/" in name:
                path = file_of(root, name)
                known = None
                if path is None:
                    yield f"{where}: there is no test file {name}"
                else:
                    known = {next(filter(None, found)) for found in CASE.findall(path.read_text(encoding="utf-8"))}
            elif known is not None and not is_there(name, known):
                yield f"{where}: no case is named {name}"
    if not rows_seen:
        yield "SECURITY.md: holds no table of tests"


def self_test():
    """What the test overlooks, or finds where nothing is."""
    table = "| threat | what | test |\n|---|---|---|\n| x | y | {} |\n"
    for cell, expected in [
        ("`a/b_test`: `is_there`, `is_the…`; `tests/fuzz`: `url`", None), ("`a/c_test`: `works`, `Group`", None),
        ("`a/b_test`: `is_not_there`", "no case is named is_not_there"), ("`a/x_test`", "there is no test file a/x_test"),
        ("`a/b_test`: `other…`", "no case is named other…"), ("`tests/fuzz`: `urls`", "no case is named urls"),
        ("`tests/gone`", "there is no tests/gone"), ("by hand", "names no test"),
    ]:
        with tempfile.TemporaryDirectory() as place:
            root = Path(place)
            for path, text in {"SECURITY.md": table.format(cell), "tests/fuzz/url_fuzz.cpp": "",
                               "tests/a/b_test.cpp": "BOOST_FIXTURE_TEST_CASE(is_there, f) {}",
                               "tests/a/c_test.py": "class Group:\n    def test_works(self):\n"}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            found = list(problems_in(root))
        if len(found) != (expected is not None) or (expected and not found[0].endswith(expected)):
            yield f"self-test: {cell!r}: wanted {expected!r}, found {found}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    problems = [*self_test(), *problems_in(root)]
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
