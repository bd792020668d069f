# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends a datagram every two milliseconds to an echo server, and tells the longest time without an answer, in ms, when it is told to end."""

import select
import signal
import socket
import sys
import time

EACH = 0.002
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
asks = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asks.connect((sys.argv[1], int(sys.argv[2])))
longest, heard, sent = 0.0, None, 0.0
print("begun", flush=True)
while not ended:
    if time.monotonic() - sent >= EACH:
        sent = time.monotonic()
        try:
            asks.send(b"?")
        except OSError:
            pass   # nobody has the way out at the moment
    if select.select([asks], [], [], EACH)[0]:
        try:
            asks.recv(16)
        except OSError:
            continue
        now = time.monotonic()
        longest, heard = max(longest, now - (heard or now)), now
longest = max(longest, time.monotonic() - (heard or 0))   # nobody has answered since
print(f"{longest * 1000:.1f}", flush=True)
