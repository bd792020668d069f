# SPDX-License-Identifier: GPL-2.0-or-later
"""pour.py CPU ADDRESS PORT SECONDS: datagrams of one flow, as fast as that CPU sends them.

A thousand more at the end take what a limit saved up while the CPU was busy. Prints when it began and ended
(CLOCK_MONOTONIC) and how many it sent.
"""

import os
import socket
import sys
import time


def send(made, count):
    sent = 0
    for _ in range(count):
        try:
            sent += made.send(b"x")
        except OSError:   # the device's queue is full
            continue
    return sent


def main():
    cpu, address, port, seconds = sys.argv[1:]
    os.sched_setaffinity(0, {int(cpu) % os.cpu_count()})
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.connect((address, int(port)))
    start, sent = time.monotonic(), 0
    while time.monotonic() < start + float(seconds):
        sent += send(made, 50)
    sent += send(made, 1000)
    print(start, time.monotonic(), sent)


if __name__ == "__main__":
    main()
