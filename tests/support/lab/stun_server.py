# SPDX-License-Identifier: GPL-2.0-or-later
"""A STUN server (RFC 8489) with two addresses, which finds out how NATs behave (RFC 5780)."""

import ipaddress
import selectors
import socket
import struct
import threading

COOKIE = 0x2112A442
REQUEST, SUCCESS, ERROR = 0x0001, 0x0101, 0x0111
CHANGE_REQUEST, ERROR_CODE, XOR_MAPPED, RESPONSE_PORT, OTHER_ADDRESS = 0x0003, 0x0009, 0x0020, 0x0027, 0x802C
CHANGE_ADDRESS, CHANGE_PORT = 4, 2
PORT, OTHER_PORT = 3478, 3479


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def plain_address(address, port):
    return struct.pack("!BBH", 0, 1, port) + ipaddress.ip_address(address).packed


def xor_address(address, port):
    return struct.pack("!BBHI", 0, 1, port ^ COOKIE >> 16, int(ipaddress.ip_address(address)) ^ COOKIE)


def message(kind, transaction, attributes=b""):
    return struct.pack("!HHI", kind, len(attributes), COOKIE) + transaction + attributes


def attributes_of(request):
    found, at = {}, 20
    while at + 4 <= len(request):
        kind, size = struct.unpack_from("!HH", request, at)
        found[kind] = request[at + 4:at + 4 + size]
        at += 4 + (size + 3) // 4 * 4
    return found


class StunServer:
    """One thread. `answers`: what is made of a right answer; a list of messages goes out in its place. `knows_ports`: whether it
    sends answers to other ports.
    """

    def __init__(self, host, address, other, knows_ports=True):
        self.addresses, self.knows_ports = (address, other), knows_ports
        self.asked = []   # (source address and port, the address that it asked, what it wants changed)
        self.answers = lambda answer: [answer]
        self.silent = False
        self.sockets = {}
        self.ready = selectors.DefaultSelector()
        for ip in filter(None, self.addresses):
            for port in (PORT, OTHER_PORT):
                made = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
                made.bind((ip, port))
                made.setblocking(False)
                self.sockets[ip, port] = made
                self.ready.register(made, selectors.EVENT_READ, (ip, port))
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        host.lab.defer(self.stop)

    def stop(self):
        self.ending.set()
        self.thread.join()

    def _serve(self):
        while not self.ending.is_set():
            for key, _ in self.ready.select(0.1):
                self._answer(key.fileobj, *key.data)

    def _answer(self, own, ip, port):
        try:
            request, source = own.recvfrom(2048)
        except OSError:
            return
        if len(request) < 20 or struct.unpack_from("!H", request)[0] != REQUEST or self.silent:
            return
        wanted = attributes_of(request)
        change = int.from_bytes(wanted.get(CHANGE_REQUEST, b""), "big")
        self.asked.append((source, (ip, port), change))
        kind, said = self._said(source, ip, port, wanted, change)
        by = self.sockets[self._other_address(ip) if change & CHANGE_ADDRESS else ip, self._other_port(port) if change & CHANGE_PORT else port]
        to = (source[0], struct.unpack_from("!H", wanted[RESPONSE_PORT])[0]) if RESPONSE_PORT in wanted and self.knows_ports else source
        for answer in self.answers(message(kind, request[8:20], said)):
            by.sendto(answer, to)

    def _said(self, source, ip, port, wanted, change):
        if RESPONSE_PORT in wanted and not self.knows_ports or change & CHANGE_ADDRESS and not self.addresses[1]:
            return ERROR, attribute(ERROR_CODE, struct.pack("!HBB", 0, 4, 20))
        said = attribute(XOR_MAPPED, xor_address(*source))
        if self.addresses[1]:
            said += attribute(OTHER_ADDRESS, plain_address(self._other_address(ip), self._other_port(port)))
        return SUCCESS, said

    def _other_address(self, ip):
        return self.addresses[1] if ip == self.addresses[0] else self.addresses[0]

    @staticmethod
    def _other_port(port):
        return OTHER_PORT if port == PORT else PORT
