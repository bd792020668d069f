# SPDX-License-Identifier: GPL-2.0-or-later
"""A backend of a site: front_backend.py PORT NAME [proxy]. It says what it was asked, upgrades, counts uploads, sends events."""
import json
import socketserver
import sys
import time
from http.server import BaseHTTPRequestHandler

NAME, SIGNATURE = sys.argv[2], b"\r\n\r\n\0\r\nQUIT\n"


class Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.proxied = None
        if "proxy" in sys.argv:
            head = self.rfile.read(16)
            assert head[:12] == SIGNATURE, head
            body = self.rfile.read(int.from_bytes(head[14:16], "big"))
            self.proxied = ".".join(map(str, body[:4]))

    def answer(self, **more):
        body = json.dumps({"name": NAME, "path": self.path, "proxied": self.proxied,
                           "headers": [[name.lower(), value] for name, value in self.headers.items()], **more}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):  # noqa: N802  the library's name
        if self.headers.get("Upgrade"):
            return self.echo()
        if self.path.endswith("/events"):
            return self.events()
        return self.answer()

    def do_POST(self):  # noqa: N802
        left, first = int(self.headers["Content-Length"]), None
        total = left
        while left:
            left -= len(self.rfile.read1(min(left, 65536)))
            first = first or time.monotonic()
        self.answer(bytes=total)

    def echo(self):
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "websocket")
        self.send_header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")   # of the key in RFC 6455
        self.end_headers()
        while data := self.rfile.read1(65536):
            self.wfile.write(data)
        self.close_connection = True

    def events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.close_connection = True
        for number in range(10_000):
            self.wfile.write(f"data: {number}\n\n".encode())
            time.sleep(0.05)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 128


Server(("0.0.0.0", int(sys.argv[1])), Asked).serve_forever()
