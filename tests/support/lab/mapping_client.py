# SPDX-License-Identifier: GPL-2.0-or-later
"""A host that asks its gateway for ports: messages of PCP (RFC 6887) by hand, so that bad ones can be made too."""

import ipaddress
import os
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

PORT, NEWS_PORT = 5351, 5350
SUCCESS, UNSUPPORTED_VERSION, NOT_AUTHORIZED, MALFORMED_REQUEST, UNSUPPORTED_OPCODE, UNSUPPORTED_OPTION, MALFORMED_OPTION = range(7)
NETWORK_FAILURE, NO_RESOURCES, UNSUPPORTED_PROTOCOL, QUOTA, CANNOT_PROVIDE, ADDRESS_MISMATCH = range(7, 13)
TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP
PREFER_FAILURE = struct.pack("!BBH", 2, 0, 0)
AGAIN = 3
NONCE = b"a dozen byte"


@dataclass
class Answer:
    code: int
    life: int
    epoch: int
    port: int = 0
    address: str = ""


def packed(address):
    made = ipaddress.ip_address(address)
    return b"\0" * 10 + b"\xff\xff" + made.packed if made.version == 4 else made.packed


def third_party(address):
    return struct.pack("!BBH", 1, 0, 16) + packed(address)


def map_request(client, port, protocol=UDP, life=60, wanted=0, nonce=NONCE, options=b""):
    header = struct.pack("!BBHI", 2, 1, 0, life) + packed(client)
    return header + nonce + struct.pack("!BxxxHH", protocol, port, wanted) + packed("0.0.0.0") + options


def read_answer(message):
    version, _, code = struct.unpack("!BBxB", message[:4])
    assert version == 2
    life, epoch = struct.unpack("!II", message[4:12])
    if len(message) < 60:
        return Answer(code, life, epoch)
    return Answer(code, life, epoch, struct.unpack("!H", message[42:44])[0], str(ipaddress.ip_address(message[56:60])))


class MappingClient:
    def __init__(self, host, address, gateway):
        self.address = address
        family = socket.AF_INET6 if ":" in gateway else socket.AF_INET
        self.socket = host.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.connect((gateway, PORT))

    def exchange(self, message):
        """As clients do (RFC 6887 section 8.1.1), asked again: somebody's flood can cost a packet."""
        for _ in range(AGAIN):
            with suppress(TimeoutError):
                return self._asked_once(message)
        raise TimeoutError(f"no answer to {AGAIN} requests")

    def _forget_answers(self):
        """To what was asked before."""
        patience = self.socket.gettimeout()
        self.socket.settimeout(0)
        with suppress(OSError):
            while self.socket.recv(2048):
                pass
        self.socket.settimeout(patience)

    def _asked_once(self, message):
        self._forget_answers()
        self.socket.send(message)
        return self.socket.recv(2048)

    def silent(self, message, timeout=0.3):
        """Whether nobody answers."""
        before = self.socket.gettimeout()
        self.socket.settimeout(timeout)
        try:
            self._asked_once(message)
        except TimeoutError:
            return True
        except ConnectionRefusedError:
            return True
        finally:
            self.socket.settimeout(before)
        return False

    def ask(self, port, **more):
        return read_answer(self.exchange(map_request(self.address, port, **more)))

    def ask_again(self, port, times=4, **more):
        """As real clients do, for whom a datagram may be lost (RFC 6887 section 8.1.1)."""
        for _ in range(times - 1):
            with suppress(TimeoutError):
                return self.ask(port, **more)
        return self.ask(port, **more)

    def end(self, port, **more):
        return self.ask(port, life=0, **more)

    def epoch(self):
        """As ANNOUNCE tells it."""
        return read_answer(self.exchange(struct.pack("!BBHI", 2, 0, 0, 0) + packed(self.address))).epoch


class NewsEar:
    """Hears what gateways tell all hosts of a link."""

    def __init__(self, host):
        with host.entered():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        host.lab.defer(self.socket.close)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setblocking(False)
        self.socket.bind(("224.0.0.1", NEWS_PORT))

    def heard(self):
        """All that has come by now."""
        messages = []
        try:
            while True:
                messages.append(self.socket.recv(2048))
        except BlockingIOError:
            return messages


def new_nonce():
    return os.urandom(12)
