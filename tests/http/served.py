"""A store and `skilltrail serve` on it, as tests ask both from outside. Nothing but Python's own library."""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class World:
    """A scratch directory with a store of three artifacts, one of them deployed in `project`."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="skilltrail-http-"))
        self.store = self.root / "store"
        self.project = self.root / "project"
        self.project.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), "SKILLTRAIL_STORE": str(self.store), "TZ": "UTC",
                            "SKILLTRAIL_ACTOR": "tester@here", "GITHUB_TOKEN": "ghp_neverToBeSeenAnywhere0123456789",
                            "SKILLTRAIL_GITHUB_API": "http://127.0.0.1:9"}
        # What a build with a sanitizer is told: not to judge libraries that were built without it.
        self.environment.update({name: os.environ[name] for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ})
        self.run("init")
        for name in ("pdf", "csv"):
            self.add_skill(name)
        command = self.root / "tidy.md"
        command.write_text("---\ndescription: Tidies\n---\nTidy it.\n")
        self.run("add", str(command), "--type", "command")
        self.run("tags", "add", "skill:pdf", "work", "docs")
        self.run("deploy", "skill:pdf", "--project", str(self.project))
        (self.project / ".claude/skills/pdf/SKILL.md").write_text("---\nname: pdf\ndescription: Changed\n---\nElse.\n")
        self.run("snapshot", "create", "before", "-m", "the first")

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def add_skill(self, name):
        folder = self.root / "source" / "skills" / name
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: Reads {name}\ntags: [files]\n---\nDo it.\n")
        return self.run("add", str(folder))

    def run(self, *arguments, code=0):
        ended = subprocess.run([PROGRAM, *arguments], env=self.environment, cwd=self.root, capture_output=True, text=True, timeout=120)
        assert ended.returncode == code, f"{arguments}: exit {ended.returncode}\n{ended.stdout}{ended.stderr}"
        return ended.stdout

    def document(self, *arguments):
        return json.loads(self.run("--json", *arguments))

    def head(self):
        return int((self.store / "HEAD").read_text().split()[1])


class ServedCase(unittest.TestCase):
    """Tests that share a world and a server on it, which has to live through all of them."""

    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.server = Served(cls.world)
        cls.addClassCleanup(cls.server.end_well)


class WorldCase(unittest.TestCase):
    """Tests that each have a world of their own."""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)


def main():
    """Runs the tests of the script: NAME_test.py PROGRAM [what unittest takes]."""
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])


class Served:
    """A running server. What it says on stderr is in `log()` once it was stopped."""

    def __init__(self, world, *options, listen="127.0.0.1:0"):
        self.errors = open(world.root / f"serve-{os.urandom(4).hex()}.err", "w+")
        self.process = subprocess.Popen([PROGRAM, "serve", "--listen", listen, *options], env=world.environment, cwd=world.root,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on http://(.+):(\d+)\n", line)
        assert found, f"the first line is {line!r}; {self.log()}"
        self.host, self.port = found[1].strip("[]"), int(found[2])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def log(self):
        return pathlib.Path(self.errors.name).read_text()

    def stop(self, how=signal.SIGTERM, within=15):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(within)
        self.process.stdout.close()
        self.errors.close()
        return code

    def end_well(self):
        running = self.process.poll() is None
        code = self.stop()
        assert running and code == 0, f"exit {code}\n{self.log()}"

    def connect(self, timeout=30):
        return socket.create_connection((self.host, self.port), timeout)

    def ask(self, method, path, body=None, headers=None, connection=None):
        own = connection is None
        connection = connection or http.client.HTTPConnection(self.host, self.port, timeout=60)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        answer = Answer(response, response.read())
        if own:
            connection.close()
        return answer

    def get(self, path, **headers):
        return self.ask("GET", "/api/v1" + path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path, body=None, **headers):
        return self.ask("POST", "/api/v1" + path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def raw(self, data, timeout=30):
        """What the server says to these bytes, until it closes or nothing comes for a while."""
        with self.connect(timeout) as connection:
            with contextlib.suppress(ConnectionError, BrokenPipeError):
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            said = b""
            with contextlib.suppress(ConnectionError, socket.timeout):
                while part := connection.recv(65536):
                    said += part
            return said


def project_name(path, padded=False):
    text = base64.urlsafe_b64encode(str(path).encode()).decode()
    return text if padded else text.rstrip("=")


class Schemas:
    """The part of JSON Schema that the OpenAPI document uses; an unknown keyword is a failure of the test."""

    KNOWN = {"type", "required", "properties", "additionalProperties", "items", "enum", "const", "anyOf", "pattern", "minimum", "maximum", "$ref"}
    TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int, "number": (int, float)}

    def __init__(self, document):
        self.document = document

    def check(self, value, schema, where="$"):
        assert set(schema) <= self.KNOWN, f"{where}: keywords {set(schema) - self.KNOWN}"
        if "$ref" in schema:
            return self.check(value, self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], where)
        if "type" in schema:
            wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            fits = any(isinstance(value, self.TYPES[one]) and not (isinstance(value, bool) and one in ("integer", "number")) for one in wanted)
            assert fits, f"{where}: {value!r} is no {wanted}"
        if "enum" in schema:
            assert value in schema["enum"], f"{where}: {value!r} is none of {schema['enum']}"
        if "const" in schema:
            assert value == schema["const"], f"{where}: {value!r}"
        if "anyOf" in schema:
            self.check_any(value, schema["anyOf"], where)
        if "pattern" in schema and isinstance(value, str):
            assert re.search(schema["pattern"], value), f"{where}: {value!r} does not match {schema['pattern']}"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            assert schema.get("minimum", value) <= value <= schema.get("maximum", value), f"{where}: {value}"
        if isinstance(value, list):
            for place, one in enumerate(value):
                self.check(one, schema.get("items", {}), f"{where}[{place}]")
        if isinstance(value, dict):
            self.check_object(value, schema, where)

    def check_any(self, value, schemas, where):
        faults = []
        for one in schemas:
            try:
                return self.check(value, one, where)
            except AssertionError as fault:
                faults.append(str(fault))
        raise AssertionError(f"{where}: none fits: {faults}")

    def check_object(self, value, schema, where):
        for name in schema.get("required", []):
            assert name in value, f"{where}: {name} is missing"
        for name, one in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
            assert inner is not False, f"{where}: {name} is not in the schema"
            if inner is not True:
                self.check(one, inner, f"{where}.{name}")
