# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway whose record is lost, damaged, or of another release: with it running, and at a boot."""

import contextlib
import json
import shutil
import sqlite3

from documents import forward, policy
from lab import clients, servers

WAN4, OUTSIDE4, LAN4, INSIDE4, BRIDGE4 = "203.0.113.1", "203.0.113.9", "192.168.10.1", "192.168.10.2", "172.20.1.1"
CONFLICT = ("ip", "address", "add", "2001:db8:77::1/64", "dev", "lan")


class Site:
    """inside -- lan [gateway] wan -- outside, and a bridge that the gateway makes."""

    def __init__(self, lab, engine):
        self.engine = engine
        self.gateway, self.inside, self.outside = lab.gateway(), lab.host("inside"), lab.host("outside")
        lab.wire((self.gateway, "lan"), (self.inside, "eth0"))
        lab.wire((self.gateway, "wan"), (self.outside, "eth0"))
        self.inside.addresses("eth0", f"{INSIDE4}/24").routes(f"default via {LAN4}")
        self.outside.addresses("eth0", f"{OUTSIDE4}/24")
        servers.tcp_peer_server(self.outside, 7000)
        servers.tcp_peer_server(self.inside, 8080)
        self.gateway.start_daemon()
        self.gateway.apply(self.document())

    def document(self, ports=80, **interfaces):
        return {
            "version": 1,
            "engine": self.engine,
            "interfaces": {
                "wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
                "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]},
                "br7": {"bridge": {"members": []}, "zone": "dmz", "addresses": [f"{BRIDGE4}/24"]},
                **interfaces,
            },
            "policies": [policy("lan-out", "lan", "internet"), policy("names", "lan", "host", protocol=["tcp", "udp"], ports=53)],
            "nat": {
                "masquerade": [{"name": "out", "from": "lan", "to": "internet"}],
                "forwards": [forward("web", WAN4, ports, f"{INSIDE4}:8080")],
            },
        }

    @property
    def copy(self):
        return self.gateway.state.with_name(self.gateway.state.name + "-copy")

    def session(self):
        return clients.EchoedConnection(self.inside, OUTSIDE4, 7000, source=("", 48000))

    def restart(self, *lost, damage=None):
        """kill -9, what is lost or damaged meanwhile, and a new daemon."""
        self.gateway.daemon.kill()
        for folder in lost:
            shutil.rmtree(folder)
        if damage:
            damage()
        return self.gateway.start_daemon()

    def state(self):
        return self.gateway.json("status")["state"]

    def check(self, name):
        answer = self.gateway.sluice("doctor", "-o", "json", expect={0, 1})
        return next(row for row in json.loads(answer.stdout)["checks"] if row["name"] == name)

    def forward_works(self, port=80):
        return clients.tcp_peer(self.outside, WAN4, port).address == OUTSIDE4

    def devices(self):
        return json.loads(self.gateway.run("ip", "-j", "-d", "address", "show").stdout)


def ruin(file):
    """As a disk does that answers with something else."""
    for name in ("-wal", "-shm"):
        file.with_name(file.name + name).unlink(missing_ok=True)
    file.write_bytes(b"no database at all, and longer than its header would be" * 900)


def ruin_both(site):
    for folder in (site.gateway.state, site.copy):
        ruin(folder / "sluice.db")


def spoil(revision):
    """Beneath a database: what another release wrote, and this one does not know."""
    def change(file):
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            text, = database.execute("SELECT text FROM revisions WHERE number = ?", (revision,)).fetchone()
            text = json.dumps(json.loads(text) | {"of_another_release": True})
            database.execute("UPDATE revisions SET text = ? WHERE number = ?", (text, revision))
    return change


def spoil_both(site):
    for folder in (site.gateway.state, site.copy):
        spoil(1)(folder / "sluice.db")


def of_a_newer_release(file):
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA user_version = 99")


def boot(site, *before, spoilt=None, ready=True):
    """What a machine has after it started again: nothing of sluice but its state."""
    site.gateway.daemon.kill()
    site.gateway.run("cp", "-a", site.gateway.state, site.copy, site.gateway.lab.directory / "kept")
    site.gateway.cleanup()
    for folder in (site.gateway.state, site.copy):
        shutil.copytree(site.gateway.lab.directory / "kept" / folder.name, folder)
        if spoilt:
            spoilt(folder / "sluice.db")
    for words in before:
        site.gateway.run(*words)
    return site.gateway.start_daemon(ready=ready)
