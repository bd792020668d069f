#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Small UDP datagrams there and back, so many at once and no more: who floods a tunnel measures who gets the processor first.

    echo.py serve ADDRESS PORT
    echo.py ask ADDRESS PORT SECONDS      prints how many datagrams came back
"""

import socket
import sys
import time

SMALL = 64   # bytes of a payload: an inner packet of 92
AT_ONCE = 64
LOST = 0.1   # seconds without an answer: what was on its way is lost


def serve(address, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((address, port))
        while True:
            data, asker = made.recvfrom(SMALL)
            made.sendto(data, asker)


def ask(address, port, seconds):
    data, answers = bytes(SMALL), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.connect((address, port))
        made.settimeout(LOST)
        end = time.monotonic() + seconds
        for _ in range(AT_ONCE):
            made.send(data)
        while time.monotonic() < end:
            try:
                made.recv(SMALL)
            except TimeoutError:
                for _ in range(AT_ONCE):
                    made.send(data)
                continue
            answers += 1
            made.send(data)
    print(answers)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        ask(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
