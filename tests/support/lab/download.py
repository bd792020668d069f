# SPDX-License-Identifier: GPL-2.0-or-later
"""A download that never ends, to see whether anything disturbs it."""

import threading

from .clients import connect_tcp, follows_pattern
from .wait import eventually


class Download:
    """Reads from endless_server in the background and checks every byte."""

    def __init__(self, host, address, port):
        self.received, self.failure = 0, None
        self.socket = connect_tcp(host, address, port, timeout=20)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        host.lab.defer(self.stop)

    def _read(self):
        while not self.stopping.is_set():
            try:
                data = self.socket.recv(262144)
            except OSError as failure:
                self.failure = self.failure or failure
                return
            if not data or not follows_pattern(data, self.received):
                self.failure = "the connection was closed" if not data else "the data is wrong"
                return
            self.received += len(data)

    def goes_on(self, more=1_000_000):
        """True when another `more` bytes arrived."""
        wanted = self.received + more
        eventually(f"{more} more bytes are downloaded (failure: {self.failure})",
                   lambda: self.failure or self.received >= wanted, within=15)
        assert self.failure is None, f"download failed: {self.failure}"
        return True

    def stop(self):
        self.stopping.set()
        self.thread.join(timeout=5)
        self.socket.close()
