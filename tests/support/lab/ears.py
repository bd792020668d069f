# SPDX-License-Identifier: GPL-2.0-or-later
"""Who hears which marks (marked.py): at devices of hosts, and what a host's own kernel takes for itself."""

import contextlib
import select
import socket
import threading

from .marked import BARE, ICMP, ICMP6, SCTP, TCP, UDP, WRITTEN, Mark
from .packets import LARGEST_FRAME, PACKET_OUTGOING, RECEIVE_BUFFER, SO_RCVBUFFORCE, frame_socket


class Ears:
    """One thread for all of a lab. What was heard is kept once, however often it came."""

    def __init__(self, lab):
        self.names, self.heard = {}, {}   # by socket; by name
        self.room = memoryview(bytearray(LARGEST_FRAME))
        self.reading = threading.Lock()
        self.ready = select.epoll()
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._collect, daemon=True)
        self.thread.start()
        lab.defer(self.stop)

    def at_device(self, name, host, device):
        """What comes in by it, before anything judges it."""
        self._listen(name, frame_socket(host, device))

    def of_host(self, name, host):
        """What has passed every judge and is for the host itself: raw sockets get it whole (raw(7)). ICMP is kept apart."""
        for family, protocols in ((socket.AF_INET, (ICMP, TCP, UDP, SCTP, *BARE.values())),
                                  (socket.AF_INET6, (ICMP6, TCP, UDP, SCTP, *BARE.values()))):
            for protocol in protocols:
                with host.entered():
                    who = f"{name}-icmp" if protocol in (ICMP, ICMP6) else name
                    self._listen(who, socket.socket(family, socket.SOCK_RAW, protocol))

    def _listen(self, name, made):
        made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        made.setblocking(False)
        with self.reading:
            self.heard.setdefault(name, set())
            self.names[made.fileno()] = (made, name)
            self.ready.register(made.fileno(), select.EPOLLIN)

    def _collect(self):
        while not self.ending.is_set():
            waiting = self.ready.poll(0.1)
            with self.reading:
                for number, _ in waiting:
                    self._read(number)

    def _read(self, number):
        made, name = self.names[number]
        with contextlib.suppress(OSError):   # that was all; or its device is gone or down
            while True:
                size, address = made.recvfrom_into(self.room)
                if made.family != socket.AF_PACKET or address[2] != PACKET_OUTGOING:
                    self.heard[name].update(WRITTEN.findall(self.room[:size]))

    def catch_up(self):
        """Before one says that something was not heard: a busy machine leaves the reader behind."""
        with self.reading:
            for number in self.names:
                self._read(number)

    def lacks(self, name, texts):
        """Which of these were not heard there; as bytes, because they are compared often."""
        with self.reading:
            return texts - self.heard[name]

    def marks(self, name):
        with self.reading:
            return set(filter(None, map(Mark.of, self.heard[name])))

    def stop(self):
        self.ending.set()
        self.thread.join()
        for made, _ in self.names.values():
            made.close()
        self.ready.close()
