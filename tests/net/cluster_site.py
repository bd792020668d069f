# SPDX-License-Identifier: GPL-2.0-or-later
"""Gateways with one document, an etcd that they all reach, and a host behind each of them."""

from lab import Lab, clients, documents, eventually, servers
from lab.etcd import Etcd

WAN4, STORE4, PORT = "203.0.113.1", "10.9.0.254", 8000
DEVICES = {"gw1": "eth0", "gw2": "ens3"}   # of "wan"; at others it is called so


class ClusterSite:
    """A policy lets hosts outside reach a server that each gateway has, or does not."""

    def __init__(self, lab, names, members=1, launcher=(), first=None):
        """`launcher`: of each daemon. `first`: what the first document has besides."""
        self.lab, self.launcher, self.first = lab, launcher, first or {}
        self.store = lab.host("store")
        self.store.ip("link add sync type bridge")
        self.store.ip("link set sync up")
        self.store.ip(f"addr add {STORE4}/24 dev sync")
        self.gateways, self.outside = {}, {}
        for number, name in enumerate(names, 1):
            self._add(number, name)
        self.etcd = Etcd(self.store, STORE4, members)

    def _add(self, number, name):
        gateway, outside = self.lab.gateway(name), self.lab.host(f"out{number}")
        self.lab.wire((gateway, "sync0"), (self.store, f"s{number}"))
        self.store.ip(f"link set s{number} master sync")
        gateway.ip(f"addr add 10.9.0.{number}/24 dev sync0")
        self.lab.wire((gateway, DEVICES.get(name, "wan")), (outside, "eth0"))
        outside.ip("addr add 203.0.113.9/24 dev eth0")
        gateway.launcher = self.launcher
        gateway.start_daemon()
        servers.tcp_peer_server(gateway, PORT)
        self.gateways[name], self.outside[name] = gateway, outside

    def give_ways_out(self):
        """What pods publish is at the address that the default route leads from."""
        for name, gateway in self.gateways.items():
            gateway.ip("route add default via 203.0.113.9 onlink dev", DEVICES.get(name, "wan"))

    def document(self, name="gw1", opens=True, **more):
        rules = [documents.policy("open", "internet", "host", protocol="tcp", ports=[PORT])] if opens else []
        return {"version": 1, "engine": "nftables", "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}}, "policies": rules,
                "cluster": {"name": "edge", "node": name, "store": self.etcd.store(),
                            "nodes": {node: {"interfaces": {"wan": device}} for node, device in DEVICES.items()}}, **more}

    def join(self, name, *words, expect=0, at=None):
        """`at`: the gateway that becomes this node, where that is another one."""
        store = self.etcd.store()
        return self.gateways[at or name].sluice("cluster", "join", "edge", name, "--etcd", ",".join(store["etcd"]), "--ca-file", store["ca_file"],
                                          "--cert-file", store["cert_file"], "--key-file", store["key_file"], *words, expect=expect)

    def start(self):
        """The first has a document, and the others come to it, whatever they had."""
        first, *others = self.gateways
        self.gateways[first].apply(self.document(first, **self.first))
        self.await_step(first)
        for name in others:
            self.join(name, "--replace")
        self.await_step(*self.gateways)

    def status(self, name):
        return self.gateways[name].json("cluster", "status")

    def await_step(self, *names):
        """They have the cluster's document, and see all nodes that do."""
        for name in names:
            eventually(f"{name} is in step", lambda at=name: self.in_step(at), within=20)

    def in_step(self, name):
        told = self.status(name)
        return told["in_step"] and not told["proposal"] and all(row["in_step"] for row in told["nodes"])

    def reached(self):
        """What becomes of a connection to the server of each."""
        return {name: clients.tcp_outcome(host, WAN4, PORT, timeout=0.3) for name, host in self.outside.items()}

    def all(self, outcome):
        return dict.fromkeys(self.outside, outcome)


def started():
    """For a fixture: three of them, in step."""
    with Lab("tc") as lab:
        made = ClusterSite(lab, ["gw1", "gw2", "gw3"])
        made.start()
        yield made
