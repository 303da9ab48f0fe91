#!/usr/bin/env python3
"""replay_test PROGRAM SOURCES: real history, taken in commit by commit, comes back byte for byte from every point.

The corpus and the simulator are those of $SKILLTRAIL_SHARED, else of ../shared beside the sources; git is the oracle. Exit 77: skipped,
because they, or git, are not there.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request

REPOSITORY = "obra/superpowers"
FIRST = "e4a2375cb705ca5800f0833528ce36a3faf9017a"  # three commands and an agent are there, which later commits drop
LATER = 12  # commits, spread over the history behind it
SKIPPED = 77


def check(holds, why):
    if not holds:
        print("FAIL", why)
        sys.exit(1)


class Git:
    def __init__(self, directory):
        self.directory = directory

    def run(self, *arguments):
        return subprocess.run(["git", "--git-dir", self.directory, *arguments], check=True, capture_output=True).stdout

    def files(self, commit, path):
        """{path in the repository: bytes} of the regular files at or below it."""
        found = {}
        for line in self.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", path).decode().split("\0"):
            if line:
                facts, name = line.split("\t", 1)
                mode, kind, sha = facts.split()
                if kind == "blob" and mode != "120000":
                    found[name] = self.run("cat-file", "blob", sha)
        return found


class Simulator:
    def __init__(self, shared, repositories, first):
        meta = os.path.join(repositories, "meta.json")
        with open(meta, "w", encoding="utf-8") as out:
            json.dump({REPOSITORY: {"head": first}}, out)
        self.process = subprocess.Popen([sys.executable, os.path.join(shared, "github_sim", "github_sim.py"), "--repos", repositories,
                                         "--meta", meta, "--limit", "100000"], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        check(line.startswith("listening on "), "the simulator did not start: " + line)
        self.url = line.split()[-1]

    def move_to(self, commit):
        request = urllib.request.Request(self.url + "/_sim/set", method="POST", data=json.dumps({"repo": REPOSITORY, "head": commit}).encode())
        with urllib.request.urlopen(request) as answer:
            answer.read()

    def close(self):
        self.process.terminate()
        self.process.wait()


class Skilltrail:
    def __init__(self, program, home, api):
        self.program, self.home = program, home
        self.environment = {"PATH": os.environ["PATH"], "HOME": home, "SKILLTRAIL_STORE": os.path.join(home, "store"), "LC_ALL": "C.UTF-8",
                            "TZ": "UTC", "SKILLTRAIL_GITHUB_API": api}

    def run(self, *arguments, codes=(0,)):
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, env=self.environment, cwd=self.home, timeout=300)
        check(done.returncode in codes, "`skilltrail %s` ended with %d: %s" % (" ".join(arguments), done.returncode, done.stderr[-500:]))
        return done.stdout

    def json(self, *arguments, **more):
        return json.loads(self.run("--json", *arguments, **more))


def files_below(place):
    """{path relative to `place`, "" for the place itself: bytes}."""
    if os.path.isfile(place):
        with open(place, "rb") as handle:
            return {"": handle.read()}
    found = {}
    for root, _, names in os.walk(place):
        for name in names:
            full = os.path.join(root, name)
            with open(full, "rb") as handle:
                found[os.path.relpath(full, place)] = handle.read()
    return found


def upstream_path(artifact):
    """Where it is in the repository."""
    check((artifact["source"] or "").startswith(REPOSITORY + "/"), "%s has the source %s" % (artifact["id"], artifact["source"]))
    return artifact["source"][len(REPOSITORY) + 1:].split("@")[0]


def compare(git, commit, artifact, directory, where):
    """False if upstream had no such path at that commit: the copy stays then, and git cannot judge it."""
    path = upstream_path(artifact)
    wanted = git.files(commit, path)
    if not wanted:
        return False
    wanted = {os.path.relpath(name, path) if name != path else "": data for name, data in wanted.items()}
    found = files_below(os.path.join(directory, artifact["path"]))
    check(found == wanted, "%s of %s differs from git at %s: missing %s, surplus %s, other bytes %s" % (
        artifact["id"], where, commit, sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted)),
        sorted(name for name in wanted if name in found and wanted[name] != found[name])))
    return True


def spread(git):
    """LATER commits of the first parents behind FIRST, oldest first, the last among them."""
    behind = git.run("rev-list", "--reverse", "--first-parent", FIRST + "..HEAD").decode().split()
    check(len(behind) >= LATER, "only %d commits follow %s" % (len(behind), FIRST))
    return [behind[(len(behind) - 1) * (i + 1) // LATER] for i in range(LATER)]


def take_in(skilltrail, simulator, git):
    """[(commit, sequence, paths)]: the point behind each command, from the first."""
    skilltrail.run("init")
    simulator.move_to(FIRST)
    skilltrail.run("add", REPOSITORY, "--all")
    collection = skilltrail.json("collection", "show")["path"]
    points = []
    for commit in [FIRST] + spread(git):
        simulator.move_to(commit)
        if points:
            report = skilltrail.json("refresh", "--sync")
            for detail in report["details"]:
                check(detail["status"] != "error", "%s at %s: %s" % (detail["artifact_id"], commit, detail["error"]))
        listed = skilltrail.json("list")
        for artifact in listed["artifacts"]:
            exact = compare(git, commit, artifact, collection, "the collection")
            check(exact or points, "%s is not in the commit that it was added from" % artifact["id"])
            if points and not exact:
                reasons = [detail["reason"] for detail in report["details"] if detail["artifact_id"] == artifact["id"]]
                check(reasons and reasons[0], "%s is gone at %s and nothing says so" % (artifact["id"], commit))
        points.append((commit, listed["as_of"]["seq"], listed["artifacts"]))
    return points


def replay(program, shared, work):
    bundle = os.path.join(shared, "corpus", REPOSITORY.replace("/", "+") + ".bundle")
    repositories, home = os.path.join(work, "repositories"), os.path.join(work, "home")
    os.mkdir(repositories)
    os.mkdir(home)
    clone = os.path.join(repositories, REPOSITORY.replace("/", "+") + ".git")
    subprocess.run(["git", "clone", "--quiet", "--mirror", bundle, clone], check=True)
    git = Git(clone)
    simulator = Simulator(shared, repositories, FIRST)
    try:
        skilltrail = Skilltrail(program, home, simulator.url)
        points = take_in(skilltrail, simulator, git)
    finally:
        simulator.close()
    kinds = [artifact["type"] for artifact in points[0][2]]
    check(kinds.count("command") == 3 and kinds.count("agent") == 1, "the first commit gave %s" % kinds)
    compared = stayed = 0
    for commit, seq, artifacts in points:
        target = os.path.join(work, "at-%d" % seq)
        skilltrail.run("restore", "--at", str(seq), "--to", target)
        check(skilltrail.json("list", "--at", str(seq))["artifacts"] == artifacts, "the list at %d is not what it was then" % seq)
        for artifact in artifacts:
            check(os.path.exists(os.path.join(target, artifact["path"])), "%s is missing at %d" % (artifact["id"], seq))
            if compare(git, commit, artifact, target, "the point %d" % seq):
                compared += 1
            else:
                stayed += 1
    report = skilltrail.json("verify", "--full")
    check(report["ok"], "verify: %s" % report["problems"])
    print("%d points: %d artifacts equal git's bytes; %d stayed as copies, their paths gone upstream" % (len(points), compared, stayed))
    check(stayed > 0, "no path was ever gone: the history replayed is too short")


def main():
    program, sources = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    shared = os.environ.get("SKILLTRAIL_SHARED") or os.path.join(os.path.dirname(sources), "shared")
    bundle = os.path.join(shared, "corpus", REPOSITORY.replace("/", "+") + ".bundle")
    simulator = os.path.join(shared, "github_sim", "github_sim.py")
    missing = [path for path in (bundle, simulator) if not os.path.exists(path)] + [name for name in ("git",) if not shutil.which(name)]
    if missing:
        print("skipped: without", ", ".join(missing), "there is no real history to replay")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="skilltrail-replay-") as work:
        replay(program, shared, work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
