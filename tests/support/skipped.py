# SPDX-License-Identifier: GPL-2.0-or-later
"""skipped.py LOG [LEFT_OUT]: passes ctest's output on, and puts before its summary what was skipped inside of tests, and why; and LEFT_OUT,
which says what was not run at all.

LOG is what ctest writes of all tests (Testing/Temporary/LastTest.log): the output of those that pass is nowhere else.
"""

import re
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path

SUMMARY = re.compile(r"\d+% tests passed")
TEST = re.compile(r"\d+/\d+ Test: (.*)")
PYTEST = re.compile(r"SKIPPED \[(\d+)\] (?:\S+: )?(.*)")
GTEST = re.compile(r"\S+:\d+: Skipped$")


def skips(lines):
    """{reason: {test of ctest: how many}}"""
    found, test, lines = defaultdict(lambda: defaultdict(int)), "", iter(lines)
    for line in lines:
        if match := TEST.fullmatch(line):
            test = match[1]
        elif match := PYTEST.fullmatch(line):
            found[match[2]][test] += int(match[1])
        elif GTEST.fullmatch(line):
            found[next(lines, "")][test] += 1
    return found


def told(found):
    """One line for each reason."""
    for reason, tests in sorted(found.items()):
        yield f"{sum(tests.values()):4}  {reason} ({', '.join(sorted(tests))})"


def report(log, since):
    """What `log` says, unless it is of an earlier run."""
    if not log.is_file() or log.stat().st_mtime < since - 1:   # a file system's clock may be a tick behind
        return
    found = skips(log.read_text(encoding="utf-8", errors="replace").splitlines())
    if found:
        print("\nSkipped inside of tests:", *told(found), sep="\n")


def main(log, *left_out):
    signal.signal(signal.SIGINT, signal.SIG_IGN)   # ctest has it as well, and ends
    since, held = time.time(), []
    for line in sys.stdin:
        if SUMMARY.match(line):   # a test that failed may have said the same before
            print(*held, sep="", end="", flush=True)
            held = [line]
        elif held:
            held.append(line)
        else:
            print(line, end="", flush=True)
    if held:
        report(log, since)
        print(*left_out, "", sep="\n")
    print(*held, sep="", end="", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *filter(None, sys.argv[2:]))
