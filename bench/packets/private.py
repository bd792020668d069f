# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmark lives in mount and process namespaces of its own.

Names of network namespaces, pins, sockets and state are kept on file systems that only its own mount
namespace has, and its first process takes all others with it when it ends. So whatever way it ends, Ctrl-C
and kill -9 included, the kernel takes everything down: there is no clean-up that could be missed.
"""

import os
import signal
import subprocess
import sys

from shell import BenchError, run

MARK = "SLUICE_BENCH_IS_PRIVATE"
WORK = "/run/sluice-bench"
PINS = "/sys/fs/bpf"


def is_private():
    return os.environ.get(MARK) == "yes"


def run_privately():
    """Runs this very command once more, inside, and answers with its exit status."""
    if os.geteuid() != 0:
        raise BenchError("the packet benchmark makes network namespaces: run it as root")
    # setpriv: should this process die, the first process inside dies, too.
    words = ["setpriv", "--pdeathsig", "KILL",
             "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
             "--", sys.executable, "-B", *sys.argv]
    inside = subprocess.Popen(words, env={**os.environ, MARK: "yes"})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return inside.wait()
    finally:
        inside.kill()
        inside.wait()


def settle_in():
    """Once inside: file systems that nobody else sees. Interrupts are the business of the process outside."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    run("mount", "-t", "bpf", "-o", "mode=700", "bpf", PINS)
    os.makedirs(WORK, mode=0o700)
    go_first()


def go_first():
    """A session of its own with the best nice level as a whole: where the kernel groups processes by session,
    a thread's own level counts only within."""
    os.setsid()
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write("-20")
    except OSError:
        pass   # a kernel without such groups; or somebody just did this: the agent's own level must do
