# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers in a host's namespace that tell whom they saw."""

import contextlib
import http.server
import socket
import socketserver
import threading
import time
from typing import NamedTuple

from .packets import SO_RCVBUFFORCE

RECEIVE_BUFFER = 8 << 20
PATTERN = bytes(range(251)) * 261   # 251 is prime: a lost or doubled piece shifts the pattern


class Peer(NamedTuple):
    """Who talked to a server, as the server saw it."""

    address: str
    port: int

    @classmethod
    def of(cls, socket_address):
        return cls(socket_address[0].removeprefix("::ffff:"), socket_address[1])

    @classmethod
    def parse(cls, text):
        address, port = text.split()
        return cls(address, int(port))

    def __str__(self):
        return f"{self.address} {self.port}"


class _Server(socketserver.ThreadingMixIn):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    files = {}

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def handle_error(self, request, client_address):
        """A client that goes away in the middle is part of many tests."""


class _TcpServer(_Server, socketserver.TCPServer):
    pass


class _UdpServer(_Server, socketserver.UDPServer):
    """A frame that XDP redirected takes a page of the receive buffer: on a slow machine the usual one holds fifty."""

    max_packet_size = 65535

    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        super().server_bind()


class _TellPeer(socketserver.BaseRequestHandler):
    """TCP: says who connected, then echoes until the client is done."""

    def handle(self):
        self.request.sendall(f"{Peer.of(self.client_address)}\n".encode())
        with contextlib.suppress(OSError):
            while data := self.request.recv(65536):
                self.request.sendall(data)


class _TellPeerOfDatagram(socketserver.BaseRequestHandler):
    """UDP: one answer per datagram."""

    def handle(self):
        _, server = self.request
        server.sendto(f"{Peer.of(self.client_address)}\n".encode(), self.client_address)


class _EchoDatagram(socketserver.BaseRequestHandler):
    """UDP: the same bytes back."""

    def handle(self):
        data, server = self.request
        server.sendto(data, self.client_address)


class _Endless(socketserver.BaseRequestHandler):
    """TCP: PATTERN for ever, at a pace that leaves the machine room for the test itself."""

    def handle(self):
        with contextlib.suppress(OSError):
            while True:
                self.request.sendall(PATTERN)
                time.sleep(0.005)


class _Http(http.server.BaseHTTPRequestHandler):
    """GET /peer answers who asked; any other path is the name of a file that was given."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/peer":
            return self._answer(f"{Peer.of(self.client_address)}\n".encode())
        file = self.server.files.get(self.path)
        if file is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(file.stat().st_size))
        self.end_headers()
        self.wfile.flush()
        with open(file, "rb") as content:
            self.connection.sendfile(content)

    def _answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """The lab's log has the requests already."""


def _serve(host, server_class, handler, port, files=None):
    with host.entered():
        server = server_class(("::", port), handler)
    server.files = files or {}
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    host.lab.defer(_stop, server)
    host.lab.log.say(f"[{host.name}] {handler.__name__.strip('_')} on port {port}")
    return server


def _stop(server):
    server.shutdown()
    server.server_close()


def serve_tcp(host, handler, port):
    """A handler of another module; its `server` is what is answered here."""
    return _serve(host, _TcpServer, handler, port)


def tcp_peer_server(host, port):
    return _serve(host, _TcpServer, _TellPeer, port)


def udp_peer_server(host, port):
    return _serve(host, _UdpServer, _TellPeerOfDatagram, port)


def udp_echo_server(host, port):
    return _serve(host, _UdpServer, _EchoDatagram, port)


def endless_server(host, port):
    return _serve(host, _TcpServer, _Endless, port)


def http_server(host, port, files=None):
    return _serve(host, _TcpServer, _Http, port, files)
