# SPDX-License-Identifier: GPL-2.0-or-later
"""A backend that a test can stop, freeze and let fail: python3 backend_process.py PORT FILE [PEM], where FILE holds the status
that HTTP is answered with, and perhaps seconds until then. TCP and UDP say who asked, as the servers of the lab do; with a key and a certificate TCP is TLS."""

import contextlib
import socketserver
import ssl
import sys
import threading
import time


class Any:
    """IPv4 clients as they are."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class Tcp(Any, socketserver.ThreadingMixIn, socketserver.TCPServer):
    def handle_error(self, request, client_address):
        """A check goes away when it has its answer."""


class Udp(Any, socketserver.ThreadingMixIn, socketserver.UDPServer):
    pass


def status():
    with open(sys.argv[2], encoding="ascii") as file:
        told, *pause = file.read().split()
    if pause:
        time.sleep(float(pause[0]))   # as slow as it is told to be
    return told


class OnTcp(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            self.request.settimeout(0.05)
            data = b""
            with contextlib.suppress(TimeoutError):
                data = self.request.recv(65536)
            self.request.settimeout(None)
            if data.startswith(b"GET "):
                body = b"ready\n" if b" /ready " in data else b"\n"
                head = f"HTTP/1.1 {status()} As Told\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                self.request.sendall(head.encode() + body)
                return
            self.request.sendall(f"{self.client_address[0]} {self.client_address[1]}\n".encode() + data)
            while data := self.request.recv(65536):
                self.request.sendall(data)


class OnUdp(socketserver.BaseRequestHandler):
    def handle(self):
        _, server = self.request
        server.sendto(f"{self.client_address[0]} {self.client_address[1]}\n".encode(), self.client_address)


def serve():
    address = ("0.0.0.0", int(sys.argv[1]))
    tcp, udp = Tcp(address, OnTcp), Udp(address, OnUdp)
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3])
        tcp.socket = context.wrap_socket(tcp.socket, server_side=True)
    threading.Thread(target=udp.serve_forever, daemon=True).start()
    tcp.serve_forever()


if __name__ == "__main__":
    serve()
