"""Reads the table that headway and tools/run print."""

import re


def shown(branch):
    """Of a document: whether the table has a line for it."""
    return branch["head"] or branch["state"] != "no_upstream"


def row_pattern(project, branch):
    def cell(value):
        return "-" if value is None else re.escape(str(value))
    mark = r"\* " if branch["head"] else ""
    cells = [re.escape(project), mark + re.escape(branch["name"]), cell(branch["upstream"]), cell(branch["ahead"]),
             cell(branch["behind"]), branch["state"]]
    return re.compile(r"(?m)^" + r"\s+".join(cells) + r"\b")


def assert_table(test, text, documents):
    """That every branch of `documents` which the table must show stands there, as it is."""
    test.assertRegex(text, r"(?m)^PROJECT\s+BRANCH\s+UPSTREAM\s+AHEAD\s+BEHIND\s+STATE\s+FETCHED")
    for document in documents:
        for branch in document["branches"]:
            if shown(branch):
                test.assertRegex(text, row_pattern(document["project"], branch))
