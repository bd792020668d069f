# SPDX-License-Identifier: GPL-2.0-or-later
"""A next hop that was known and is gone without a word is asked for again: packets go to who has its address now, and
where nobody has it the sender is told so."""

from harness import clients, eventually, forward
from harness.datagrams import Sink, sender
from lab.home import FAR4, LAN4, LAN6, WAN4, WAN6

PORT = 8090
MOVED = {"ipv4": (WAN4, "192.168.10.66", 24, LAN4), "ipv6": (WAN6, "2001:db8:10::66", 64, LAN6)}
ROUTER4 = "203.0.113.66"
WITHIN = 40   # the daemon's look, and what the kernel takes to ask


def document(home):
    for family, (listen, target, _, _) in MOVED.items():
        to = f"[{target}]:{PORT}" if ":" in target else f"{target}:{PORT}"
        home["nat"]["forwards"].append(forward(f"moved-{family}", listen, PORT, to, protocol="udp"))


def forget_soon(house, device):
    """Who was heard is believed for some seconds, instead of half a minute; and asked a second after he is used."""
    for family in ("ipv4", "ipv6"):
        for name, value in (("base_reachable_time_ms", "4000"), ("delay_first_probe_time", "1")):
            path = f"net/{family}/neigh/{device}/{name}"
            house.lab.defer(house.gateway.sysctl, path, house.gateway.sysctl(path))
            house.gateway.sysctl(path, value)


def nobody_confirms(house, address):
    eventually("it was not heard for a while", lambda: "STALE" in house.gateway.ip("neigh show to", address).stdout, within=20)


class Moved:
    """An address behind a forward, which goes from one host to another."""

    def __init__(self, house, listen, address, length, gateway):
        self.house, self.address, self.length, self.gateway = house, address, length, gateway
        self.sender, self.sink = sender(house.far, listen, PORT), None
        self.give(house.inside)

    def give(self, host):
        """To a host that says nothing of it: it knows the gateway."""
        host.ip("neigh replace", self.gateway, "lladdr", self.house.gateway.mac("lan"), "dev eth0 nud permanent")
        self.house.lab.defer(host.ip, "neigh del", self.gateway, "dev eth0")
        host.addresses("eth0", f"{self.address}/{self.length}")
        self.sink = Sink(host, self.address, PORT)

    def take(self, host):
        host.ip("addr del", f"{self.address}/{self.length}", "dev eth0")

    def arrives(self):
        self.sender.send(b"who is there")
        return self.sink.count() > 0


def all_arrive(moved):
    return all([one.arrives() for one in moved])   # each is sent to


def scenario(house):
    forget_soon(house, "lan")
    forget_soon(house, "wan")
    moved = [Moved(house, *one) for one in MOVED.values()]
    eventually("the first have them", lambda: all_arrive(moved))
    house.outside.addresses("eth0", f"{ROUTER4}/24")
    house.gateway.ip("route replace default via", ROUTER4, "dev wan onlink")
    house.lab.defer(house.home.route_gateway)
    clients.ping(house.inside, FAR4)
    for address in (ROUTER4, *(one.address for one in moved)):
        nobody_confirms(house, address)

    house.outside.ip("addr del", f"{ROUTER4}/24", "dev eth0")
    for one in moved:
        one.take(house.inside)
        one.give(house.second)
        house.lab.defer(one.take, house.second)
    eventually("the second have them", lambda: all_arrive(moved), within=WITHIN)
    eventually("the sender is told", lambda: clients.tcp_outcome(house.inside, FAR4, 9, timeout=8) == "unreachable", within=WITHIN)
