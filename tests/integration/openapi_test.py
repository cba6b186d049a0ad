#!/usr/bin/env python3
"""The description of the API is one, and the node does what it says. (That every route is in it, and nothing else,
is a test of tests/gateway, which knows the table of routes.)"""

import json
import subprocess
import unittest
from pathlib import Path

from browser import found, web_modules
from node import Node
from sandbox import PATIENCE, SandboxTest, commit, commit_to, environment, eventually, git

HERE = Path(__file__).resolve().parent


class OpenApi(SandboxTest):
    def setUp(self):
        super().setUp()
        self.modules = web_modules()
        self.node = Node(self, self.state / "data")
        self.document = self.node.document("/openapi.json")
        self.answers = []
        self.asked = set()

    def judge(self, document, answers):
        text = json.dumps({"modules": str(self.modules), "document": document, "answers": answers})
        done = subprocess.run([found("node", "nodejs"), HERE / "openapi.mjs"], input=text, env=environment(),
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def ask(self, method, route, path=None, body=None, status=200):
        """Asks, and remembers which schema the answer must have."""
        answer = self.node.request(method, path or route, body)
        self.assertEqual(answer.status, status, f"{method} {path or route}: {answer.body!r}")
        operation = self.document["paths"][route][method.lower()]
        responses = operation["responses"]
        wanted = responses.get(str(status), responses["default"])
        if "$ref" in wanted:
            wanted = self.document["components"]["responses"][wanted["$ref"].rsplit("/", 1)[1]]
        self.asked.add((method.lower(), route))
        if status in (204, 304):
            return None
        media = answer.headers["Content-Type"].split(";")[0]
        schema = wanted["content"][media]["schema"]
        text = answer.body.decode()
        value = json.loads(text) if media.endswith("json") else text
        self.answers.append({"route": f"{method} {path or route}", "value": value,
                             "schema": schema["$ref"][1:] if "$ref" in schema else
                             "/paths/" + route.replace("~", "~0").replace("/", "~1") +
                             f"/{method.lower()}/responses/{status}/content/{media.replace('/', '~1')}/schema"})
        return value

    def test_the_description_is_valid_and_real_answers_are_as_it_says(self):
        origin = self.repository()
        clone = self.clone(origin, "clone")
        git(clone, "branch", "lonely")
        commit(clone)
        (self.root / "broken").mkdir()
        project = self.ask("POST", "/projects", body={"path": str(clone)}, status=201)["id"]
        self.ask("POST", "/projects", body={"path": str(clone)}, status=409)
        self.ask("POST", "/projects", body={"path": str(self.root / "broken")}, status=422)
        self.ask("POST", "/projects", body={"way": 1}, status=400)
        commit_to(origin, "main", 2)
        fetched = self.ask("POST", "/projects/{id}/fetch", f"/projects/{project}/fetch?wait=30s")
        git(origin, "update-ref", "-d", "refs/heads/main")
        origin.rename(self.root / "gone.git")
        self.ask("POST", "/projects/{id}/fetch", f"/projects/{project}/fetch?wait=30s")
        self.ask("POST", "/projects/{id}/fetch", "/projects/none/fetch", status=404)
        self.ask("GET", "/projects/{id}/sync-status", f"/projects/{project}/sync-status")
        self.ask("GET", "/projects/{id}/sync-status", f"/projects/{project}/sync-status?max_age=1ms&wait=10s")
        self.ask("GET", "/projects/{id}/sync-status", "/projects/none/sync-status", status=404)
        self.ask("GET", "/sync-status", f"/sync-status?projects={project},none")
        self.ask("GET", "/sync-status", "/sync-status?state=ahead")
        self.ask("GET", "/sync-status", "/sync-status?state=nonsense", status=400)
        self.ask("GET", "/projects", "/projects?limit=1")
        self.ask("GET", "/projects", "/projects?limit=0", status=400)
        self.ask("GET", "/projects/{id}", f"/projects/{project}")
        self.ask("GET", "/projects/{id}/schedule", f"/projects/{project}/schedule")
        eventually(lambda: len(self.node.document(f"/projects/{project}/fetches")["fetches"]) >= 2, "two fetches")
        self.ask("GET", "/projects/{id}/fetches", f"/projects/{project}/fetches?limit=1")
        self.ask("GET", "/projects/{id}/fetches", "/projects/none/fetches", status=404)
        self.ask("GET", "/fetches/{id}", f"/fetches/{fetched['id']}")
        self.ask("GET", "/fetches/{id}", "/fetches/x", status=400)
        self.ask("DELETE", "/fetches/{id}", f"/fetches/{fetched['id']}")
        self.ask("POST", "/projects/{id}/suspend", f"/projects/{project}/suspend")
        self.ask("GET", "/projects/{id}/schedule", f"/projects/{project}/schedule")
        self.ask("POST", "/projects/{id}/fetch", f"/projects/{project}/fetch", status=409)
        self.ask("POST", "/projects/{id}/resume", f"/projects/{project}/resume")
        self.ask("POST", "/projects/{id}/suspend", "/projects/none/suspend", status=404)
        self.ask("POST", "/hooks/{id}", "/hooks/github", status=404)
        for route in ("/", "/page.js", "/page.css", "/icon.svg", "/openapi.json", "/healthz", "/readyz", "/metrics",
                      "/scheduler"):
            self.ask("GET", route)
        self.ask("DELETE", "/projects/{id}", f"/projects/{project}", status=204)
        self.ask("DELETE", "/projects/{id}", f"/projects/{project}", status=404)

        described = {(method, route) for route, item in self.document["paths"].items()
                     for method in item if method != "parameters"}
        # A stream has no end that a schema could be held against.
        self.assertEqual(described - self.asked, {("get", "/events")})
        self.assertEqual(self.judge(self.document, self.answers), [])

    def test_the_judge_finds_what_is_wrong(self):
        broken = json.loads(json.dumps(self.document))
        broken["paths"]["/projects"]["get"]["responses"] = 7
        self.assertEqual(len(self.judge(broken, [])), 1)
        wrong = {"route": "GET /x", "schema": "/components/schemas/Project", "value": {"id": 1}}
        self.assertEqual(len(self.judge(self.document, [wrong])), 1)


if __name__ == "__main__":
    unittest.main()
