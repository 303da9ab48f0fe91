"""Every route, asked of the real program: answers are what the OpenAPI document says, what the command line says, and never old."""
import hashlib
import json
import re
import threading

import served


class Routes(served.ServedCase):
    def expect(self, answer, status, code=None):
        self.assertEqual(answer.status, status, answer.body)
        if status >= 400:
            self.assertEqual(answer.headers["content-type"], "application/problem+json")
            problem = answer.json
            self.assertEqual(problem["status"], status)
            self.assertTrue({"type", "title", "status", "detail", "code"} <= set(problem))
            if code:
                self.assertEqual(problem["code"], code)
        return answer

    def test_each_answer_of_each_route_is_what_its_schema_says(self):
        document = self.server.get("/openapi.json").json
        self.assertEqual(document["openapi"], "3.1.0")
        schemas = served.Schemas(document)
        project = served.project_name(self.world.project)
        run = self.world.document("runs")["runs"][0]["seq"]
        made = self.server.post("/versions/snapshots", {"name": "for-routes"}).json["id"]
        asked = {
            ("post", "/user-collections/{collection}/refresh"): ["/user-collections/default/refresh?mode=check_only", "/user-collections/none/refresh"],
            ("get", "/user-collections"): ["/user-collections", "/user-collections?at=3", "/user-collections?at=99999"],
            ("get", "/user-collections/{collection}"): ["/user-collections/default", "/user-collections/none"],
            ("get", "/user-collections/{collection}/artifacts"): ["/user-collections/default/artifacts", "/user-collections/default/artifacts?limit=1&type=skill",
                                                                  "/user-collections/default/artifacts?at=0", "/user-collections/default/artifacts?tag=work&name=p*"],
            ("get", "/artifacts/{artifact}"): ["/artifacts/skill:pdf", "/artifacts/pdf", "/artifacts/skill%3Apdf?at=@", "/artifacts/skill:none", "/artifacts/x:y"],
            ("get", "/artifacts/{artifact}/history"): ["/artifacts/skill:pdf/history", "/artifacts/pdf/history?limit=1", "/artifacts/none/history"],
            ("get", "/artifacts/{artifact}/tags"): ["/artifacts/skill:pdf/tags", "/artifacts/none/tags"],
            ("get", "/artifacts/{artifact}/blame"): ["/artifacts/skill:pdf/blame", "/artifacts/none/blame"],
            ("get", "/projects"): ["/projects", "/projects?at=2"],
            ("get", "/projects/{project}/drift/summary"): [f"/projects/{project}/drift/summary", f"/projects/{project}/drift/summary?collection_name=default",
                                                           f"/projects/{served.project_name(self.world.root)}/drift/summary", "/projects/!/drift/summary"],
            ("get", "/versions/snapshots"): ["/versions/snapshots", "/versions/snapshots?limit=1", "/versions/snapshots?after=nonsense", "/versions/snapshots?limit=101"],
            ("post", "/versions/snapshots"): ["/versions/snapshots"],
            ("get", "/versions/snapshots/{snapshot}"): ["/versions/snapshots/before", "/versions/snapshots/none"],
            ("post", "/versions/snapshots/{snapshot}/rollback"): ["/versions/snapshots/before/rollback", "/versions/snapshots/none/rollback"],
            ("get", "/versions/snapshots/{snapshot}/export"): ["/versions/snapshots/before/export", "/versions/snapshots/none/export"],
            ("delete", "/versions/snapshots/{snapshot}"): [f"/versions/snapshots/{made}", f"/versions/snapshots/{made}"],
            ("get", "/events"): ["/events", "/events?limit=1", "/events?after=2&limit=3", "/events?type=tags_edited&artifact=skill:pdf", "/events?grep=pdf&reverse=true",
                                 "/events?type=none", "/events?limit=0", "/events?tag=work", f"/events?run={run}", "/events?since=2&until=4"],
            ("get", "/events/stream"): ["/events/stream?after=99999", "/events/stream?type=none"],
            ("get", "/events/density"): ["/events/density", "/events/density?spans=7&at=3"],
            ("get", "/diff"): ["/diff?from=0&to=@", "/diff?from=2&content=true&stat=true", "/diff", "/diff?from=0&artifact=skill:pdf"],
            ("get", "/runs"): ["/runs", "/runs?limit=2"],
            ("get", "/runs/{run}"): [f"/runs/{run}", "/runs/2", "/runs/x"],
            ("get", "/verify"): ["/verify", "/verify?full=true", "/verify?full=maybe"],
            ("get", "/stats"): ["/stats"],
            ("get", "/openapi.json"): ["/openapi.json"],
            ("get", "/healthz"): ["/healthz"],
            ("get", "/metrics"): ["/metrics"],
        }
        succeeded = set()
        table = {(method, path): operation for path, operations in document["paths"].items() for method, operation in operations.items()}
        for route in table:
            self.assertIn(route, asked, "a route that nobody asks")
            for path in asked[route]:
                body = {} if route[0] == "post" else None
                answer = self.server.ask(route[0].upper(), "/api/v1" + path, body)
                responses = table[route]["responses"]
                self.assertIn(str(answer.status), responses, f"{route} {path}: {answer.body}")
                content = responses[str(answer.status)].get("content", {})
                kind = answer.headers.get("content-type", "").split(";")[0]
                if content:
                    self.assertIn(kind, content, path)
                    if "schema" in content[kind]:
                        schemas.check(answer.json, content[kind]["schema"], path)
                if answer.status < 300:
                    succeeded.add(route)
        self.assertEqual(set(table) - succeeded, {("get", "/events/stream")}, "routes that never succeeded")

    def test_documents_are_those_of_the_command_line(self):
        for path, command in {
            "/artifacts/skill:pdf": ["show", "skill:pdf"],
            "/artifacts/skill:pdf?at=5": ["show", "skill:pdf", "--at", "5"],
            "/user-collections": ["collection", "list"],
            "/user-collections/default": ["collection", "show", "default"],
            "/user-collections/default/artifacts": ["list"],
            "/versions/snapshots": ["snapshot", "list"],
            "/versions/snapshots/before": ["snapshot", "show", "before"],
            "/runs?limit=5": ["runs", "-n", "5"],
            "/diff?from=2&to=5": ["diff", "2", "5"],
            "/artifacts/skill:pdf/blame": ["blame", "skill:pdf"],
            "/projects": ["deployed", "--all"],
        }.items():
            with self.subTest(path):
                self.assertEqual(self.server.get(path).json, self.world.document(*command))
        events = [json.loads(line) for line in self.world.run("log", "-n", "7", "-o", "ndjson").splitlines()]
        self.assertEqual(self.server.get("/events?limit=7").json["events"], events)
        drift = self.server.get(f"/projects/{served.project_name(self.world.project, True)}/drift/summary").json
        said = self.world.document("drift", "--project", str(self.world.project))
        self.assertEqual(drift | {"checked_at": None}, said | {"checked_at": None})
        link = self.world.root / "link-to-project"
        link.symlink_to(self.world.project)
        linked = self.server.get(f"/projects/{served.project_name(link)}/drift/summary").json
        self.assertEqual(linked["project_path"], drift["project_path"], "one project, whatever path leads there")
        self.assertEqual(drift["modified_count"], 1)
        found = next(one for one in drift["drift_details"] if one["drift_type"] == "modified")
        self.assertIsNotNone(found["modification_detected_at"], "what is found is recorded")

    def test_a_request_sees_what_any_process_reported_done_before_it(self):
        for round in range(12):
            self.world.run("tags", "add", "skill:csv", f"round-{round}")
            self.assertIn(f"round-{round}", self.server.get("/artifacts/skill:csv").json["tags"])
            self.assertEqual(self.server.get("/events?limit=1").json["events"][0]["seq"], self.world.head())
        made = self.server.post("/versions/snapshots", {"name": "by-rest", "message": "hello"})
        self.expect(made, 201)
        self.assertEqual(made.headers["location"], f"/api/v1/versions/snapshots/{made.json['id']}")
        self.assertEqual(self.world.document("snapshot", "list", "--limit", "1")["items"][0], made.json)

    def test_the_command_line_and_many_clients_write_beside_each_other(self):
        before = self.world.head()
        statuses = []

        def client(number):
            for round in range(4):
                statuses.append(self.server.post("/versions/snapshots", {"name": f"c{number}-{round}"}).status)

        clients = [threading.Thread(target=client, args=(number,)) for number in range(3)]
        for one in clients:
            one.start()
        for round in range(4):
            self.world.run("--lock-timeout", "60", "tags", "add", "skill:csv", f"beside-{round}")
        for one in clients:
            one.join()
        self.assertEqual(set(statuses), {201})
        self.assertEqual(self.world.head() - before, (12 + 4) * 3)
        self.assertTrue(self.world.document("verify")["ok"])

    def test_an_etag_is_the_head_and_spares_an_answer(self):
        first = self.server.get("/artifacts/skill:pdf")
        head = (self.world.store / "HEAD").read_text().split()[2]
        self.assertEqual(first.headers["etag"], f'"{head}"')
        again = self.server.get("/artifacts/skill:pdf", If_None_Match=first.headers["etag"])
        self.assertEqual((again.status, again.body, again.headers["etag"]), (304, b"", first.headers["etag"]))
        self.assertEqual(self.server.get("/artifacts/skill:pdf", If_None_Match=f'"x", W/"{head}"').status, 304)
        self.world.run("tags", "add", "skill:csv", "for-the-etag")
        self.assertEqual(self.server.get("/artifacts/skill:pdf", If_None_Match=first.headers["etag"]).status, 200)
        # What "yesterday" means changes without the log.
        self.assertNotIn("etag", self.server.get("/events?until=1h").headers)
        self.assertNotIn("etag", self.server.get("/verify").headers)

    def test_every_refusal_is_a_problem(self):
        refresh = "/api/v1/user-collections/default/refresh"
        for method, path, body, status, code in [
            ("GET", "/api/v1/none", None, 404, "no_such_route"),
            ("GET", "/none", None, 404, "no_such_route"),
            ("GET", "/page/none.js", None, 404, "no_such_route"),
            ("POST", "/", None, 405, "method_not_allowed"),
            ("PUT", refresh, "{}", 405, "method_not_allowed"),
            ("GET", refresh, None, 405, "method_not_allowed"),
            ("DELETE", "/api/v1/events", None, 405, "method_not_allowed"),
            ("BREW", "/api/v1/events", None, 405, "method_not_allowed"),
            ("POST", refresh, "{", 400, "malformed"),
            ("POST", refresh, "\xff", 400, "malformed"),
            ("POST", refresh, "[]", 422, "usage"),
            ("POST", refresh, {"mode": "chek_only"}, 422, "usage"),
            ("POST", refresh, {"mode": 7}, 422, "usage"),
            ("POST", refresh, {"fields": ["descripton"]}, 422, "usage"),
            ("POST", refresh, {"fields": 1}, 422, "usage"),
            ("POST", refresh, {"fields": "description"}, 422, "usage"),
            ("POST", refresh, {"artifact_filter": {"type": "skil"}}, 422, "usage"),
            ("POST", refresh, {"artifact_filter": []}, 422, "usage"),
            ("POST", refresh, {"modes": "sync"}, 422, "usage"),
            ("POST", refresh + "?mode=none", "{}", 422, "usage"),
            ("POST", "/api/v1/user-collections/none/refresh", "{}", 404, "not_found"),
            ("GET", "/api/v1/events?limt=3", None, 422, "usage"),
            ("GET", "/api/v1/events?limit=3&limit=4", None, 422, "usage"),
            ("GET", "/api/v1/events?limit=1001", None, 422, "usage"),
            ("GET", "/api/v1/events?limit=-1", None, 422, "usage"),
            ("GET", "/api/v1/events?grep=(", None, 422, "usage"),
            ("GET", "/api/v1/events?since=2999-01-01T00:00:00Z", None, 422, "usage"),
            ("GET", "/api/v1/artifacts/pdf?at=", None, 422, "usage"),
            ("GET", "/api/v1/artifacts/pdf?collection_name=none", None, 404, "not_found"),
            ("GET", "/api/v1/versions/snapshots?after=zzz", None, 422, "usage"),
            ("POST", "/api/v1/versions/snapshots", {"name": "before"}, 409, "conflict"),
            ("POST", "/api/v1/versions/snapshots", {"name": "a/b"}, 422, "usage"),
            ("POST", "/api/v1/versions/snapshots", {"name": []}, 422, "usage"),
            ("POST", "/api/v1/versions/snapshots?expected_seq=1", {}, 412, "moved"),
            ("POST", "/api/v1/versions/snapshots", {"expected_seq": 1}, 412, "moved"),
        ]:
            with self.subTest(f"{method} {path} {body}"):
                answer = self.expect(self.server.ask(method, path, body), status, code)
                if status == 405:
                    self.assertIn("allow", answer.headers)
        near = self.server.ask("POST", refresh, {"mode": "chek_only"}).json["hint"]
        self.assertIn("check_only", near)

    def test_the_same_key_and_request_is_done_once_and_answered_the_same(self):
        head = self.world.head()
        first = self.expect(self.server.post("/versions/snapshots", {"name": "once"}, Idempotency_Key="key-1"), 201)
        self.assertEqual(self.world.head(), head + 3)
        again = self.expect(self.server.post("/versions/snapshots", {"name": "once"}, Idempotency_Key="key-1"), 201)
        self.assertEqual(again.body, first.body)
        self.assertEqual(again.headers["idempotency-replayed"], "true")
        self.expect(self.server.post("/versions/snapshots", {"name": "other"}, Idempotency_Key="key-1"), 409, "conflict")
        self.expect(self.server.post("/user-collections/default/refresh", {"name": "once"}, Idempotency_Key="key-1"), 422)
        self.assertEqual(self.world.head(), head + 3)
        refreshed = self.expect(self.server.post("/user-collections/default/refresh", {"mode": "check_only"}, Idempotency_Key="key-2"), 200)
        with served.Served(self.world) as other:  # another process: what it knows stands in the log
            self.assertEqual(other.post("/user-collections/default/refresh", {"mode": "check_only"}, Idempotency_Key="key-2").body, refreshed.body)
            self.assertEqual(other.post("/versions/snapshots", {"name": "once"}, Idempotency_Key="key-1").body, first.body)
        self.expect(self.server.post("/versions/snapshots", {}, Idempotency_Key="k" * 256), 400, "malformed")

    def test_a_key_goes_with_the_request_also_where_edits_were_found_on_the_way(self):
        (self.world.store / "collections/default/skills/csv/SKILL.md").write_text("---\nname: csv\ndescription: Edited\n---\nBy hand.\n")
        body = {"name": "after-an-edit"}
        first = self.expect(self.server.post("/versions/snapshots", body, Idempotency_Key="key-3"), 201)
        head = self.world.head()
        self.assertEqual(self.server.post("/versions/snapshots", body, Idempotency_Key="key-3").body, first.body)
        self.assertEqual(self.world.head(), head)
        rolled = self.expect(self.server.post("/versions/snapshots/before/rollback", {}, Idempotency_Key="key-4"), 200)
        self.assertTrue(rolled.json["applied"])
        self.assertEqual(self.server.get("/artifacts/skill:csv").json["metadata"]["description"], "Reads csv")
        head = self.world.head()
        self.assertEqual(self.server.post("/versions/snapshots/before/rollback", {}, Idempotency_Key="key-4").json, rolled.json)
        self.assertEqual(self.world.head(), head)

    def test_an_export_has_the_bytes_that_the_command_writes(self):
        for form in ("tar.zst", "tar.gz"):
            file = self.world.root / f"by-command.{form}"
            self.world.run("snapshot", "export", "before", str(file))
            answer = self.expect(self.server.get(f"/versions/snapshots/before/export?format={form}"), 200)
            self.assertEqual(answer.body, file.read_bytes())
            self.assertEqual(answer.headers["x-content-sha256"], hashlib.sha256(answer.body).hexdigest())

    def test_a_dry_run_writes_nothing(self):
        head = self.world.head()
        plan = self.expect(self.server.post("/versions/snapshots/before/rollback", {"dry_run": True}), 200).json
        self.assertFalse(plan["applied"])
        report = self.expect(self.server.post("/user-collections/default/refresh", {"dry_run": True}, Idempotency_Key="dry"), 200).json
        self.assertIsNone(report["run_id"])
        self.assertEqual(self.world.head(), head)

    def test_head_asks_for_the_header_alone(self):
        full = self.server.get("/artifacts/skill:pdf")
        head = self.server.ask("HEAD", "/api/v1/artifacts/skill:pdf")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["content-length"], str(len(full.body)))

    def test_metrics_and_health_stand_at_the_root_too(self):
        self.assertEqual(self.server.ask("GET", "/healthz").json["status"], "ok")
        text = self.server.ask("GET", "/metrics").body.decode()
        self.assertRegex(text, r'skilltrail_http_requests_total\{route="health",status="200"\} \d+')
        for line in text.splitlines():
            self.assertTrue(line.startswith("#") or re.fullmatch(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+', line), line)

    def test_a_store_that_goes_back_is_refused(self):
        world = served.World()
        try:
            with served.Served(world) as server:
                self.assertEqual(server.get("/artifacts/skill:pdf").status, 200)
                anchor = world.store / "HEAD"
                words = anchor.read_text().split()
                anchor.write_text(f"{words[0]} {int(words[1]) - 1} {words[2]}\n")
                self.expect(server.get("/artifacts/skill:pdf"), 500, "corrupt")
        finally:
            world.close()


if __name__ == "__main__":
    served.main()
