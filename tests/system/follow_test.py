"""follow_test PROGRAM: `log --follow` beside other processes that write, and its ends."""
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

PROGRAM = sys.argv.pop(1)
DEADLINE_S = 60  # whoever waits longer waits for what never comes


class Following:
    """A running `log --follow`. Past the deadline it is killed, so that what waits for it fails."""

    def __init__(self, world, *options, stdout=subprocess.PIPE):
        self.process = subprocess.Popen([PROGRAM, "log", "--follow", *options], env=world.environment, stdout=stdout, stderr=subprocess.PIPE,
                                        text=True)
        self.late = threading.Timer(DEADLINE_S, self.process.kill)
        self.late.start()

    def line(self):
        return self.process.stdout.readline()

    def event(self):
        return json.loads(self.line())

    def events_through(self, seq):
        events = [self.event()]
        while events[-1]["seq"] < seq:
            events.append(self.event())
        return events

    def end(self):
        """Its exit code and what it said on stderr."""
        code = self.process.wait()
        self.late.cancel()
        said = self.process.stderr.read()
        self.process.stderr.close()
        if self.process.stdout and not self.process.stdout.closed:
            self.process.stdout.close()
        return code, said


class Follow(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="skilltrail-follow-"))
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), "SKILLTRAIL_STORE": str(self.root / "store"), "TZ": "UTC",
                            "SKILLTRAIL_ACTOR": "tester@here"}
        skill = self.root / "source/skills/pdf"
        skill.mkdir(parents=True)
        (skill / "SKILL.md").write_text("Reads PDF.\n")
        self.run_program("init")
        self.run_program("add", str(skill))

    def tearDown(self):
        shutil.rmtree(self.root)

    def run_program(self, *arguments):
        ended = subprocess.run([PROGRAM, *arguments], env=self.environment, capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout

    def head(self):
        return int((self.root / "store/HEAD").read_text().split()[1])

    def test_events_of_other_processes_arrive_once_and_in_order(self):
        before = self.head()
        following = Following(self, "-o", "ndjson", "-n", "2")
        self.assertEqual([following.event()["seq"], following.event()["seq"]], [before - 1, before])
        for number in range(8):
            self.run_program("tags", "add", "pdf", f"tag-{number}", "-q")
            if number % 2 == 0:  # it catches up with one run, or with two
                continue
            events = following.events_through(self.head())
            self.assertEqual([event["seq"] for event in events], list(range(before + 1, self.head() + 1)))
            self.assertEqual([event["data"]["added"] for event in events if event["type"] == "tags_edited"], [[f"tag-{number - 1}"], [f"tag-{number}"]])
            before = self.head()
        following.process.send_signal(signal.SIGINT)
        self.assertEqual(following.end(), (130, ""))

    def test_only_what_the_filters_let_through_arrives(self):
        following = Following(self, "pdf", "--type", "tags_edited", "-o", "ndjson")
        self.run_program("tags", "add", "pdf", "one", "-q")
        self.assertEqual(following.event()["data"]["added"], ["one"])
        self.run_program("snapshot", "create", "unseen", "-q")
        self.run_program("tags", "add", "pdf", "two", "-q")
        self.assertEqual(following.event()["data"]["added"], ["two"])
        following.process.send_signal(signal.SIGINT)
        self.assertEqual(following.end(), (130, ""))

    def test_rows_of_a_table_are_there_as_soon_as_their_events_are(self):
        following = Following(self, "--after", str(self.head()), "-p")
        self.run_program("tags", "add", "pdf", "one", "-q")
        printed = ""
        while "run_completed" not in printed:
            line = following.line()
            self.assertNotEqual(line, "", printed)
            printed += line
        self.assertIn("+tag: one\n", printed)
        self.assertEqual(printed.count("EVENT"), 1, "one line of titles")
        following.process.send_signal(signal.SIGINT)
        self.assertEqual(following.end(), (130, ""))

    def test_a_reader_that_goes_away_while_nothing_happens_ends_it(self):
        following = Following(self, "-o", "ndjson", "-n", "1")
        following.event()
        following.process.stdout.close()
        self.assertEqual(following.end(), (0, ""))

    def test_a_reader_that_goes_away_before_the_first_line_ends_it(self):
        reading, writing = os.pipe()
        os.close(reading)
        following = Following(self, "-o", "ndjson", stdout=writing)
        os.close(writing)
        self.assertEqual(following.end(), (0, ""))

    def test_a_terminal_that_is_closed_ends_it(self):
        ours, theirs = pty.openpty()
        following = Following(self, "-o", "oneline", "-n", "1", stdout=theirs)
        os.close(theirs)
        self.assertIn(b"run_completed", os.read(ours, 4096))
        os.close(ours)
        code, said = following.end()
        self.assertEqual((code, said), (0, ""))

    def test_it_begins_with_a_store_that_has_no_events_of_the_kind(self):
        following = Following(self, "--type", "snapshot_created", "-o", "ndjson")
        self.run_program("snapshot", "create", "first", "-q")
        self.assertEqual(following.event()["type"], "snapshot_created")
        following.process.send_signal(signal.SIGTERM)
        code, said = following.end()
        self.assertEqual((code, said), (130, ""))


if __name__ == "__main__":
    unittest.main()
