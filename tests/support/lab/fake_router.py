# SPDX-License-Identifier: GPL-2.0-or-later
"""A router that answers whatever a test makes up: PCP and NAT-PMP by both families, SSDP, and HTTP for UPnP."""

import contextlib
import http.server
import selectors
import socket
import struct
import threading
import time

from .mapping_client import NEWS_PORT, PORT, packed

SSDP_GROUP, SSDP_PORT = "239.255.255.250", 1900


def pcp_answer(request, code=0, life=3600, epoch=None, port=None, address="203.0.113.1", nonce=None):
    """As a good router would answer a MAP, but for what is said here."""
    wanted = struct.unpack("!H", request[42:44])[0]
    passed = int(time.monotonic()) + 10_000 if epoch is None else epoch
    header = struct.pack("!BBBBII", 2, request[1] | 0x80, 0, code, life, passed) + b"\0" * 12
    return (header + (nonce or request[24:36]) + request[36:42] + struct.pack("!H", wanted if port is None else port)
            + packed(address))


class FakeRouter:
    """`answers(request)`: the messages that go back, for each that came."""

    def __init__(self, host, address, device):
        self.host, self.address, self.device = host, address, device
        self.heard, self.answers = [], lambda request: []
        self.location = None   # that SSDP tells; None: nothing is told
        self.ending = threading.Event()
        self.ready = selectors.DefaultSelector()
        self._listen(self._answer, address, PORT)
        with host.entered():
            index = socket.if_nametoindex(device)
        ssdp = self._listen(self._tell_location, "", SSDP_PORT)
        ssdp.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        socket.inet_aton(SSDP_GROUP) + socket.inet_aton(address) + struct.pack("@I", index))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        host.lab.defer(self.stop)

    def also_by(self, address):
        """An address of IPv6, of the link."""
        with self.host.entered():
            index = socket.if_nametoindex(self.device)
        made = self.host.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        made.bind((address, PORT, 0, index))
        made.setblocking(False)
        self.ready.register(made, selectors.EVENT_READ, self._answer)

    def _listen(self, heard, address, port):
        made = self.host.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.setblocking(False)
        self.ready.register(made, selectors.EVENT_READ, heard)
        return made

    def stop(self):
        self.ending.set()
        self.thread.join()

    def _serve(self):
        while not self.ending.is_set():
            for key, _ in self.ready.select(0.1):
                with contextlib.suppress(OSError):
                    key.data(key.fileobj, *key.fileobj.recvfrom(2048))

    def _answer(self, own, request, source):
        self.heard.append((request, source))
        for answer in self.answers(request):
            own.sendto(answer, source)

    def _tell_location(self, own, request, source):
        if not request.startswith(b"M-SEARCH") or self.location is None:
            return
        kind = next((line[3:].strip() for line in request.split(b"\r\n") if line.upper().startswith(b"ST:")), b"upnp:rootdevice")
        own.sendto(b"HTTP/1.1 200 OK\r\nST: %s\r\nUSN: uuid:1\r\nLOCATION: %s\r\n\r\n" % (kind, self.location.encode()), source)

    def announces(self, epoch, source=None):
        """To all hosts of the link, as a router that lost everything does."""
        with self.host.socket(socket.AF_INET, socket.SOCK_DGRAM) as news:
            news.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            news.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self.address))
            news.bind((self.address, PORT))
            news.sendto(struct.pack("!BBBBII", 2, 0x80, 0, 0, 0, epoch) + b"\0" * 12, ("224.0.0.1", NEWS_PORT))


class HttpServer:
    """Whatever is asked, `body()` is the answer, piece by piece."""

    def __init__(self, host, address, port):
        self.asked, self.body = [], lambda: []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.command, self.path))
                with contextlib.suppress(OSError):
                    self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n")
                    for piece in outer.body():
                        self.wfile.write(piece)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        with host.entered():
            self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()
        host.lab.defer(self.server.server_close)
        host.lab.defer(self.server.shutdown)


def description(control, kind="WANIPConnection:1"):
    """Of a router with one service that makes mappings."""
    return (f"<?xml version='1.0'?><root xmlns='urn:schemas-upnp-org:device-1-0'><device>"
            f"<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device>"
            f"<deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType><serviceList><service>"
            f"<serviceType>urn:schemas-upnp-org:service:{kind}</serviceType><serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId>"
            f"<controlURL>{control}</controlURL><eventSubURL>/e</eventSubURL><SCPDURL>/s</SCPDURL>"
            f"</service></serviceList></device></deviceList></device></root>").encode()
