# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that the daemon has begun."""

from pathlib import Path


def process_of(gateway, verb):
    """By what the command line of sluiced says; None: there is none."""
    for children in Path(f"/proc/{gateway.daemon.pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            if verb.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return int(child)
    return None


def status_of(pid):
    """{key: value} of /proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def is_nobody(pid):
    """With no right but to have a port below 1024."""
    status = status_of(pid)
    return set(status["Uid"].split()) == {"65534"} and int(status["CapEff"], 16) in (0, 1 << 10)
