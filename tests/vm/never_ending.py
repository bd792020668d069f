# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that are sent all the time, whether somebody carries them or not, and what came of them."""

import errno
import socket
import threading

from lab.home import INSIDE4, OUTSIDE4, WAN4

REFUSED_PORT = 9999     # of an inside host: no rule admits it
FORWARDED_PORT = 81     # of the gateway: a forward leads it to SERVED_PORT of the inside host
SERVED_PORT = 8080
OUTSIDE_PORT = 7000
GATEWAY_PORT = 7777     # where the gateway itself would answer that nobody listens
EVERY = 0.02            # seconds
NOTHING = {"refused": 0, "unmasked": 0, "answers": 0}


class NeverEnding:
    """`with` begins. Fifty datagrams a second each: from outside to the inside host, which the rules refuse; to the gateway itself,
    which they refuse in silence; to its forward; and from inside to outside, which are masqueraded."""

    def __init__(self, inside, outside):
        self.inside, self.outside = inside, outside
        self.refused = []          # senders of what came in and should not have
        self.unmasked = []         # inside addresses that the outside has seen
        self.answers = 0           # of the gateway itself to the outside
        self.forwarded = self.masqueraded = 0
        self.ended = threading.Event()
        self.threads = []

    def _udp(self, host, port=None, to=None):
        made = host.socket(kind=socket.SOCK_DGRAM, timeout=0.2)
        if port:
            made.bind(("", port))
        if to:
            made.connect(to)
        return made

    def _each(self, work, *arguments):
        self.threads.append(threading.Thread(target=work, args=arguments))
        self.threads[-1].start()

    def _send(self, made):
        while not self.ended.wait(EVERY):
            try:
                made.send(b"x")
            except OSError as error:
                self.answers += error.errno == errno.ECONNREFUSED

    def _hear(self, made, take):
        while not self.ended.is_set():
            try:
                take(made.recvfrom(64)[1][0])
            except TimeoutError:
                continue

    def _take_forwarded(self, _):
        self.forwarded += 1

    def _take_outside(self, sender):
        self.masqueraded += sender == WAN4
        if sender != WAN4:
            self.unmasked.append(sender)

    def __enter__(self):
        self._each(self._hear, self._udp(self.inside, REFUSED_PORT), self.refused.append)
        self._each(self._hear, self._udp(self.inside, SERVED_PORT), self._take_forwarded)
        self._each(self._hear, self._udp(self.outside, OUTSIDE_PORT), self._take_outside)
        for port in (FORWARDED_PORT, GATEWAY_PORT):
            self._each(self._send, self._udp(self.outside, to=(WAN4, port)))
        self._each(self._send, self._udp(self.outside, to=(INSIDE4, REFUSED_PORT)))
        self._each(self._send, self._udp(self.inside, to=(OUTSIDE4, OUTSIDE_PORT)))
        return self

    def __exit__(self, *exception):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def counts(self):
        """What came through as it should."""
        return {"forwarded": self.forwarded, "masqueraded": self.masqueraded}

    def leaks(self):
        """What came through and should not have."""
        return {"refused": len(self.refused), "unmasked": len(self.unmasked), "answers": self.answers}
