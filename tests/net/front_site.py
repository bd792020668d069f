# SPDX-License-Identifier: GPL-2.0-or-later
"""The home with a front on its outside address, and backends in its LAN."""

import documents
import pytest
from lab import HomeLab, Lab, clients, eventually
from lab.front import PROGRAM, FrontClient, Signer, certificate
from lab.helper_process import children_of
from lab.home import INSIDE4, SECOND4, WAN4, WAN6

PORT = 8090
SHOP, PRIVATE = "shop.example.org", "app1.pods.example.org"
QUICK = {"type": "tcp", "interval": "200ms", "timeout": "200ms", "rise": 1, "fall": 2}


class FrontSite:
    def __init__(self, lab, engine=None):
        self.home = HomeLab(lab)
        self.lab, self.gateway = lab, self.home.gateway
        self.files = lab.directory
        self.signer = Signer()
        self.key = self.signer.public(self.files / "jwt.pub")
        self.chain, self.chain_key = certificate(self.files, "site", SHOP, PRIVATE)
        self.engine = engine
        self.client = FrontClient(self.home.outside, WAN4)
        self.backends = {host.name: self.backend(host) for host in (self.home.inside, self.home.second)}
        self.gateway.start_daemon()
        self.apply(self.document())
        self.home.route_gateway()
        eventually("the front answers", lambda: self.client.ask(SHOP).status == 200)

    def backend(self, host, *words):
        started = host.start("/usr/bin/python3", "-B", PROGRAM, PORT, host.name, *words)
        eventually("it listens", lambda: clients.tcp_outcome(host, "127.0.0.1", PORT) == "answered")
        return started

    def document(self):
        made = documents.home("tc") if self.engine is None else documents.carried_by(self.engine)
        made["nat"]["forwards"] = []
        made["underlays"] = {"near": {"zone": "lan"}}
        made["services"] = {
            "web": {"listen": WAN4, "ports": 8081, "health": dict(QUICK),
                    "backends": [{"name": "one", "near": f"{INSIDE4}:{PORT}"}]},
            "api": {"listen": WAN4, "ports": 8082, "backends": [{"name": "two", "near": f"{SECOND4}:{PORT}"}]},
        }
        made["front"] = {
            "listen": [WAN4, WAN6], "domain": "pods.example.org",
            "certificates": [{"chain": str(self.chain), "key": str(self.chain_key)}],
            "tokens": {"algorithm": "ES256", "key_file": self.key, "issuer": "https://login.example.org", "cookie": "token"},
            "limits": {"public": "100000/1m", "user": "100000/1m"},
        }
        made["sites"] = {
            "shop": {"host": SHOP, "service": "web", "access": "public",
                     "paths": [{"prefix": "/api", "service": "api", "strip": True}, {"prefix": "/api/raw", "service": "api"}]},
            "app1": {"service": "web", "access": {"owner": "john", "team": ["ann"]}},
        }
        return made

    def apply(self, document):
        return self.gateway.apply(document)

    def token(self, user="john", **claims):
        return self.signer.token(user, **{"iss": "https://login.example.org", **claims})

    def master(self):
        """The process of HAProxy that outlives all reloads; None: it is about to begin."""
        folder = f"/run/{self.gateway.pins.name}/front/run/haproxy.pid"
        with open(folder, encoding="ascii") as file:
            return int(file.read() or 0) or None

    def worker(self):
        return children_of(self.master())[-1]


def front_fixtures(**options):
    """For a module: its site, and the same one whose document is in force again afterwards."""
    @pytest.fixture(scope="module", **options)
    def site(request):
        with Lab("tc") as lab:
            yield FrontSite(lab, engine=getattr(request, "param", None))

    @pytest.fixture
    def restored(site):
        yield site
        site.apply(site.document())
        eventually("it is as before", lambda: site.client.ask(SHOP).status == 200)

    return site, restored
