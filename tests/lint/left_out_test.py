# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run on a slow machine leaves out, and that all of it has its turn."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))
import left_out  # noqa: E402  needs the path

LIST = TESTS / "in_turns.txt"
TEXT = "# why\nnet_one\nnet_two   # a word\n\nvm_three never\n"


def answer(monkeypatch, capsys, seconds):
    monkeypatch.setattr(left_out, "seconds_of_a_page", lambda: seconds)
    monkeypatch.setattr(sys, "argv", ["left_out.py", str(LIST)])
    left_out.main()
    return capsys.readouterr().out.splitlines()


def test_each_line_is_a_test():
    for name, _ in left_out.listed(LIST.read_text(encoding="ascii")):
        kind, story = name.split("_", 1)
        assert (TESTS / kind / f"test_{story}.py").exists() or name in ("vm_debian_root", "vm_marked"), name


def test_comments_are_no_tests():
    assert list(left_out.listed(TEXT)) == [("net_one", False), ("net_two", False), ("vm_three", True)]


def test_each_has_its_turn_and_the_same_one_for_the_same_commit():
    of_commits = [left_out.left_out(TEXT, f"commit {number}") for number in range(100)]
    assert of_commits == [left_out.left_out(TEXT, f"commit {number}") for number in range(100)]
    assert all("vm_three" in out for out in of_commits)
    for name in ("net_one", "net_two"):
        assert 10 < sum(name not in out for out in of_commits) < 45, "one in four"


def test_a_quick_machine_leaves_out_nothing(monkeypatch, capsys):
    assert not answer(monkeypatch, capsys, 1e-6)


def test_a_slow_one_says_what(monkeypatch, capsys):
    pattern, sentence = answer(monkeypatch, capsys, 20e-6)
    assert pattern.startswith("^(net_") and "|vm_virtio" in pattern and "Left out, because" in sentence


def test_memory_takes_time():
    assert 0 < left_out.seconds_of_a_page() < 0.01
