"""Clients that mean no good, or know no better, and a good one beside them."""
import http.client
import json
import os
import random
import signal
import socket
import statistics
import sys
import threading
import time

import served

SEED = int(os.environ.get("SKILLTRAIL_TEST_SEED", "20260122"))


def status_of(said):
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else None


def request(line, *headers, host="127.0.0.1", body=b""):
    return ("\r\n".join([line, f"Host: {host}", *headers, "", ""])).encode() + body


class Hostile(served.ServedCase):
    def good_times(self, rounds=200):
        times = []
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)
        for _ in range(rounds):
            began = time.perf_counter()
            answer = self.server.ask("GET", "/api/v1/artifacts/skill:pdf", connection=connection)
            times.append(time.perf_counter() - began)
            self.assertEqual(answer.status, 200)
        connection.close()
        return statistics.median(times)

    def test_foreign_hosts_and_origins_are_refused(self):
        port = self.server.port
        for host, status in [("127.0.0.1", 200), (f"127.0.0.1:{port}", 200), (f"LOCALHOST:{port}", 200), (f"[::1]:{port}", 200), ("evil.example", 421),
                             (f"evil.example:{port}", 421), ("127.0.0.1:1", 421), ("127.0.0.1.evil.example", 421), (f"127.0.0.1@evil:{port}", 421),
                             ("10.0.0.1", 421), ("[::1", 421), ("", 400), ("127.0.0.1, evil.example", 421)]:
            with self.subTest(host=host):
                self.assertEqual(status_of(self.server.raw(request("GET /api/v1/healthz HTTP/1.1", "Connection: close", host=host))), status)
        self.assertEqual(status_of(self.server.raw(b"GET /api/v1/healthz HTTP/1.1\r\n\r\n")), 400)
        for origin, status in [(f"http://127.0.0.1:{port}", 200), (f"http://localhost:{port}", 200), ("http://evil.example", 403), ("null", 403),
                               (f"https://127.0.0.1:{port}", 403), ("http://127.0.0.1:1", 403), ("http://127.0.0.1", 403)]:
            with self.subTest(origin=origin):
                self.assertEqual(self.server.get("/events?limit=1", Origin=origin).status, status)
        head = self.world.head()
        self.assertEqual(self.server.post("/versions/snapshots", {"name": "evil"}, Origin="http://evil.example").status, 403)
        self.assertEqual(self.server.get("/events", Sec_Fetch_Site="cross-site").status, 403)
        self.assertEqual(self.server.get("/events", Sec_Fetch_Site="same-site", Sec_Fetch_Mode="navigate").status, 403)
        self.assertEqual(self.server.ask("GET", "/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}).status, 200)
        self.assertEqual(self.world.head(), head)

    def test_paths_that_play_tricks_lead_nowhere(self):
        for path in ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/page/../index.html", "/page/..%2f..%2fetc%2fpasswd", "/page//page.css", "//api/v1/events",
                     "/api/v1/artifacts/..", "/api/v1/artifacts/%00", "/api/v1/artifacts/a%2fb", "/api/v1/artifacts/%ff", "/api/v1/artifacts/%c0%af", "/api/v1/artifacts/%",
                     "/api/v1/artifacts/a\\b", "http://evil.example/api/v1/events", "*", "/api/v1/events?%zz=1", "/api/v1/events/", "/API/v1/events", "/api/v1/./events"]:
            with self.subTest(path):
                said = self.server.raw(request(f"GET {path} HTTP/1.1", "Connection: close"))
                self.assertIn(status_of(said), (400, 404), said[:200])
                self.assertIn(b"application/problem+json", said)
                self.assertNotIn(b"root:", said)
        for path in ["/etc", "/", "relative", "/nowhere/at/all", "/tmp/\0x"]:
            self.assertEqual(self.server.get(f"/projects/{served.project_name(path)}/drift/summary").status, 404, path)

    def test_what_is_too_large_is_refused_before_it_is_read(self):
        self.assertEqual(status_of(self.server.raw(request("GET /api/v1/events HTTP/1.1", "X: " + "a" * 20000))), 431)
        self.assertEqual(status_of(self.server.raw(request("GET /api/v1/events?grep=" + "a" * 20000 + " HTTP/1.1"))), 431)
        path = "/api/v1/user-collections/default/refresh"
        self.assertEqual(status_of(self.server.raw(request(f"POST {path} HTTP/1.1", "Content-Length: 999999999"))), 413)
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        self.assertEqual(status_of(self.server.raw(request(f"POST {path} HTTP/1.1", "Transfer-Encoding: chunked", body=chunk * 20))), 413)
        for twice in ('{"mode":"check_only","mode":"sync"}', '{"a":[{"b":1},{"b":2,"b":3}]}'):
            self.assertEqual(self.server.ask("POST", path, twice).status, 400, twice)
        deep = "[" * 100000
        self.assertEqual(self.server.ask("POST", path, deep).status, 400)
        for levels in (50, 50000, 130000):
            for nested in ("[" * levels + "]" * levels, '{"a":[' * (levels // 4) + "]}" * (levels // 4)):
                self.assertEqual(self.server.ask("POST", path, '{"fields": ' + nested + "}").status, 422, levels)

    def test_requests_that_are_none_are_refused_and_the_server_goes_on(self):
        for data in [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nBad Header: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                     b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"]:
            with self.subTest(data):
                self.assertIn(status_of(self.server.raw(data)), (400, None))
        both = request("POST /api/v1/versions/snapshots HTTP/1.1", "Content-Length: 4", "Transfer-Encoding: chunked", body=b"0\r\n\r\n")
        self.assertIn(status_of(self.server.raw(both)), (400, None), "a request with two lengths smuggles another")
        self.assertEqual(self.server.get("/healthz").status, 200)

    def test_fuzzed_requests_never_end_the_server(self):
        print(f"seed {SEED}", file=sys.stderr)
        chance = random.Random(SEED)
        whole = request("POST /api/v1/user-collections/default/refresh?mode=check_only HTTP/1.1", "Idempotency-Key: abc", "Content-Length: 17", "Connection: close",
                        body=b'{"dry_run": true}')
        for round in range(400):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                place = chance.randrange(len(data))
                kind = chance.randrange(4)
                if kind == 0:
                    data[place] = chance.randrange(256)
                elif kind == 1:
                    del data[place:place + chance.randint(1, 12)]
                elif kind == 2:
                    data[place:place] = chance.randbytes(chance.randint(1, 12))
                else:
                    data[place:place] = data[chance.randrange(len(data)):][:chance.randint(1, 40)]
                data = data or bytearray(b"x")
            said = self.server.raw(bytes(data), timeout=5)
            status = status_of(said)
            self.assertTrue(said == b"" or status is not None, (round, bytes(data), said[:100]))
            self.assertNotIn(status, (500,), (round, bytes(data), said))
        self.assertEqual(self.server.get("/healthz").status, 200)

    def test_a_thousand_idle_connections_and_slow_ones_cost_a_good_client_nothing(self):
        usual = self.good_times()
        idle = [self.server.connect() for _ in range(1000)]
        slow = [self.server.connect() for _ in range(50)]
        stop = threading.Event()

        def drip():
            for data in request("GET /api/v1/events HTTP/1.1", "X-Slow: " + "x" * 200):
                if stop.wait(0.2):
                    return
                for connection in slow:
                    try:
                        connection.send(bytes([data]))
                    except OSError:
                        pass

        began = time.monotonic()
        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            beside = self.good_times()
            # A floor, since twice nothing is nothing on a machine that does other things too.
            self.assertLess(beside, max(2 * usual, usual + 0.02))
            slow[0].settimeout(20)
            self.assertEqual(slow[0].recv(1000), b"", "a header that takes too long ends the connection")
            self.assertLess(time.monotonic() - began, 18)
            self.assertEqual(self.server.get("/healthz").status, 200)
        finally:
            stop.set()
            dripping.join()
            for connection in idle + slow:
                connection.close()

    def test_a_client_that_goes_away_in_the_middle_is_forgotten(self):
        for _ in range(50):
            connection = self.server.connect()
            connection.sendall(request("GET /api/v1/user-collections/default/artifacts HTTP/1.1"))
            connection.close()
        self.assertEqual(self.server.get("/healthz").status, 200)

    def test_pipelined_requests_are_answered_in_order(self):
        data = b"".join(request(f"GET /api/v1/events?limit={n} HTTP/1.1", *(["Connection: close"] if n == 5 else [])) for n in range(1, 6))
        said = self.server.raw(data)
        lengths = [len(json.loads(part.split(b"\r\n\r\n", 1)[1])["events"]) for part in said.split(b"HTTP/1.1 200 OK")[1:]]
        self.assertEqual(lengths, [1, 2, 3, 4, 5])


class Tokens(served.WorldCase):
    TOKEN = "a-token-of-some-length-0123456789"

    def setUp(self):
        super().setUp()
        (self.world.root / "token").write_text(self.TOKEN + "\n")

    def test_only_the_right_token_opens_the_door(self):
        server = served.Served(self.world, "--token-file", str(self.world.root / "token"))
        try:
            wrong = [None, "", self.TOKEN, "Bearer", "Bearer ", f"Bearer {self.TOKEN}x", f"Bearer {self.TOKEN[:-1]}", f"Basic {self.TOKEN}", "Bearer " + self.TOKEN.upper(),
                     f"Bearer  {self.TOKEN}"]
            for given in wrong:
                answer = server.ask("GET", "/api/v1/events", headers={} if given is None else {"Authorization": given})
                self.assertEqual(answer.status, 401, given)
                self.assertEqual(answer.json["code"], "token_required")
                self.assertIn("Bearer", answer.headers["www-authenticate"])
            self.assertEqual(server.post("/versions/snapshots", {}).status, 401)
            self.assertEqual(server.ask("GET", "/metrics").status, 401)
            self.assertEqual(server.get("/events", Authorization=f"Bearer {self.TOKEN}").status, 200)
            self.assertEqual(server.get("/events", Authorization=f"bearer {self.TOKEN}").status, 200)
            self.assertEqual(server.get("/healthz").json["token_required"], True)
            self.assertEqual(server.ask("GET", "/").status, 200, "the page holds no data")
            secret = f"/events?grep={self.TOKEN}"
            self.assertEqual(server.get(secret, Authorization=f"Bearer {self.TOKEN}").status, 200)
            made = server.post("/versions/snapshots", {"message": f"by {self.TOKEN}"}, Authorization=f"Bearer {self.TOKEN}")
            self.assertNotIn(self.TOKEN, made.body.decode())
        finally:
            server.stop()
        self.assertIn("/api/v1/events", server.log())
        for hidden in (self.TOKEN, self.world.environment["GITHUB_TOKEN"]):
            self.assertNotIn(hidden, server.log())
            self.assertNotIn(hidden, self.world.run("log", "-o", "ndjson"))

    def test_an_address_that_others_can_reach_demands_a_token(self):
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"):
            self.world.run("serve", "--listen", address, code=2)
        for nonsense in ("nowhere", "127.0.0.1", "127.0.0.1:x", "example.com:80", "127.0.0.1:70000"):
            self.world.run("serve", "--listen", nonsense, code=2)
        self.world.run("serve", "--listen", "127.0.0.1:0", "--token-file", "/nowhere", code=2)
        self.world.run("--store", str(self.world.root / "none"), "serve", "--listen", "127.0.0.1:0", code=3)
        server = served.Served(self.world, "--token-file", str(self.world.root / "token"), listen="0.0.0.0:0")
        server.host = "127.0.0.1"
        try:
            self.assertEqual(server.get("/events").status, 401)
            self.assertEqual(server.get("/events", Authorization=f"Bearer {self.TOKEN}", Host="evil.example").status, 421)
        finally:
            server.stop()


class Ending(served.WorldCase):
    def test_a_signal_ends_it_gracefully_with_connections_open(self):
        for how, code in ((signal.SIGTERM, 0), (signal.SIGINT, 130)):
            server = served.Served(self.world)
            idle = [server.connect() for _ in range(5)]
            stream = server.connect()
            stream.sendall(request("GET /api/v1/events/stream HTTP/1.1"))
            self.assertIn(b"200 OK", stream.recv(4096))
            began = time.monotonic()
            self.assertEqual(server.stop(how), code)
            self.assertLess(time.monotonic() - began, 5)
            for connection in idle + [stream]:
                connection.close()
        self.assertTrue(self.world.document("verify")["ok"])

    def test_what_is_under_way_is_ended_first(self):
        server = served.Served(self.world)
        answers = []

        def client(number):
            try:
                answers.append(server.post("/versions/snapshots", {"name": f"n{number}"}).status)
            except (OSError, http.client.HTTPException):
                answers.append(None)

        clients = [threading.Thread(target=client, args=(number,)) for number in range(8)]
        for one in clients:
            one.start()
        time.sleep(0.1)
        self.assertEqual(server.stop(), 0)
        for one in clients:
            one.join()
        made = {item["name"] for item in self.world.document("snapshot", "list")["items"]}
        self.assertGreaterEqual(len(made) - 1, answers.count(201), "what was answered was done")
        self.assertTrue(self.world.document("verify")["ok"])


class Streams(served.ServedCase):
    def open(self, path="/api/v1/events/stream", **headers):
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=30)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        self.assertEqual((response.status, response.getheader("content-type")), (200, "text/event-stream"))
        self.addCleanup(connection.close)
        return response

    def read(self, response, count):
        events = []
        block = {}
        while len(events) < count:
            line = response.readline().decode().rstrip("\n")
            if line == "":
                if "id" in block:
                    events.append((int(block["id"]), block["event"], json.loads(block["data"])))
                block = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(": ")
                block[name] = value
        return events

    def test_events_arrive_once_in_order_and_a_client_goes_on_where_it_left_off(self):
        head = self.world.head()
        stream = self.open()
        self.assertEqual(stream.readline(), b"retry: 2000\n")
        self.world.run("tags", "add", "skill:pdf", "live")
        first = self.read(stream, 3)
        self.assertEqual([seq for seq, _, _ in first], [head + 1, head + 2, head + 3])
        self.assertEqual([kind for _, kind, _ in first], ["run_started", "tags_edited", "run_completed"])
        self.assertEqual(first[1][2], self.server.get(f"/events?since={head + 2}&until={head + 2}").json["events"][0])
        self.world.run("tags", "remove", "skill:pdf", "live")
        resumed = self.open(Last_Event_ID=str(head + 2))
        self.assertEqual([seq for seq, _, _ in self.read(resumed, 4)], [head + 3, head + 4, head + 5, head + 6])
        filtered = self.open("/api/v1/events/stream?after=0&type=tags_edited")
        self.assertEqual({kind for _, kind, _ in self.read(filtered, 3)}, {"tags_edited"})

    def test_what_cannot_be_resumed_is_told(self):
        self.assertEqual(self.server.get("/events/stream", Last_Event_ID="x").status, 422)
        self.assertEqual(self.server.get("/events/stream", Last_Event_ID="999999").status, 422)
        self.assertEqual(self.server.get("/events/stream?type=none").status, 422)

    def test_a_silent_log_has_a_heartbeat(self):
        stream = self.open()
        self.assertEqual([stream.readline() for _ in range(3)][0], b"retry: 2000\n")
        began = time.monotonic()
        self.assertTrue(stream.readline().startswith(b": "), "a comment, which clients pass over")
        self.assertLess(time.monotonic() - began, 25)

    def test_a_reader_that_takes_nothing_is_dropped_and_others_go_on(self):
        wordy = self.world.store / "collections" / "default" / "skills" / "wordy"
        wordy.mkdir(parents=True)
        for number in range(60):
            (wordy / "SKILL.md").write_text(f"---\nname: wordy\ndescription: {number} {'word ' * 16_000}\n---\nDo it.\n")
            self.world.run("capture")
        descriptors = f"/proc/{self.server.process.pid}/fd"
        before = len(os.listdir(descriptors))
        with socket.socket() as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.connect((self.server.host, self.server.port))
            lazy.sendall(b"GET /api/v1/events/stream?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            deadline = time.monotonic() + 60
            reached = 0
            while time.monotonic() < deadline:
                now = len(os.listdir(descriptors))
                reached = max(reached, now)
                if reached > before and now <= before:
                    break
                self.assertEqual(self.server.get("/artifacts/skill:pdf").status, 200)
                time.sleep(0.1)
            self.assertGreater(reached, before, "it was served at first")
            self.assertLessEqual(len(os.listdir(descriptors)), before, "and dropped")


if __name__ == "__main__":
    served.main()
