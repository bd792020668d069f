# SPDX-License-Identifier: GPL-2.0-or-later
"""Tunnels of a cluster: only its active node speaks in them, and clients find the next one by themselves. With WireGuard of the kernel:
in user space both nodes' tunnels would have one socket in this lab.
"""

import time

import pytest
from lab import Lab, clients, eventually
from pair_site import CLIENT4, PORT, PairSite, WAN4

pytestmark = pytest.mark.needs("wireguard")

LAPTOP4, LISTEN = "10.100.0.2", 51820


def keys(host):
    private = host.run("wg", "genkey").stdout.strip()
    return private, host.run("wg", "pubkey", stdin=private + "\n").stdout.strip()


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        made = PairSite(lab)
        private, public = keys(made.outside)
        laptop, laptop_public = keys(made.outside)
        for gateway in made.gateways.values():
            file = gateway.state / "home.key"
            file.write_text(private + "\n", encoding="ascii")
            file.chmod(0o600)
        made.start(networks={"home": {"type": "remote-resource", "subnet": "10.100.0.0/24", "port": LISTEN, "key_file": "home.key", "expected_users": 2,
                                      "resources": [f"{CLIENT4}/32"], "endpoints": {"laptop": {"type": "mobile", "address": LAPTOP4, "public_key": laptop_public}}}})
        connect(made.outside, laptop, public)
        yield made


def connect(host, private, server):
    file = host.lab.directory / "laptop.conf"
    file.write_text(f"[Interface]\nPrivateKey = {private}\n[Peer]\nPublicKey = {server}\nEndpoint = {WAN4}:{LISTEN}\nAllowedIPs = {CLIENT4}/32\n", encoding="ascii")
    file.chmod(0o600)
    host.ip("link add wg0 type wireguard")
    host.run("wg", "setconf", "wg0", file)
    host.ip(f"addr add {LAPTOP4}/24 dev wg0")
    host.ip("link set wg0 up")
    host.ip(f"route add {CLIENT4}/32 dev wg0")


def peers(site, name):
    return len(site.gateways[name].run("wg", "show", "all", "peers").stdout.split()) // 2


def test_only_the_active_node_has_peers(site):
    for _ in range(2):
        active, standby = site.active(), site.standby()
        eventually("the one speaks, and the other does not", lambda: (peers(site, active), peers(site, standby)) == (1, 0))
        assert all(gateway.json("status")["state"] == "running" for gateway in site.gateways.values())
        site.gateways[active].sluice("cluster", "yield")
        site.settle()


def test_clients_go_on_by_the_node_that_took_over(site):
    """Theirs is the next word: who took over does not know where they are. WireGuard waits for 15 s before it gives up a session."""
    reaches = lambda: clients.tcp_outcome(site.outside, CLIENT4, PORT, timeout=0.5) == "answered"   # noqa: E731
    eventually("the tunnel works", reaches)
    active = site.active()
    site.cut(active)
    begun = time.monotonic()
    eventually("it works again", reaches, within=40)
    print(f"after {time.monotonic() - begun:.1f} s")
    site.mend(active)
    site.settle()
