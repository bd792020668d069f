# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway of a grid: the outside on its `wan`, and machines behind two underlays, each machine with addresses on both.

    outside 203.0.113.9 -- wan 203.0.113.1 [gateway] wg-grid ---- machines 10.1.4.2 (vm7), 10.1.4.3 (vm8)
            2001:db8::9        2001:db8::1           mycelium --- machines 2001:db8:7::7 (vm7), 2001:db8:7::8 (vm8)

The machines are one host, whose servers say at which of its addresses they were asked. It answers over the underlay of that address.
"""

import contextlib
import http.server
import socketserver
import threading
import time

from lab import clients, servers

WAN4, WAN6, OUTSIDE4, OUTSIDE6 = "203.0.113.1", "2001:db8::1", "203.0.113.9", "2001:db8::9"
GRID = {"vm7": "10.1.4.2", "vm8": "10.1.4.3"}
MESH = {"vm7": "2001:db8:7::7", "vm8": "2001:db8:7::8"}
MESH4 = {"vm7": "10.7.0.2", "vm8": "10.7.0.3"}   # the overlay where it carries IPv4
GATEWAY_GRID4, GATEWAY_MESH4, GATEWAY_MESH6 = "10.1.4.1", "10.7.0.1", "2001:db8:7::1"
HTTP_PORT, ECHO_PORT = 80, 7000


class TellOwnAddress(http.server.BaseHTTPRequestHandler):
    """GET answers the address that was asked."""

    def do_GET(self):
        body = f"{servers.Peer.of(self.connection.getsockname()).address}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """The requests are the test's."""


class EchoFromOwnAddress(socketserver.BaseRequestHandler):
    """TCP: the address that was asked and a number, as clients.EchoedConnection reads them, then an echo."""

    def handle(self):
        own = servers.Peer.of(self.request.getsockname())
        self.request.sendall(f"{own}\n".encode())
        with contextlib.suppress(OSError):
            while data := self.request.recv(65536):
                self.request.sendall(data)


class GridSite:
    def __init__(self, lab):
        self.lab, self.gateway = lab, lab.gateway()
        self.outside, self.machines = lab.host("outside"), lab.host("machines")
        lab.wire((self.gateway, "wan"), (self.outside, "eth0"))
        lab.wire((self.gateway, "wg-grid"), (self.machines, "grid0"))
        lab.wire((self.gateway, "mycelium"), (self.machines, "mesh0"))
        self.outside.addresses("eth0", f"{OUTSIDE4}/24", f"{OUTSIDE6}/64")
        self._address_machines()
        servers.serve_tcp(self.machines, TellOwnAddress, HTTP_PORT)
        servers.serve_tcp(self.machines, EchoFromOwnAddress, ECHO_PORT)

    def _address_machines(self):
        machines = self.machines
        machines.addresses("grid0", *(f"{address}/24" for address in GRID.values()))
        machines.addresses("mesh0", *(f"{address}/24" for address in MESH4.values()), *(f"{address}/64" for address in MESH.values()))
        machines.routes(f"default via {GATEWAY_GRID4}", f"default via {GATEWAY_MESH6}",
                        f"default via {GATEWAY_MESH4} dev mesh0 table 7")
        machines.ip(f"rule add from {GATEWAY_MESH4}/24 table 7")

    def asked(self, address=WAN4, port=8081):
        """Which address of the machines answers a request from outside, in whole by curl."""
        shown = f"[{address}]" if ":" in address else address
        return self.outside.run("curl", "-sS", "--noproxy", "*", "--max-time", 8, f"http://{shown}:{port}/").stdout.strip()


class Requests:
    """Connections at a steady pace, each with a request; who answered, and what failed."""

    def __init__(self, site, each=0.02):
        self.site, self.each = site, each
        self.answers, self.failures = [], []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._ask_on, daemon=True)
        self.thread.start()
        site.lab.defer(self.stop)

    def _ask_on(self):
        due = time.monotonic()
        while not self.ending.is_set():
            self._ask()
            due = max(due + self.each, time.monotonic())
            self.ending.wait(max(0.0, due - time.monotonic()))

    def _ask(self):
        try:
            with contextlib.closing(clients.connect_tcp(self.site.outside, WAN4, 8081)) as asking:
                asking.sendall(b"GET / HTTP/1.0\r\n\r\n")
                answer = asking.makefile().read()
            assert answer.startswith("HTTP/1.0 200"), answer
            self.answers.append(answer.split()[-1])
        except (OSError, AssertionError) as failure:
            self.failures.append(failure)

    def stop(self):
        self.ending.set()
        self.thread.join(timeout=20)
