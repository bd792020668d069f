# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends a datagram every two milliseconds to an echo server, in each of so many flows, and tells the longest time without an answer that one of them had, in ms, when it is told to end."""

import select
import signal
import socket
import sys
import time

EACH = 0.002
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
heard, longest, sent = {}, 0.0, 0.0
for _ in range(int(sys.argv[3])):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.connect((sys.argv[1], int(sys.argv[2])))
    heard[made] = None
print("begun", flush=True)
while not ended:
    if time.monotonic() - sent >= EACH:
        sent = time.monotonic()
        for one in heard:
            try:
                one.send(b"?")
            except OSError:
                pass   # nobody has the way out at the moment
    for one in select.select(heard, [], [], EACH)[0]:
        try:
            one.recv(16)
        except OSError:
            continue
        now = time.monotonic()
        longest, heard[one] = max(longest, now - (heard[one] or now)), now
longest = max(longest, *(time.monotonic() - (last or 0) for last in heard.values()))   # nobody has answered since
print(f"{longest * 1000:.1f}", flush=True)
