#!/usr/bin/env python3
"""schema_test PROGRAM SOURCES: every line of an events file fits the schema that is written down, and the schema refuses what is none.

Exit 77: skipped, because Python's jsonschema is not there.
"""
import copy
import hashlib
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("SKIPPED: python3-jsonschema is not installed")
    sys.exit(77)

program, sources = sys.argv[1], pathlib.Path(sys.argv[2])
schema = json.loads((sources / "engine/upkeep/events-file.schema.json").read_text())
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)


def check(holds, why):
    if not holds:
        print("FAIL", why)
        sys.exit(1)


with tempfile.TemporaryDirectory() as home:
    def run(*arguments):
        return subprocess.run([program, "--store", home + "/store", "--actor", "ada", *arguments], check=True, capture_output=True, text=True)

    run("init", "-q")
    skills = pathlib.Path(home, "store/collections/default/skills")
    for number in range(5):
        (skills / f"s{number}").mkdir(parents=True)
        (skills / f"s{number}" / "SKILL.md").write_text(f"---\ndescription: \u202eSkill {number}\x1b[31m\ntags: [t{number}]\n---\nBody.\n")
    run("capture")
    run("tags", "add", "s1", "alpha", "\u202ebeta", "-m", "by hand")
    run("deploy", "s1", "--project", home)
    run("remove", "s2")
    run("events", "export", home + "/log.ndjson")
    lines = [json.loads(line) for line in pathlib.Path(home, "log.ndjson").read_text().splitlines()]

kinds = {}
for line in lines:
    validator.validate(line)
    kinds.setdefault(line["kind"], line)
check(set(kinds) == {"log", "blob", "event"}, f"a kind of line is missing: {set(kinds)}")

# What the schema says of hashes is so: a reader of another language can check them.
previous = bytes(32)
for line in lines:
    if line["kind"] == "blob":
        check(hashlib.sha256(base64.b64decode(line["content"])).hexdigest() == line["digest"], "a content has another digest")
    if line["kind"] == "event":
        check(line["prev_hash"] == previous.hex(), f"event {line['seq']}: the chain is broken")
        previous = hashlib.sha256(previous + base64.b64decode(line["bytes"])).digest()
        check(line["hash"] == previous.hex(), f"event {line['seq']}: another hash")
check(lines[0]["head"]["hash"] == previous.hex(), "the first line has another head")

for kind, line in kinds.items():
    for key in line:
        without = copy.deepcopy(line)
        del without[key]
        check(not validator.is_valid(without), f"{kind} without {key} is taken")
    check(not validator.is_valid({**line, "stranger": 1}), f"{kind} with a stranger is taken")
check(not validator.is_valid({**kinds["event"], "seq": 0}), "event 0 is taken")
check(not validator.is_valid({**kinds["event"], "logged_at": "yesterday"}), "a time that is none is taken")
print(f"{len(lines)} lines fit")
