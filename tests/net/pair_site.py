# SPDX-License-Identifier: GPL-2.0-or-later
"""Gateways that are one to everybody else: they stand between the same two wires, and one of them has the addresses."""

import base64
import time
from pathlib import Path

from lab import Lab, clients, documents, eventually, servers
from lab.etcd import Etcd

WAN4, LAN4, LAN6, WAN6 = "203.0.113.1", "192.168.10.1", "2001:db8:10::1", "2001:db8:f::1"
OUTSIDE4, OUTSIDE6, CLIENT4, CLIENT6 = "203.0.113.9", "2001:db8:f::9", "192.168.10.9", "2001:db8:10::9"
STORE4, PORT, PUBLISHED = "10.9.0.100", 8000, 8080
ALL = ("answered", "answered", "answered")   # of works()
DEVICES = {"gw2": {"wan": "ens3", "lan": "ens4"}}   # at others they are called as in the document


def put_key(gateway, key=b"k" * 32):
    """Of the flows that nodes tell each other of."""
    file = gateway.state / "sync.key"
    file.write_text(base64.b64encode(key).decode() + "\n", encoding="ascii")
    file.chmod(0o600)


def started(hook="tc", engine="nftables", kind=None, **more):
    """For a fixture: one whose nodes are in step."""
    with Lab(hook) as lab:
        made = (kind or PairSite)(lab, engine=engine, hook=hook)
        made.start(**more)
        yield made


class PairSite:
    def __init__(self, lab, names=("gw1", "gw2"), engine="nftables", hook="tc"):
        self.lab, self.engine, self.gateways = lab, engine, {}
        self.hook = {"hook": hook} if engine == "ebpf" else {}
        self.store, self.outside, self.client = lab.host("store"), lab.host("outside"), lab.host("client")
        for host in (self.store, self.outside, self.client):
            host.ip("link add wire type bridge")
            host.ip("link set wire up")
        self.store.ip(f"addr add {STORE4}/24 dev wire")
        self.be_hosts()
        for number, name in enumerate(names, 1):
            self._add(number, name)
        self.etcd = Etcd(self.store, STORE4)
        servers.tcp_peer_server(self.outside, PORT)
        servers.tcp_peer_server(self.client, PORT)

    def be_hosts(self):
        """Those around know the gateway by its addresses."""
        self.outside.addresses("wire", f"{OUTSIDE4}/24", f"{OUTSIDE6}/64")
        self.outside.routes(f"2001:db8:10::/64 via {WAN6}")
        self.client.addresses("wire", f"{CLIENT4}/24", f"{CLIENT6}/64")
        self.client.routes(f"default via {LAN4}", f"default via {LAN6}")

    def _add(self, number, name):
        gateway = self.lab.gateway(name)
        for device, host in (("sync0", self.store), (self.device(name, "wan"), self.outside), (self.device(name, "lan"), self.client)):
            self.lab.wire((gateway, device), (host, f"to{number}"))
            host.ip(f"link set to{number} master wire")
        gateway.ip(f"addr add 10.9.0.{number}/24 dev sync0")
        gateway.start_daemon()
        self.gateways[name] = gateway

    def device(self, name, shared):
        return DEVICES.get(name, {}).get(shared, shared)

    def document(self, name="gw1", moves=True, own=True, unicast=False, sync=False, **more):
        nodes = {node: {"interfaces": {shared: {"device": self.device(node, shared)} for shared in ("wan", "lan")}} for node in self.gateways}
        if own:
            for number, node in enumerate(self.gateways, 11):
                nodes[node]["interfaces"]["wan"]["addresses"] = [f"203.0.113.{number}/24"]
        cluster = {"name": "edge", "node": name, "store": self.etcd.store(), "nodes": nodes}
        if moves:
            cluster["addresses"] = {"by": "vrrp", "interface": self.device(name, "wan"), "id": 51, **({"unicast": True} if unicast else {})}
        made = self._document(name, cluster) | more
        if sync:
            made["interfaces"]["sync0"] = {**self.hook, "zone": "sync"}
            for number, node in enumerate(self.gateways, 1):
                nodes[node]["interfaces"]["sync0"] = {"device": "sync0", "addresses": [f"10.9.0.{number}/24"]}
            cluster["sync"] = {"interface": "sync0", "key_file": "sync.key"}
        return made

    def _document(self, name, cluster):
        return {"version": 1, "engine": self.engine,
                "interfaces": {self.device(name, "wan"): {**self.hook, "zone": "internet", "addresses": [f"{WAN4}/24", f"{WAN6}/64"]},
                               self.device(name, "lan"): {**self.hook, "zone": "lan", "addresses": [f"{LAN4}/24", f"{LAN6}/64"]}},
                "policies": [documents.policy("out", "lan", "internet"), documents.policy("web", "internet", "lan", protocol="tcp", ports=[PORT])],
                "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}],
                        "forwards": [{"name": "web", "listen": WAN4, "protocol": "tcp", "ports": [PUBLISHED], "to": f"{CLIENT4}:{PORT}"}]},
                "cluster": cluster}

    def start(self, **more):
        """The first has a document, and the others come to it."""
        for gateway in self.gateways.values():
            put_key(gateway)
        first, *others = self.gateways
        self.gateways[first].apply(self.document(first, **more))
        for name in others:
            self.join(name)
        self.settle()

    def join(self, name):
        """Also where it has a document of its own, as who was a node before has."""
        store = self.etcd.store()
        self.gateways[name].sluice("cluster", "join", "edge", name, "--etcd", ",".join(store["etcd"]), "--ca-file", store["ca_file"],
                                   "--cert-file", store["cert_file"], "--key-file", store["key_file"], "--replace")

    def sync(self, name):
        """What it says of the flows that are told."""
        return self.status(name)["sync"]

    def is_told(self):
        """The other nodes have what the active one carries."""
        return [peer["state"] for peer in self.sync(self.active())["peers"]] == ["in-step"] * (len(self.gateways) - 1)

    def status(self, name):
        return self.gateways[name].json("cluster", "status")

    def settle(self):
        """All are in step, and one is active."""
        eventually("one node has the addresses, and all know it", self.is_settled, within=30)

    def is_settled(self):
        """etcd says of each what it is: a node that was killed is off the list before it is on it again."""
        rows = [self.status(name)["nodes"] for name in self.gateways]
        told = [{row["node"]: row["role"] for row in nodes} for nodes in rows]
        true = {name: "active" if self.holds(name) else "standby" for name in self.gateways}
        return all(row["in_step"] for nodes in rows for row in nodes) and all(one == true for one in told) and list(true.values()).count("active") == 1

    def holds(self, name, address=f"{LAN4}/24"):
        return self.gateways[name].has_address(self.device(name, "lan"), address)

    def active(self):
        holders = [name for name in self.gateways if self.holds(name)]
        assert len(holders) == 1, holders
        return holders[0]

    def standby(self):
        active = self.active()
        return next(name for name in self.gateways if name != active)

    def keepalived(self, name):
        """Its processes, the first one first."""
        folder = self.folder(self.gateways[name])
        return [int((folder / file).read_text(encoding="ascii")) for file in ("keepalived.pid", "vrrp.pid")]

    @staticmethod
    def folder(gateway):
        return Path("/run") / gateway.pins.name / "vrrp"

    def works(self):
        """From inside by NAT, from outside by a forward, and by IPv6."""
        return (clients.tcp_outcome(self.client, OUTSIDE4, PORT, timeout=0.3), clients.tcp_outcome(self.outside, WAN4, PUBLISHED, timeout=0.3),
                clients.tcp_outcome(self.client, OUTSIDE6, PORT, timeout=0.3))

    @staticmethod
    def grow_old():
        """Of two active nodes the one goes on that became it later, where the other one has been it for twice as long (docs/cluster.md)."""
        time.sleep(4)   # the time that is compared

    def knows(self, name):
        """What it tells etcd it is."""
        return next(row["role"] for row in self.status(name)["nodes"] if row["own"])

    def cut(self, name):
        """Power off, as everybody else sees it: the ends of all its wires go down at the others' side."""
        self._wires(name, "down")

    def mend(self, name):
        self._wires(name, "up")

    def _wires(self, name, state):
        for host in (self.store, self.outside, self.client):
            self.link(host, name, state)

    def link(self, host, name, state):
        """The other end of this node's wire to the host."""
        host.ip(f"link set to{list(self.gateways).index(name) + 1} {state}")
