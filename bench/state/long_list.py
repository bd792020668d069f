#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to list a million flows. Needs root; SLUICE_BIN_DIR says which build.

Opens the flows and answers each, asks for all of them with `sluice show flows -o jsonl`, and says how long that took, by how much the
daemon's memory grew, how long a `status` that was asked meanwhile waited at most, and whether flows expired meanwhile.
"""

import argparse
import subprocess
import threading
import time

from paths import find_modules

find_modules()

import run  # noqa: E402  needs the path
from lab import Lab  # noqa: E402
from lab.gateway import binaries  # noqa: E402
from lab.helper_process import forget_peak, memory_of  # noqa: E402


MEGABYTE = 1 << 20


class Waits(threading.Thread):
    """Asks for the status again and again, and keeps the longest wait."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway, self.longest, self.asked, self.over = gateway, 0.0, 0, threading.Event()

    def run(self):
        while not self.over.is_set():
            since = time.monotonic()
            self.gateway.get("/v1/status")
            self.longest, self.asked = max(self.longest, time.monotonic() - since), self.asked + 1
            self.over.wait(0.5)


def list_flows(gateway):
    """How many lines, and in how many seconds."""
    since = time.monotonic()
    with subprocess.Popen([binaries() / "sluice", "--socket", gateway.socket_path, "show", "flows", "-o", "jsonl"],
                          stdout=subprocess.PIPE) as process:
        lines = sum(part.count(b"\n") for part in iter(lambda: process.stdout.read(1 << 20), b""))
    assert process.returncode == 0
    return lines, time.monotonic() - since


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hook", choices=["tc", "xdp"], default="xdp")
    parser.add_argument("--flows", type=int, default=1_000_000)
    chosen = parser.parse_args()
    chosen.rate = 16_384
    with Lab(chosen.hook) as lab:
        bench = run.Bench(lab, chosen)
        bench.open_live()
        gateway = bench.gateway
        # Nobody answers these: they expire while the list is told.
        run.senders.in_process(run.senders.send_range, bench.inside, bench.questions.passing, 0, chosen.rate, chosen.rate)
        pid = gateway.daemon.pid
        forget_peak(pid)
        before, _ = memory_of(pid)
        waits = Waits(gateway)
        waits.start()
        rows, seconds = list_flows(gateway)
        waits.over.set()
        waits.join()
        _, peak = memory_of(pid)
        left = gateway.get("/v1/status")["counts"]["flows"]
        print(f"{rows:,} rows in {seconds:.1f} s; the daemon grew by {(peak - before) / MEGABYTE:.1f} MB; of {waits.asked} questions meanwhile the "
              f"slowest waited {waits.longest * 1000:.0f} ms; {left:,} flows are left of {chosen.flows + chosen.rate:,}")


if __name__ == "__main__":
    main()
