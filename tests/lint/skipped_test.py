# SPDX-License-Identifier: GPL-2.0-or-later
"""What ./run test says of tests that were skipped inside of a file."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "support" / "skipped.py"
LOG = """\
3/9 Testing: bpf_1
3/9 Test: bpf_1
Output:
----------------------------------------------------------
/build/tests/bpf/limit_test.cpp:175: Skipped
XDP sees no merged packets
/build/tests/bpf/limit_test.cpp:181: Skipped
XDP sees no merged packets
4/9 Test: net_cleanup
SKIPPED [2] tests/net/test_cleanup.py:87: Linux before 6.6 has no tcx
5/9 Test: net_foreign
SKIPPED [1] tests/net/test_foreign.py:65: Linux before 6.6 has no tcx
"""
SUMMARY = "100% tests passed, 0 tests failed out of 9\n\nTotal Test time (real) = 1.00 sec\n"


def answer(output, log=LOG, age=0, left_out=()):
    """What comes of ctest's output, while ctest writes the log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "LastTest.log"
        with subprocess.Popen([sys.executable, "-B", SCRIPT, path, *left_out], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as script:
            script.stdin.write("first\n")
            script.stdin.flush()
            assert script.stdout.readline() == "first\n"   # at once, and the clock has begun
            if log is not None:
                path.write_text(log, encoding="utf-8")
                os.utime(path, (time.time() - age,) * 2)
            rest, _ = script.communicate(output)
            assert script.returncode == 0
            return rest


def test_each_reason_stands_once_with_its_tests():
    said = answer(SUMMARY)
    assert "   2  XDP sees no merged packets (bpf_1)\n" in said
    assert "   3  Linux before 6.6 has no tcx (net_cleanup, net_foreign)\n" in said


def test_the_summary_of_ctest_is_the_last_word():
    assert answer("1/9 Test\n" + SUMMARY).endswith("\n\n" + SUMMARY)


def test_what_was_not_run_is_said():
    assert answer(SUMMARY, left_out=["Left out: net_docker"]).endswith("\nLeft out: net_docker\n\n" + SUMMARY)


def test_who_fails_may_talk_of_summaries():
    said = answer("50% tests passed, said a test\nand more\n" + SUMMARY)
    assert said.startswith("50% tests passed, said a test\nand more\n") and said.endswith(SUMMARY)


def test_without_skips_nothing_is_added():
    assert answer(SUMMARY, "1/9 Test: one\npassed\n").strip() == SUMMARY.strip()


def test_the_log_of_an_earlier_run_is_not_told():
    assert answer(SUMMARY, age=60).strip() == SUMMARY.strip()


def test_without_a_log_nothing_is_added():
    assert answer(SUMMARY, None).strip() == SUMMARY.strip()


def test_without_a_summary_all_is_passed_on():
    assert answer("Test #1: one\nTotal Tests: 1\n") == "Test #1: one\nTotal Tests: 1\n"
