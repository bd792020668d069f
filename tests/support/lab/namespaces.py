# SPDX-License-Identifier: GPL-2.0-or-later
"""Entering network namespaces by thread, and mounts that nobody else sees."""

import contextlib
import ctypes
import os
import subprocess
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, attempt):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{attempt}: {os.strerror(number)}")


@contextlib.contextmanager
def entered(path):
    """The calling thread is in that network namespace; sockets made inside stay there for life."""
    with open("/proc/thread-self/ns/net", "rb") as here, open(path, "rb") as there:
        _checked(_libc.setns(there.fileno(), CLONE_NEWNET), f"enter {path}")
        try:
            yield
        finally:
            _checked(_libc.setns(here.fileno(), CLONE_NEWNET), "go back to the first namespace")


def keep_mounts_private():
    """From here on this process has a /run and a BPF file system of its own.

    Namespaces' names and pins then vanish with the last process of the lab, whatever ended it, and
    two labs cannot meet. Must be called before the process starts threads.
    """
    _checked(_libc.unshare(CLONE_NEWNS), "make a private mount namespace (is this root?)")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "sluice-lab", "/run"], check=True)
    subprocess.run(["mount", "-t", "bpf", "sluice-lab", "/sys/fs/bpf"], check=True)


def seem_to_have(mebibytes):
    """After keep_mounts_private(): to programs of the lab this is a machine with so much memory."""
    seen = Path("/run/meminfo")
    seen.write_text(f"MemTotal: {mebibytes * 1024} kB\nMemAvailable: {mebibytes * 512} kB\n", encoding="ascii")
    subprocess.run(["mount", "--bind", seen, "/proc/meminfo"], check=True)
