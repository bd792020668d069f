# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that the daemon has begun, and what the kernel says of a process."""

import os
from contextlib import suppress
from pathlib import Path


def children_of(pid):
    """Whichever of its threads has begun them."""
    return [int(child) for children in Path(f"/proc/{pid}/task").glob("*/children")
            for child in children.read_text(encoding="ascii").split()]


def processes_of(gateway, verb):
    """By what the command line of sluiced says."""
    return [child for child in children_of(gateway.daemon.pid) if verb.encode() in words_of(child)]


def process_of(gateway, verb):
    """None: there is none."""
    return next(iter(processes_of(gateway, verb)), None)


def words_of(pid):
    """Its command line; none where it has just ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


def is_gone(pid):
    """Also where nobody has asked yet how it ended."""
    try:
        return fields_of(pid)[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def processor_times(pid):
    """Seconds: its own, and those of the kernel in its name."""
    return [int(field) / os.sysconf("SC_CLK_TCK") for field in fields_of(pid)[11:13]]


def processor_seconds(pid):
    return sum(processor_times(pid))


def fields_of(pid):
    """Those of /proc/PID/stat that follow its name."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()


def status_of(pid):
    """{key: value} of /proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def memory_of(pid):
    """What it has of its own and what it mapped, now and at most since it began or forget_peak(), in bytes."""
    status = status_of(pid)
    return tuple(int(status[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))


def forget_peak(pid):
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


PORTS_BELOW_1024, RAW_SOCKETS = 10, 13   # rights, by their numbers


def is_nobody(pid, right=PORTS_BELOW_1024):
    """With no right but this one; None: with none."""
    status = status_of(pid)
    rights = (0,) if right is None else (0, 1 << right)
    return set(status["Uid"].split()) == {"65534"} and int(status["CapEff"], 16) in rights
