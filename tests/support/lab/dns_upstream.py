# SPDX-License-Identifier: GPL-2.0-or-later
"""A DNS server that says what a test wants it to say, also what no honest server would."""

import contextlib
import socket
import struct
import threading
from typing import NamedTuple

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

PORT = 53


class Asked(NamedTuple):
    """What came."""

    name: str
    type: str
    transport: str
    port: int   # that it came from
    id: int


def rows(name, kind, *values, ttl=300):
    return dns.rrset.from_text(f"{name}.", ttl, "IN", kind, *values)


def soa(name, minimum=60):
    return rows(name, "SOA", f"ns.{name}. root.{name}. 1 3600 600 7200 {minimum}", ttl=minimum)


class Upstream:
    """Answers by `answers`: a question's (name, type) and what is said, which is a list of rows, or a function
    (answer, ask) that changes the answer, or sends by itself and returns False. Anything else is NXDOMAIN."""

    def __init__(self, host, address):
        self.answers, self.asked, self.address = {}, [], address
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.datagrams = host.socket(family, socket.SOCK_DGRAM, timeout=None)
        self.streams = host.socket(family, socket.SOCK_STREAM, timeout=None)
        self.streams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.datagrams.bind((address, PORT))
        self.streams.bind((address, PORT))
        self.streams.listen(16)
        for work in (self._serve_datagrams, self._serve_streams):
            threading.Thread(target=work, daemon=True).start()

    def names(self):
        return [asked.name for asked in self.asked]

    def _serve_datagrams(self):
        with contextlib.suppress(OSError):
            while True:
                message, sender = self.datagrams.recvfrom(65535)
                answer = self._answer(message, "udp", sender, lambda wire, to=sender: self.datagrams.sendto(wire, to))
                if answer is not None:
                    limit = max(512, dns.message.from_wire(message).payload)
                    self.datagrams.sendto(self._fit(answer, limit), sender)

    def _serve_streams(self):
        with contextlib.suppress(OSError):
            while True:
                stream, sender = self.streams.accept()
                threading.Thread(target=self._serve_stream, args=(stream, sender), daemon=True).start()

    def _serve_stream(self, stream, sender):
        with stream, contextlib.suppress(OSError):
            while len(length := stream.recv(2, socket.MSG_WAITALL)) == 2:
                message = stream.recv(struct.unpack("!H", length)[0], socket.MSG_WAITALL)
                answer = self._answer(message, "tcp", sender, lambda wire: stream.sendall(struct.pack("!H", len(wire)) + wire))
                if answer is not None:
                    wire = answer.to_wire(max_size=65535)
                    stream.sendall(struct.pack("!H", len(wire)) + wire)

    @staticmethod
    def _fit(answer, limit):
        wire = answer.to_wire(max_size=65535)
        if len(wire) <= limit:
            return wire
        answer.answer.clear()
        answer.flags |= dns.flags.TC
        return answer.to_wire()

    def _answer(self, message, transport, sender, send):
        ask = dns.message.from_wire(message)
        [question] = ask.question
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(Asked(name, kind, transport, sender[1], ask.id))
        answer = dns.message.make_response(ask, recursion_available=True)
        said = self.answers.get((name, kind))
        if callable(said):
            return answer if said(answer, ask, send) is not False else None
        if said is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
            answer.authority.append(soa("example.org"))
        else:
            answer.answer.extend(said)
            if not said:
                answer.authority.append(soa("example.org"))
        return answer
