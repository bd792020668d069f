# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets of a million flows, sent by a process of its own in a host's namespace.

Live flow number i has inside endpoint i mod ENDPOINTS and destination i div ENDPOINTS; every endpoint has a port of its own,
so that a masquerade keeps it and the answers are known. Passing flow number i has another destination port.
"""

import multiprocessing
import socket
import struct
import time

HOSTS, PORTS, FIRST_PORT = 15, 4096, 2048
ENDPOINTS = HOSTS * PORTS
SERVICE, PASSING = 4000, 5000
PORTS_AT = 14 + 20   # source port, destination port


def inside_address(host):
    return f"192.168.10.{100 + host}"


def far_address(number):
    return f"198.51.100.{20 + number}"


def ip_header(source, destination):
    head = struct.pack("!BBHIBBH4s4s", 0x45, 0, 32, 0, 64, socket.IPPROTO_UDP, 0, socket.inet_aton(source),
                       socket.inet_aton(destination))
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack("!H", 0xffff - (total & 0xffff) - (total >> 16)) + head[12:]


def frame(link, source, destination):
    """UDP without a checksum, ports to be filled in."""
    return bytearray(link + ip_header(source, destination) + struct.pack("!IHH", 0, 12, 0) + b"live")


class Questions:
    """Frames of the inside hosts."""

    def __init__(self, link):
        self.frames = {(host, number): frame(link, inside_address(host), far_address(number))
                       for host in range(HOSTS) for number in range(18)}

    def live(self, number):
        return self._fill(number, number // ENDPOINTS, SERVICE)

    def passing(self, number):
        return self._fill(number, 17, PASSING + number // ENDPOINTS)

    def _fill(self, number, destination, port):
        endpoint = number % ENDPOINTS
        made = self.frames[endpoint // PORTS, destination]
        struct.pack_into("!HH", made, PORTS_AT, FIRST_PORT + endpoint, port)
        return made


class Answers:
    """Frames of the far hosts to the masquerade's address."""

    def __init__(self, link, masquerade):
        self.frames = [frame(link, far_address(number), masquerade) for number in range(18)]

    def live(self, number):
        made = self.frames[number // ENDPOINTS]
        struct.pack_into("!HH", made, PORTS_AT, SERVICE, FIRST_PORT + number % ENDPOINTS)
        return made


def send_range(made, frame_of, first, last, rate=None):
    """As fast as it goes, or so many a second."""
    start = time.monotonic()
    for number in range(first, last):
        while True:
            try:
                made.send(frame_of(number))
                break
            except OSError:   # the device's queue is full
                time.sleep(0.0005)
        if rate and number % 64 == 0:
            ahead = (number - first) / rate - (time.monotonic() - start)
            if ahead > 0:
                time.sleep(ahead)
    return time.monotonic() - start


def in_process(work, *arguments):
    """The seconds that work(*arguments) took, in a process that another core may have."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=lambda: sender.send(work(*arguments)))
    process.start()
    seconds = receiver.recv()
    process.join()
    return seconds
