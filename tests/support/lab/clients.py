# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that ask a server of servers.py whom it sees."""

import contextlib
import itertools
import socket
import struct

from .pace import patience
from .servers import PATTERN, Peer

_UNUSED_PORTS = itertools.count(20_000)


def _family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def unused_source():
    """What connects again from the same port may be the same flow, and the kernel gives ports out again within seconds."""
    return "", next(_UNUSED_PORTS)


def connect_tcp(host, address, port, source=None, timeout=patience(5.0)):
    """A connected socket; source is (address, port), "" and 0 leave the choice to the kernel.

    One that gives up is closed: its SYNs would go on in the tests that follow.
    """
    with contextlib.ExitStack() as given_up:
        made = given_up.enter_context(host.socket(_family(address), socket.SOCK_STREAM, timeout=timeout))
        if source:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(source)
        made.connect((address, port))
        made.getpeername()   # an ICMP error may arrive while connect() is under way, which then succeeds all the same
        given_up.pop_all()
        return made


def tcp_peer(host, address, port, source=None, timeout=patience(5.0)):
    """Whom a TCP server at that address sees when this host connects."""
    with contextlib.closing(connect_tcp(host, address, port, source, timeout)) as connection:
        return Peer.parse(connection.makefile().readline())


def udp_peer(host, address, port, source=None, timeout=patience(2.0)):
    """Whom a UDP server at that address sees when this host sends. Asks thrice: UDP may lose."""
    with contextlib.closing(host.socket(_family(address), socket.SOCK_DGRAM, timeout=timeout)) as made:
        if source:
            made.bind(source)
        made.connect((address, port))
        for _ in range(3):
            made.send(b"who am I?")
            with contextlib.suppress(TimeoutError):
                return Peer.parse(made.recv(1000).decode())
    raise TimeoutError(f"{host.name} got no answer from {address} port {port}")


def udp_echo(host, address, port, size, timeout=patience(3.0)):
    """A datagram of that size goes to udp_echo_server and comes back whole."""
    body = (PATTERN * (size // len(PATTERN) + 1))[:size]
    with contextlib.closing(host.socket(_family(address), socket.SOCK_DGRAM, timeout=timeout)) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        made.sendto(body, (address, port))
        return made.recv(65535) == body


def http_peer(host, address, port):
    """Whom an HTTP server sees, asked by curl."""
    shown = f"[{address}]" if ":" in address else address
    done = host.run("curl", "-sS", "--noproxy", "*", "--max-time", 8, f"http://{shown}:{port}/peer")
    return Peer.parse(done.stdout)


def outcome(attempt):
    """What became of an attempt: "answered", "refused", "unreachable" or "silence"."""
    try:
        attempt()
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "silence"
    except OSError:
        return "unreachable"
    return "answered"


def tcp_outcome(host, address, port, source=None, timeout=1.0):
    return outcome(lambda: connect_tcp(host, address, port, source, timeout).close())


def udp_outcome(host, address, port, source=None, timeout=0.4):
    return outcome(lambda: udp_peer(host, address, port, source, timeout))


def ping(host, address, count=1, size=56, expect=0, wait=None):
    """`wait` in seconds: where an answer is expected, as long as this machine may take for one."""
    wait = wait or (patience(2) if expect == 0 else 2)
    return host.run("ping", "-n", "-c", count, "-i", "0.05", "-W", wait, "-s", size, address, expect=expect)


class EchoedConnection:
    """A long-lived TCP connection to tcp_peer_server: proves with each word that it still lives."""

    def __init__(self, host, address, port, source=None):
        self.socket = connect_tcp(host, address, port, source)
        self.received = 0   # bytes
        self.peer = Peer.parse(self._line())

    def _line(self):
        text = b""
        while not text.endswith(b"\n"):
            piece = self.socket.recv(1000)
            if not piece:
                raise ConnectionError("the server closed the connection")
            text += piece
        self.received += len(text)
        return text.decode()

    def says(self, word, timeout=patience(5.0)):
        self.socket.settimeout(timeout)
        self.socket.sendall(f"{word}\n".encode())
        return self._line() == f"{word}\n"

    def close(self):
        self.socket.close()

    def reset(self):
        """Gone at once: a connection whose flow has ended would send its farewell again and again."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def follows_pattern(data, offset):
    """Whether data is what endless_server sends at that offset."""
    start = offset % len(PATTERN)
    wanted = (PATTERN[start:] + PATTERN * (len(data) // len(PATTERN) + 1))[: len(data)]
    return data == wanted
