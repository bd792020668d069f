# SPDX-License-Identifier: GPL-2.0-or-later
"""Two sites over VXLAN: sluice on one side, Open vSwitch on the other."""

import pytest
from documents import policy, two_sites
from lab import Lab, clients, eventually, servers
from lab.download import Download
from lab.openvswitch import OpenVSwitch
from lab.sites import (INSIDE4, PORT, REMOTE4, REMOTE6, ROOM, ROOM6, SITE4, STRANGER4, TUNNEL4, VNI, WAN4, WAN6,
                       Sites, by)
from scapy.layers.inet import ICMP, UDP
from scapy.layers.vxlan import VXLAN

BULK = 9000
UNWANTED = 22


@pytest.fixture(scope="module")
def lab(way):
    with Lab(way[1]) as made:
        yield made


class SwitchSites(Sites):
    """The other end is Open vSwitch. Its bridge `underlay` has the wire, its bridge `vx` the site and the tunnel."""

    def __init__(self, lab, way):
        super().__init__(lab, way)
        # As a NIC hands them over: checksums are whole, and no frame is longer than the MTU.
        self.switch.run("ethtool", "-K", "re", "tx", "off", quiet=True)
        self.ovs = OpenVSwitch(self.remote)
        self.ovs.bridge("underlay", "eth0")
        self.remote.addresses("underlay", f"{REMOTE4}/24", f"{REMOTE6}/64")
        self.ovs.bridge("vx")
        self.live_in(self.remote, SITE4)
        servers.endless_server(self.inside, BULK)
        servers.tcp_peer_server(self.inside, UNWANTED)

    def document(self, *ends, **vxlan):
        return by(self.way, two_sites(*ends, **vxlan))

    def tunnel(self, checksum, vni=VNI, gateway=WAN4):
        self.ovs.vxlan("vx", "tunnel", key=vni, remote_ip=gateway, dst_port=PORT, csum=checksum)

    def join(self, checksum, gateway=WAN4, remote=REMOTE4, room=ROOM):
        """The tunnel is between these addresses, and both sites have found each other."""
        document = self.document(gateway, remote)
        document["policies"].append(policy("bulk", "site", "lan", destination=INSIDE4, protocol="tcp", ports=BULK))
        self.gateway.apply(document)
        self.tunnel(checksum, gateway=gateway)
        self.ovs.resize("vx", room)
        self.remote.ip("neigh flush dev vx")   # the gateway's device has another MAC when it was made anew
        eventually("the gateway answers", self.reaches_gateway)

    def reaches_gateway(self, wait=0.3):
        return clients.ping(self.remote, TUNNEL4, expect=None, wait=wait).returncode == 0


@pytest.fixture(scope="module")
def shared(lab, way):
    with lab.part():
        made = SwitchSites(lab, way)
        made.gateway.start_daemon()
        yield made


@pytest.fixture(params=["true", "false"], ids=["checksum", "no-checksum"])
def checksum(request):
    """Of the outer UDP header, which Open vSwitch may leave out over IPv4."""
    return request.param


@pytest.fixture
def sites(shared, checksum):
    shared.join(checksum)
    return shared


def outer(sniffer, vni=VNI):
    """VXLAN packets of that network that were seen."""
    return sniffer.matching(lambda packet: VXLAN in packet and packet[VXLAN].vni == vni)


def transfers(sites, mtu):
    """Both ways in full-sized packets, and none larger."""
    assert sites.link("vx7")["mtu"] == mtu
    for host, address in ((sites.inside, SITE4), (sites.remote, INSIDE4)):
        download = Download(host, address, BULK)
        assert download.goes_on(10_000_000)
        download.stop()

    def ping_of(size):
        return sites.inside.run("ping", "-c1", "-W1", "-Mdo", "-s", size, SITE4, expect=None).returncode == 0

    # What is left of the downloads fills the switch's queues for a while.
    eventually("a ping of the full size passes", lambda: ping_of(mtu - 28))
    assert not ping_of(mtu - 27)
    return True


def test_both_sites_reach_each_other_by_policy_and_the_internet_masqueraded(sites, checksum):
    arrived = sites.gateway.sniff("wan")
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4
    assert clients.tcp_peer(sites.remote, INSIDE4, 8080).address == SITE4
    assert clients.tcp_peer(sites.remote, STRANGER4, 7000).address == WAN4
    assert clients.tcp_peer(sites.stranger, WAN4, 80).address == STRANGER4, "a forward to the other site"
    clients.ping(sites.remote, TUNNEL4)
    assert {packet[UDP].chksum != 0 for packet in outer(arrived)} == {checksum == "true"}


def test_what_has_no_policy_is_silence(sites):
    assert clients.tcp_peer(sites.gateway, INSIDE4, UNWANTED), "there is a server"
    before = sites.gateway.drops().get("policy", 0)
    assert clients.tcp_outcome(sites.remote, INSIDE4, UNWANTED, timeout=0.3) == "silence"
    eventually("it is counted", lambda: sites.gateway.drops().get("policy", 0) > before)


def test_full_sized_transfers_pass_both_ways(sites):
    assert transfers(sites, ROOM)


def test_another_network_is_not_this_one(sites, checksum):
    sites.tunnel(checksum, vni=VNI + 1)
    arrived = sites.gateway.sniff("wan")

    def pings_arrive():
        sites.reaches_gateway(wait=0.1)
        return [packet for packet in outer(arrived, VNI + 1) if ICMP in packet]

    eventually("the gateway gets pings of the other network", pings_arrive)
    inner = sites.gateway.sniff("vx7")
    assert not sites.reaches_gateway(wait=1)
    assert not inner.matching(lambda packet: ICMP in packet)
    sites.tunnel(checksum)
    eventually("those of this one are answered", sites.reaches_gateway)


def test_six_below_four(shared):
    shared.join("true", WAN6, REMOTE6, ROOM6)
    assert clients.tcp_peer(shared.inside, SITE4, 8080).address == INSIDE4
    assert clients.tcp_peer(shared.remote, INSIDE4, 8080).address == SITE4
    assert transfers(shared, ROOM6)
