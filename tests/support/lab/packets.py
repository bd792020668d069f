# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames by hand: what a wire carries, seen and sent. Layers come from scapy."""

import contextlib
import errno
import logging
import select
import socket
import threading
import time

from .pace import patience
from .wait import eventually

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.layers.l2 import Ether  # noqa: E402  scapy warns while it is imported

ETH_P_ALL = 0x0003
SO_RCVBUFFORCE = 33
PACKET_OUTGOING = 4
RECEIVE_BUFFER = 64 << 20
ON_THEIR_WAY = 48 << 10   # bytes of memory, half of what the kernel takes it for: some 120 small frames
FULL_FOR_AT_MOST = 10.0   # seconds
LARGEST_FRAME = 1 << 17   # a segmentation-offloaded frame is larger than any MTU


def frame_socket(host, device):
    with host.entered():
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        made.bind((device, 0))
    return made


class Injector:
    """Sends packets made with scapy out of a device, to one neighbour's MAC."""

    def __init__(self, host, device, neighbour_mac):
        self.socket = frame_socket(host, device)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ON_THEIR_WAY)   # as in flood.py
        self.link = Ether(src=host.mac(device), dst=neighbour_mac)

    def send(self, *packets):
        for packet in packets:
            self.send_frame(bytes(self.link / packet))

    def send_bytes(self, ether_type, payload):
        """What scapy would not build: a frame with these bytes after its Ethernet header."""
        self.send_frame(bytes(self.link)[:12] + ether_type.to_bytes(2, "big") + payload)

    def send_frame(self, frame):
        """Again where it was not taken: a core has one queue for what all its namespaces receive, and a flood fills it."""
        deadline = time.monotonic() + patience(FULL_FOR_AT_MOST)
        while True:
            try:
                return self.socket.send(frame)
            except OSError as refused:
                if refused.errno != errno.ENOBUFS or time.monotonic() > deadline:
                    raise
                time.sleep(0.001)

    def close(self):
        self.socket.close()


class Sniffer:
    """Frames that arrive at a device, from the moment of its making."""

    def __init__(self, host, device):
        self.name = f"{host.name}:{device}"
        self.frames = []
        self.room = memoryview(bytearray(LARGEST_FRAME))
        self.reading = threading.Lock()
        self.socket = frame_socket(host, device)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        self.socket.setblocking(False)
        self.end, self.ending = socket.socketpair()   # closing one end wakes the reader at the other
        self.thread = threading.Thread(target=self._collect, daemon=True)
        self.thread.start()

    def _collect(self):
        ready = []
        while self.ending not in ready:
            ready, _, _ = select.select([self.socket, self.ending], [], [])
            with self.reading:
                self._read()

    def _read(self):
        """All that waits in the socket; the device may be gone or down."""
        with contextlib.suppress(OSError):
            while True:
                size, address = self.socket.recvfrom_into(self.room)
                if address[2] != PACKET_OUTGOING:
                    self.frames.append(bytes(self.room[:size]))

    def catch_up(self):
        """Before one says that something was not seen: a busy machine leaves the reader behind."""
        with self.reading:
            self._read()

    def stop(self):
        self.end.close()
        self.thread.join()
        self.socket.close()
        self.ending.close()

    def packets(self):
        self.catch_up()
        return [Ether(frame) for frame in list(self.frames)]

    def matching(self, wanted):
        return [packet for packet in self.packets() if wanted(packet)]

    def wait_for(self, sentence, wanted, within=8.0):
        """The first packet for which wanted(packet) is true."""
        return eventually(f"{self.name} sees {sentence}", lambda: self.matching(wanted), within)[0]
