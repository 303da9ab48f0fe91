"""large_pages_test PROGRAM: of a running program's memory, the first segment is asked for in large pages, and nothing else is."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
SEGMENT_KB = 32 * 1024  # of mimalloc 2.0
SKIPPED = 77


def large_kb(pid):
    """Sizes of the mappings for which large pages were asked."""
    size, sizes = 0, []
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if found := re.match(r"Size: +(\d+) kB", line):
            size = int(found[1])
        if line.startswith("VmFlags:") and "hg" in line.split():
            sizes.append(size)
    return sizes


def main():
    if not pathlib.Path("/sys/kernel/mm/transparent_hugepage").exists():
        print("skipped: this kernel has no transparent large pages")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="skilltrail-pages-") as root:
        environment = {"PATH": os.environ["PATH"], "HOME": root, "SKILLTRAIL_STORE": f"{root}/store"}
        subprocess.run([PROGRAM, "init", "-q"], env=environment, check=True, stdout=subprocess.DEVNULL)
        for setting, expected in (({}, [SEGMENT_KB]), ({"MIMALLOC_LARGE_OS_PAGES": "0"}, [])):
            with subprocess.Popen([PROGRAM, "log", "--follow", "-o", "ndjson"], env=environment | setting, stdout=subprocess.PIPE) as following:
                try:
                    following.stdout.readline()  # it has begun
                    found = large_kb(following.pid)
                finally:
                    following.kill()
            if found != expected:
                print(f"with {setting}: large pages for {found} KiB, expected {expected}")
                return 1
    return 0


sys.exit(main())
