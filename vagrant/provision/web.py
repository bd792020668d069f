#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""web.py PORT FOLDER: GET /peer answers who asked, as the server saw it; /content is the file of that name, and
/slowly the same at a pace that takes minutes."""
import contextlib
import shutil
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 64

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class Handler(BaseHTTPRequestHandler):
    folder = None

    def do_GET(self):
        content = self.folder / "content"
        if self.path == "/peer":
            peer = f"{self.client_address[0].removeprefix('::ffff:')} {self.client_address[1]}\n".encode()
            self.begin(len(peer))
            self.wfile.write(peer)
        elif self.path in ("/content", "/slowly") and content.exists():
            self.begin(content.stat().st_size)
            with open(content, "rb") as file:
                (self.send_slowly if self.path == "/slowly" else shutil.copyfileobj)(file, self.wfile)
        else:
            self.send_error(404)

    def send_slowly(self, source, target):
        """40 KB a second."""
        with contextlib.suppress(OSError):   # the client goes away when it has seen enough
            while piece := source.read(4000):
                target.write(piece)
                time.sleep(0.1)

    def begin(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_):
        """Who asked is what the answers say."""


def main():
    Handler.folder = Path(sys.argv[2])
    Server(("::", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
