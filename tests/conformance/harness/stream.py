# SPDX-License-Identifier: GPL-2.0-or-later
"""A stream of datagrams, to see whether a change disturbs it."""

import socket
import threading

from lab import eventually
from lab.pace import patience


class Stream:
    """Asks a server of udp_peer_server again and again; each question is to be answered, by the same peer."""

    def __init__(self, host, address, port, source):
        self.socket = host.socket(kind=socket.SOCK_DGRAM, timeout=patience(2.0))
        self.socket.bind(("", source))
        self.socket.connect((address, port))
        self.asked, self.answered, self.peers = 0, 0, set()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        host.lab.defer(self.stop)

    def _run(self):
        while not self.stopping.is_set():
            self.socket.send(b"who am I?")
            self.asked += 1
            try:
                self.peers.add(self.socket.recv(1000))
                self.answered += 1
            except OSError:
                pass   # counted by the difference
            self.stopping.wait(0.002)

    def runs(self, more=20):
        wanted = self.answered + more
        return eventually(f"{more} more datagrams are answered", lambda: self.answered >= wanted)

    def stop(self):
        self.stopping.set()
        self.thread.join()

    def lost(self):
        self.stop()
        return self.asked - self.answered
