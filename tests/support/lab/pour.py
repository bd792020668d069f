# SPDX-License-Identifier: GPL-2.0-or-later
"""pour.py CPU ADDRESS PORT SECONDS: datagrams of one flow, as fast as that CPU sends them.

Prints when it began and ended (CLOCK_MONOTONIC) and how many it sent.
"""

import os
import socket
import sys
import time


def main():
    cpu, address, port, seconds = sys.argv[1:]
    os.sched_setaffinity(0, {int(cpu) % os.cpu_count()})
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.connect((address, int(port)))
    start, sent = time.monotonic(), 0
    while time.monotonic() < start + float(seconds):
        for _ in range(50):
            try:
                sent += made.send(b"x")
            except OSError:   # the device's queue is full
                continue
    print(start, time.monotonic(), sent)


if __name__ == "__main__":
    main()
