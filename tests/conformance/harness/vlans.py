# SPDX-License-Identifier: GPL-2.0-or-later
"""A trunk of the gateway with a host in each of its VLANs, and the pieces of a document for them."""

import sys

from lab import clients, eventually, kernel, tagged
from lab.documents import masquerade, policy

# host: the tags of its VLAN, the outermost first.
STATIONS = {"office": ("802.1Q:20",), "guests": ("802.1Q:30",), "customer": ("802.1ad:100", "802.1Q:5")}
OFFICE4, OFFICE_GATEWAY4, OFFICE6, OFFICE_GATEWAY6 = "10.20.0.5", "10.20.0.1", "fd00:20::5", "fd00:20::1"
GUESTS4, GUESTS_GATEWAY4, GUESTS6, GUESTS_GATEWAY6 = "10.30.0.5", "10.30.0.1", "fd00:30::5", "fd00:30::1"
CUSTOMER4, CUSTOMER_GATEWAY4, CUSTOMER6, CUSTOMER_GATEWAY6 = "10.5.0.5", "10.5.0.1", "fd00:5::5", "fd00:5::1"
ADDRESSES = {"office": (OFFICE4, OFFICE6), "guests": (GUESTS4, GUESTS6), "customer": (CUSTOMER4, CUSTOMER6)}
GATEWAYS = {"office": (OFFICE_GATEWAY4, OFFICE_GATEWAY6), "guests": (GUESTS_GATEWAY4, GUESTS_GATEWAY6),
            "customer": (CUSTOMER_GATEWAY4, CUSTOMER_GATEWAY6)}
DEVICES = {"office": "trunk.20", "guests": "trunk.30", "customer": "customer"}   # of the gateway
LINKS = {"office": {"parent": "trunk", "id": 20}, "guests": {"parent": "trunk", "id": 30},
         "customer": {"parent": "carrier", "id": 5}}


def vlans(home, *names):
    """These VLANs (office and guests unless told) are zones that may ping the gateway; the trunk's own may nothing."""
    names = names or ("office", "guests")
    home["interfaces"]["trunk"] = {"zone": "floor", "addresses": ["10.99.0.1/24"]}
    if "customer" in names:
        home["interfaces"]["carrier"] = {"vlan": {"parent": "trunk", "id": 100, "protocol": "802.1ad"}, "zone": "floor"}
    for name in names:
        ipv4, ipv6 = GATEWAYS[name]
        home["interfaces"][DEVICES[name]] = {"vlan": LINKS[name], "zone": name, "addresses": [f"{ipv4}/24", f"{ipv6}/64"]}
    home["policies"].append(policy("vlan-ping", list(names), "host", protocol=["icmp", "icmpv6"]))


def office_goes_out(home):
    """To the internet, masqueraded."""
    home["policies"].append(policy("office-out", "office", "internet"))
    home["nat"]["masquerade"].append(masquerade("office-as", "office", "internet"))


class Trunk:
    """stations -- floor -- trunk [gateway]: `floor` has the trunk's other end, and sees every frame on it."""

    def __init__(self, lab, gateway, hook):
        self.lab, self.gateway = lab, gateway
        self.floor = lab.host("floor")
        lab.wire((gateway, "trunk"), (self.floor, "eth0"), hook=hook)
        self.stations = {name: self._plug_in(name, tags) for name, tags in STATIONS.items()}

    def _plug_in(self, name, tags):
        made = self.lab.host(name)
        (self._by_kernel if kernel.has("8021q") else self._by_relay)(name, tags)
        self.floor.ip(f"link set {name} netns {made.namespace} name eth0")
        # Beyond its MTU a wire has room for one tag, and sends none of 802.1ad that comes by hand.
        made.ip("link set eth0 up mtu", 1500 if len(tags) == 1 else 1492)
        ipv4, ipv6 = ADDRESSES[name]
        return made.addresses("eth0", f"{ipv4}/24", f"{ipv6}/64").routes(*(f"default via {at}" for at in GATEWAYS[name]))

    def _by_kernel(self, device, tags):
        below = "eth0"
        for left, tag in enumerate(tags, 1 - len(tags)):
            protocol, number = tag.split(":")
            above = f"{device}{left}" if left else device
            self.floor.ip(f"link add link {below} name {above} up type vlan protocol {protocol} id {number}")
            below = above

    def _by_relay(self, device, tags):
        self.gateway.run("ethtool", "-K", "trunk", "tx", "off", quiet=True)   # nobody finishes checksums for a tap
        self.floor.start(sys.executable, tagged.__file__, "eth0", device, *tags)
        eventually("the tap is there", lambda: device in self.floor.ip("-br link show").stdout)
        self.floor.run("ethtool", "-K", device, "tx", "off", quiet=True)


class Overheard:
    """What the gateway sends out of its trunk, and to which VLAN it belongs."""

    def __init__(self, house):
        self.house, self.floor = house, house.sniff("trunk")
        self.stations = {name: house.hosts[name].sniff("eth0") for name in STATIONS}

    def catch_up(self, *pinging):
        """These have an answer of the gateway behind everything that it sent before."""
        for name in pinging:
            clients.ping(self.house.hosts[name], GATEWAYS[name][0])
        for sniffer in (self.floor, *self.stations.values()):
            sniffer.catch_up()

    def who_saw(self, text):
        """Of the stations those that got a frame with it; one that got none of its own has another tag, or none."""
        seen = {name for name, sniffer in self.stations.items() if any(text in frame for frame in list(sniffer.frames))}
        if not seen and any(text in frame for frame in list(self.floor.frames)):
            return {"floor"}
        return seen
