# SPDX-License-Identifier: GPL-2.0-or-later
"""A certificate authority (pebble) and a name server that takes updates (knot), on one host."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

from . import clients
from .wait import eventually

SECRET = "c2x1aWNlLXNsdWljZS1zbHVpY2Utc2x1aWNlLTEyMzQ="


class NameServer:
    """Serves zones in which every name leads to an address, and which a TSIG key may change."""

    def __init__(self, host, address, zones, leads_to):
        self.host, self.address = host, address
        self.folder = host.lab.directory / f"knot-{host.name}"
        self.folder.mkdir()
        self.key = self.folder / "tsig.key"
        self.key.write_text(f'key "update" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n', encoding="ascii")
        for zone in zones:
            (self.folder / f"{zone}.zone").write_text(
                f"$ORIGIN {zone}.\n$TTL 1\n@ SOA ns.{zone}. admin.{zone}. 1 60 60 60 1\n@ NS ns.{zone}.\n"
                f"ns A {address}\n@ A {leads_to}\n* A {leads_to}\n", encoding="ascii")
        config = self.folder / "knot.conf"
        config.write_text(
            f"server:\n  rundir: {self.folder}\n  listen: {address}@53\n"
            f"key:\n  - id: update\n    algorithm: hmac-sha256\n    secret: {SECRET}\n"
            "acl:\n  - id: update\n    key: update\n    action: update\n"
            f"database:\n  storage: {self.folder}\n"
            f"template:\n  - id: default\n    storage: {self.folder}\n    file: \"%s.zone\"\n    acl: update\n    zonefile-sync: -1\n"
            "    zonefile-load: difference-no-serial\n    journal-content: all\n"
            "zone:\n" + "".join(f"  - domain: {zone}\n" for zone in zones), encoding="ascii")
        self.process = host.start("/usr/sbin/knotd", "-c", config)
        eventually("the name server answers", lambda: all(self.address_of(zone) == leads_to for zone in zones))

    def ask(self, name, kind):
        return self.host.run("dig", "+short", "+time=1", "+tries=1", f"@{self.address}", name, kind, expect=None).stdout.strip()

    def address_of(self, name):
        return self.ask(name, "A")


class Authority:
    """Gives certificates that live for so many seconds. It asks for challenges at this port of HTTP, and refuses so many nonces of a hundred."""

    PORT = 14000

    def __init__(self, host, address, names, life, http=80, refused=0):
        self.host, self.address, self.names, self.refused = host, address, names, refused
        self.folder = Path(tempfile.mkdtemp(prefix="pebble-", dir=host.lab.directory))
        self.own, key = self.folder / "own.crt", self.folder / "own.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                        "-out", self.own, "-days", "30", "-subj", "/CN=pebble", "-addext", f"subjectAltName=IP:{address}"],
                       check=True, capture_output=True)
        self.config = self.folder / "config.json"
        self.config.write_text(json.dumps({"pebble": {
            "listenAddress": f"{address}:{self.PORT}", "managementListenAddress": f"{address}:{self.PORT + 1000}",
            "certificate": str(self.own), "privateKey": str(key), "httpPort": http, "tlsPort": 443,
            "certificateValidityPeriod": life}}), encoding="ascii")
        self.process = None
        self.start()

    @property
    def directory(self):
        return f"https://{self.address}:{self.PORT}/dir"

    def start(self):
        self.process = self.host.start("/usr/bin/pebble", "-config", self.config, "-dnsserver", f"{self.names.address}:53",
                                       env={**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": str(self.refused)})
        eventually("the authority listens", lambda: clients.tcp_outcome(self.host, self.address, self.PORT) == "answered")

    def stop(self):
        self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def said(self, text):
        return self.process.output().count(text)
