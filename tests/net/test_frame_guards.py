# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks of frames where the gateway lets the inside speak to it: only an endpoint speaks as its tunnel all the same. As how many
machines it may speak, and that this is counted; and what becomes of packets that must not be fragments.
"""

import socket

import documents
import pytest
import ways
from lab import clients
from lab.documents import policy
from lab.home import INSIDE4, LAN4
from lab.kernel import why_not
from lab.phones import home_with_servers
from lab.places import Place, Plug, marked, send, times_seen, wait_for
from lab.wait import eventually
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import GRE, Ether
from scapy.layers.vxlan import VXLAN

hook, engine = ways.hook, ways.engine   # of each way

GATEWAY4, BERLIN4, PARIS4 = "10.100.0.1", "10.100.0.2", "10.100.0.3"   # of the tunnel
PLUG, BERLIN, PARIS = "10.9.0.1", "10.9.0.2", "10.9.0.3"               # of the LAN
VNI, BERLIN_PORT, PARIS_PORT = 7000, 4791, 4792
MOST = 6
MESH, WIRE = "l2-mesh", "l2-point-to-point"
NEEDS = {WIRE: "gre", "kernel": "wireguard"}


def carried(kind, engine, hook, backend):
    return pytest.param((engine, hook, kind, backend), marks=[pytest.mark.needs(NEEDS[word]) for word in (kind, backend) if word in NEEDS])


@pytest.fixture(scope="module", ids="-".join,
                params=[*(carried(MESH, engine, hook, "userspace") for engine, hook in (("ebpf", "tc"), ("ebpf", "xdp"), ("nftables", "tc"))),
                        carried(WIRE, "ebpf", "xdp", "kernel")])   # frames come from devices of another kind
def way(request):
    if missing := why_not([NEEDS[word] for word in request.param if word in NEEDS]):
        pytest.skip(missing)   # before a lab is built for it
    return request.param


@pytest.fixture(scope="module")
def kind(way):
    return way[2]


@pytest.fixture(scope="module")
def document(engine, hook, kind, way):
    made = documents.carried_by(engine, hook) | {"wireguard": {"backend": way[3]}}
    made["policies"] = [policy("to-host", "lan", "host"), *made["policies"]]
    place = {"type": "cpe", "mac_limit": MOST}
    return made | {"networks": {"lan7": {"type": kind, "expected_users": 6, "attach": ["eth3"],
                                         "endpoints": {"berlin": place, "paris": place},
                                         **({"vni": VNI} if kind == MESH else {})}}}


def without(document, *keys):
    return {key: value for key, value in document.items() if key not in keys}


@pytest.fixture(scope="module")
def home(lab, document):
    made = home_with_servers(lab, without(document, "networks"))
    made.plug = Plug(lab, made.gateway, "eth3", PLUG)
    made.gateway.apply(document)
    made.route_gateway()
    return made


@pytest.fixture(scope="module")
def lan(home):
    plug = home.plug
    assert "br-lan7" in home.gateway.ip("link show eth3").stdout
    berlin, paris = Place(home, "lan7", "berlin", 2, BERLIN), Place(home, "lan7", "paris", 3, PARIS)
    for one, other in ((berlin, PLUG), (berlin, PARIS), (paris, PLUG)):
        eventually("it answers", lambda host=one.host, to=other: clients.ping(host, to, expect=None, wait=1).returncode == 0)
    return plug, berlin, paris


def as_outer(kind, frame, source, destination, port):
    ip = IP(src=source, dst=destination)
    return ip / (UDP(sport=port, dport=port) / VXLAN(vni=VNI, flags=8) if kind == MESH else GRE(proto=0x6558)) / Ether(frame)


def test_the_inside_does_not_speak_as_a_tunnel(home, lan, kind):
    """To no address of the gateway: the kernel's VXLANs look at the VNI and the port alone."""
    plug, berlin, paris = lan
    sniffers = [place.host.sniff("eth0") for place in lan]
    forged = []
    for source in (INSIDE4, BERLIN4):
        for destination in (LAN4, GATEWAY4):
            for port in (BERLIN_PORT, PARIS_PORT):
                forged.append(marked(berlin.host))
                home.inside.injector("eth0", home.gateway.mac("lan")).send(as_outer(kind, forged[-1], source, destination, port))
    clients.ping(home.inside, LAN4)
    last = marked(berlin.host)
    with berlin.router.socket(kind=socket.SOCK_RAW, protocol=socket.IPPROTO_RAW) as raw:
        raw.sendto(bytes(as_outer(kind, last, BERLIN4, GATEWAY4, BERLIN_PORT)), (GATEWAY4, 0))
    wait_for(sniffers[0], last)
    for frame in forged:
        assert [times_seen(sniffer, frame) for sniffer in sniffers] == [0, 0, 0]


def test_packets_that_must_not_be_fragments(lan, kind):
    """A GRETAP takes them. A VXLAN in a bridge answers in the receiver's name, with the size that fits."""
    plug, berlin, paris = lan
    done = berlin.host.run("ping", "-n", "-M", "do", "-c", 3, "-i", "0.05", "-W", 2, "-s", 1472, PLUG, expect=None)
    if kind == WIRE:
        assert done.returncode == 0, done.stdout
    else:
        assert "mtu = 1370" in done.stdout + done.stderr or "mtu=1370" in done.stdout + done.stderr


def limited(gateway):
    return {row["interface"]: row["packets"] for row in gateway.show("drops") if row["reason"] == "mac-limit"}


def test_an_endpoint_speaks_as_so_many_machines_and_what_is_more_is_counted(home, lan):
    plug, berlin, paris = lan
    watchers = [plug.host.sniff("eth0"), paris.host.sniff("eth0")]
    frames = [marked(berlin.host, source=f"02:00:5e:00:53:{i:02x}") for i in range(1, 41)]
    last = marked(berlin.host)
    send(berlin.host, *frames, last)
    for watcher in watchers:
        wait_for(watcher, last)
        assert sum(times_seen(watcher, frame) for frame in frames) in range(1, MOST)
    (device, packets), = limited(home.gateway).items()
    assert device.endswith("-2") and packets in range(40 - MOST, 40), "the port of the first endpoint"
    other = marked(paris.host, source="02:00:5e:00:53:99")
    send(paris.host, other)
    wait_for(watchers[0], other)


def test_a_table_that_somebody_emptied_comes_back(home, lan):
    home.gateway.run("nft", "delete", "table", "bridge", "sluice")
    home.gateway.ip("link add passing type veth")
    eventually("the table is back", lambda: "macs_" in home.gateway.run("nft", "list", "table", "bridge", "sluice", expect=None).stdout)
    home.gateway.ip("link del passing")
