# SPDX-License-Identifier: GPL-2.0-or-later
"""A steady stream of echo requests that the other host's kernel answers: how many were lost on the way or back."""

import select
import socket
import struct
import threading
import time

from scapy.utils import checksum

from .packets import RECEIVE_BUFFER, SO_RCVBUFFORCE
from .wait import eventually

HEADER = struct.Struct("!BBHHH")   # type, code, checksum, identifier, sequence number (RFC 792, 4443)
SEQUENCES = 1 << 16
LATE = 2   # seconds


class Pings:
    """Sends whatever happens, until lost() is asked. No program at the other end can be too slow for it.

    ping(8) would keep a core busy: at intervals this short it looks for answers without sleeping. Answers wait in the
    socket while this process has no processor, and all of them are read before another request goes out: what a full
    socket throws away is nobody's loss on the way.
    """

    identifiers = iter(range(0x7000, SEQUENCES))   # of no two in one namespace the same

    def __init__(self, host, address, interval=0.005):
        self.interval, self.identifier = interval, next(self.identifiers)
        self.is_six = ":" in address
        family, protocol = ((socket.AF_INET6, socket.IPPROTO_ICMPV6) if self.is_six else (socket.AF_INET, socket.IPPROTO_ICMP))
        self.request, self.reply = (128, 129) if self.is_six else (8, 0)
        self.socket = host.socket(family, socket.SOCK_RAW, protocol, timeout=0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        self.socket.connect((address, 0))
        self.answered, self.ending = set(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        host.lab.defer(self._end)

    def _run(self):
        number, due = 0, time.monotonic()
        while not self.ending.is_set():
            now = time.monotonic()
            if now < due:
                select.select([self.socket], [], [], due - now)
            else:
                self._send(number := number + 1)
                due = max(due + self.interval, now)
            while self._receives():
                pass

    def _send(self, number):
        """The kernel fills in the checksum of ICMPv6 only."""
        fields = [self.request, 0, 0, self.identifier, number % SEQUENCES]
        if not self.is_six:
            fields[2] = checksum(HEADER.pack(*fields))
        try:
            self.socket.send(HEADER.pack(*fields))
        except OSError:
            pass   # nothing of it arrives, so it counts as lost

    def _receives(self):
        try:
            packet = self.socket.recv(256)
        except OSError:
            return False
        message = packet if self.is_six else packet[(packet[0] & 15) * 4:]
        if len(message) >= HEADER.size:
            kind, _, _, identifier, number = HEADER.unpack_from(message)
            if (kind, identifier) == (self.reply, self.identifier):
                self.answered.add(number)
        return True

    def _end(self):
        self.ending.set()
        self.thread.join()

    def runs(self, more=50):
        wanted = len(self.answered) + more
        eventually(f"{more} more pings are answered", lambda: len(self.answered) >= wanted, within=20)
        return True

    def lost(self):
        """Ends it: how many requests have no answer of those before the last that has one. What is overtaken is only late."""
        self._end()
        deadline = time.monotonic() + LATE
        while True:
            while self._receives():
                pass
            missing = max(self.answered) - len(self.answered)
            left = deadline - time.monotonic()
            if not missing or left <= 0:
                return missing
            select.select([self.socket], [], [], left)
