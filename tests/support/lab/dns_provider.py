# SPDX-License-Identifier: GPL-2.0-or-later
"""A provider of DNS that is told by HTTPS: it changes the zone that a server beside it has.

dns_provider.py ADDRESS PORT CERTIFICATE TOKEN SERVER SECRET ZONE     run by a host of the lab
A line of JSON for each request is written to the standard output. Token "silent": it answers nothing.
"""
import json
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import dns.query
import dns.tsigkeyring
import dns.update

ADDRESS, PORT, CERTIFICATE, TOKEN, SERVER, SECRET, ZONE = sys.argv[1:8]


def change(said):
    update = dns.update.Update(ZONE, keyring=dns.tsigkeyring.from_text({"update": SECRET}), keyalgorithm="hmac-sha256")
    owner = said["name"][: -len(ZONE) - 1]
    for kind, key in (("A", "ipv4"), ("AAAA", "ipv6")):
        update.delete(owner, kind)
        if said[key]:
            update.add(owner, 60, kind, said[key])
    dns.query.tcp(update, SERVER, timeout=5)


class Provider(BaseHTTPRequestHandler):
    def do_POST(self):   # pylint: disable=invalid-name
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        right = self.headers["Authorization"] == f"Bearer {TOKEN}"
        print(json.dumps({"path": self.path, "said": said, "right": right}), flush=True)
        if TOKEN == "silent":
            time.sleep(60)   # longer than anybody waits for it
        if right:
            change(said)
        self.send_response(204 if right else 401)
        self.end_headers()

    def log_message(self, *_):   # pylint: disable=arguments-differ
        pass


server = HTTPServer((ADDRESS, int(PORT)), Provider)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
