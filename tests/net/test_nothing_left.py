# SPDX-License-Identifier: GPL-2.0-or-later
"""The last test: after every lab is closed, the machine shows no trace of them."""

import json
import re
import subprocess
from pathlib import Path

OF_A_LAB = re.compile(r"(sluice-)?sl\d+-\d+-|lab-")


def names_in(directory):
    return [path.name for path in directory.iterdir()] if directory.is_dir() else []


def test_no_namespace_is_left():
    assert not [name for name in names_in(Path("/run/netns")) if OF_A_LAB.match(name)]


def test_no_link_is_left_in_the_first_namespace():
    shown = json.loads(subprocess.run(["ip", "-json", "link"], capture_output=True, check=True).stdout)
    of_labs = {"wan", "lan", "dmz", "spare", "foreign"}
    assert not of_labs & {link["ifname"] for link in shown}


def test_no_pin_and_no_directory_is_left():
    for directory in ("/sys/fs/bpf", "/run", "/tmp"):
        assert not [name for name in names_in(Path(directory)) if OF_A_LAB.match(name)]


def test_no_daemon_of_a_lab_is_left():
    left = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            line = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((directory / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue   # it ended while we looked
        if "/run/lab-" in line and parent == 1:
            left.append(line)
    assert not left
