# SPDX-License-Identifier: GPL-2.0-or-later
"""One LAN in three places: two routers with wg-quick, each fed with what the gateway exports and nothing else, and a device of the
gateway itself. The tunnels' ends are wireguard-go, and the kernel where it has WireGuard.
"""

import socket

import documents
import pytest
import ways
from lab import clients
from lab.home import FAR4, INSIDE4, LAN4, OUTSIDE4, WAN4
from lab.phones import home_with_servers
from lab.places import MARKED, Place, Plug, marked, send, times_seen, wait_for
from lab.wait import eventually
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

hook, engine = ways.hook, ways.engine   # of each way

GATEWAY4, BERLIN4, PARIS4 = "10.100.0.1", "10.100.0.2", "10.100.0.3"   # of the tunnel
PLUG, BERLIN, PARIS = "10.9.0.1", "10.9.0.2", "10.9.0.3"               # of the LAN


@pytest.fixture(scope="module", ids="-".join,
                params=[("ebpf", "tc", "userspace"), ("nftables", "tc", "userspace")])   # the kernel's WireGuard: test_l2_vlans.py
def way(request):
    return request.param


def with_lan(document, berlin=None, paris=None, **changes):
    return document | {"networks": {"lan7": {
        "type": "l2-mesh", "expected_users": 6, "attach": ["eth3"],
        "endpoints": {"berlin": {"type": "cpe"} | (berlin or {}), "paris": {"type": "cpe"} | (paris or {})}} | changes}}


@pytest.fixture(scope="module")
def document(engine, hook, way):
    return with_lan(documents.carried_by(engine, hook) | {"wireguard": {"backend": way[2]}})


@pytest.fixture(scope="module")
def home(lab, document):
    made = home_with_servers(lab, document | {"networks": {}})
    made.plug = Plug(made.lab, made.gateway, "eth3", PLUG)
    made.gateway.apply(document)
    return made


@pytest.fixture(scope="module")
def berlin(home):
    return Place(home, "lan7", "berlin", 2, BERLIN)


@pytest.fixture(scope="module")
def paris(home):
    return Place(home, "lan7", "paris", 3, PARIS)


@pytest.fixture(scope="module")
def lan(home, berlin, paris):
    """Everybody has been heard once, so that nobody is looked for any more."""
    plug = home.plug
    for one, other in ((berlin, PLUG), (berlin, PARIS), (paris, PLUG)):
        eventually("it answers", lambda host=one.host, to=other: clients.ping(host, to, expect=None, wait=1).returncode == 0)
    return plug, berlin, paris


def test_what_is_allotted_is_shown(home):
    row = home.gateway.show("networks")[0]
    assert row["type"] == "l2-mesh" and row["vni"] == 4096 and row["vlans"] is None
    assert row["bridge"] == "br-lan7" and row["mtu"] == 1420 and row["l2_mtu"] == 1500
    assert row["subnet"] == "10.100.0.0/29" and row["subnet6"] is None


def test_a_look_behind_the_apply_finds_nothing_to_do(home, document, lan):
    home.gateway.sluice("plan", "--exit-code", home.gateway.write(document))


def test_the_configuration_makes_a_bridge_and_tells_of_the_gateway_alone(berlin):
    text = berlin.tunnel.file.read_text(encoding="utf-8")
    assert "AllowedIPs = 10.100.0.1/32\n" in text and "Address = 10.100.0.2/32\n" in text
    assert "vx4096-2" in berlin.router.ip("link show master br-lan7").stdout


def test_hosts_meet_as_on_one_wire(lan):
    plug, berlin, paris = lan
    for one, other in ((plug, BERLIN), (berlin, PARIS), (paris, PLUG)):
        clients.ping(one.host, other)
    assert clients.tcp_peer(berlin.host, PARIS, 8000).address == BERLIN
    assert clients.tcp_peer(paris.host, PLUG, 8000).address == PARIS


def test_the_gateway_has_no_address_there(home, lan):
    shown = home.gateway.ip("-o -4 addr show").stdout
    assert "br-lan7" not in shown and "eth3" not in shown


def test_a_frame_arrives_once_everywhere_and_never_where_it_came_from(home, lan):
    places = {name: place.host.sniff("eth0") for name, place in zip(("plug", "berlin", "paris"), lan)}
    elsewhere = [home.inside.sniff("eth0"), home.outside.sniff("eth0")]
    for sender, place in zip(places, lan):
        frames = [marked(place.host) for _ in range(5)]
        send(place.host, *frames)
        for name, sniffer in places.items():
            if name != sender:
                wait_for(sniffer, *frames)
        for name, sniffer in places.items():
            assert {times_seen(sniffer, frame) for frame in frames} == {0 if name == sender else 1}, (sender, name)
    for sniffer in elsewhere:
        assert not sniffer.matching(lambda packet: packet.type == MARKED), sniffer.name


def test_1500_bytes_pass_in_every_direction(lan):
    for one in lan:
        for other in lan:
            if one is other:
                continue
            sniffer, frame = other.host.sniff("eth0"), marked(one.host, size=1500, to=other.host.mac("eth0"))
            send(one.host, frame)
            wait_for(sniffer, frame)
    plug, berlin, paris = lan
    for host, other in ((berlin.host, PARIS), (plug.host, BERLIN)):
        host.run("ping", "-n", "-c", 3, "-i", "0.05", "-W", 2, "-M", "dont", "-s", 1472, other)


def test_also_of_tcp_which_forbids_fragments(lan):
    plug, berlin, paris = lan
    for host, other in ((berlin.host, PARIS), (plug.host, PARIS), (berlin.host, PLUG)):
        connection = clients.EchoedConnection(host, other, 8000)
        assert connection.says("much " * 40_000)
        connection.close()


def test_the_network_has_no_way_to_anything_else(home, lan):
    """Neither a router of a place by its tunnel, nor a host of the LAN by the gateway's bridge."""
    plug, berlin, paris = lan
    peer = berlin.router.run("wg", "show", "berlin0", "peers").stdout.strip()
    berlin.router.run("wg", "set", "berlin0", "peer", peer, "allowed-ips", "0.0.0.0/0")
    for target in (GATEWAY4, PARIS4, LAN4, INSIDE4, OUTSIDE4, FAR4):
        if target != OUTSIDE4:
            berlin.router.ip("route replace", target, "dev berlin0")
            clients.ping(berlin.router, target, expect=1, wait=1)
            assert clients.tcp_outcome(berlin.router, target, 8000, timeout=0.4) != "answered", target
        plug.host.ip("route replace", target, "via 10.9.0.250 dev eth0")
        plug.host.ip("neigh replace 10.9.0.250 lladdr", home.gateway.mac("br-lan7"), "dev eth0")
        clients.ping(plug.host, target, expect=1, wait=1)
    clients.ping(plug.host, BERLIN)


def test_neither_has_anybody_a_way_into_it(home, lan):
    home.outside.routes(f"10.100.0.0/16 via {WAN4}", f"10.9.0.0/24 via {WAN4}")
    home.inside.routes(f"10.9.0.0/24 via {LAN4}")
    for host in (home.inside, home.outside):
        for target in (BERLIN4, GATEWAY4, PLUG, BERLIN):
            clients.ping(host, target, expect=1, wait=1)


def as_outer(frame, source, port):
    return IP(src=source, dst=GATEWAY4) / UDP(sport=port, dport=port) / VXLAN(flags="Instance", vni=4096) / Ether(frame)


def send_outer(router, packet):
    router.socket(kind=socket.SOCK_RAW, protocol=socket.IPPROTO_RAW).sendto(bytes(packet), (GATEWAY4, 0))


def test_nobody_speaks_as_another(home, lan):
    """By the other's port, by the other's address, and out of the LAN as an end of a tunnel. What comes last is seen: it was
    well made, and the others would have been before it.
    """
    plug, berlin, paris = lan
    sniffers = [place.host.sniff("eth0") for place in lan]
    forbidden = [(marked(berlin.host), source, port)
                 for source, port in ((BERLIN4, 4792), (PARIS4, 4792), (PARIS4, 4791), (BERLIN4, 4789))]
    for frame, source, port in forbidden:
        send_outer(berlin.router, as_outer(frame, source, port))
    last = marked(berlin.host)
    send_outer(berlin.router, as_outer(last, BERLIN4, 4791))
    wait_for(sniffers[0], last)
    wait_for(sniffers[2], last)
    from_the_lan = [(marked(plug.host), source, port) for source, port in ((BERLIN4, 4791), (PARIS4, 4792))]
    to_the_bridge = Ether(src=plug.host.mac("eth0"), dst=home.gateway.mac("br-lan7"))
    send(plug.host, *[bytes(to_the_bridge / as_outer(frame, source, port)) for frame, source, port in from_the_lan])
    clients.ping(plug.host, BERLIN)
    clients.ping(plug.host, PARIS)
    for frame, source, port in forbidden + from_the_lan:
        assert [times_seen(sniffer, frame) for sniffer in sniffers] == [0, 0, 0], (source, port)


def test_an_endpoint_speaks_as_so_many_addresses(home, document, lan):
    """The host of paris is one of them already."""
    plug, berlin, paris = lan
    home.gateway.apply(with_lan(document, paris={"mac_limit": 4}))
    clients.ping(paris.host, PLUG)
    sniffer = plug.host.sniff("eth0")
    frames = [marked(paris.host, source=f"02:00:5e:00:53:{i:02x}") for i in range(20)]
    last = marked(paris.host)
    send(paris.host, *frames, last)
    wait_for(sniffer, last)
    assert sum(times_seen(sniffer, frame) for frame in frames) in range(1, 4)
    home.gateway.apply(document)


def test_who_is_disabled_is_out_at_once_and_may_come_back(home, document, lan):
    plug, berlin, paris = lan
    home.gateway.sluice("endpoint", "disable", "lan7", "paris")
    for host in (plug.host, berlin.host):
        clients.ping(host, PARIS, expect=1, wait=1)
    assert "-3" not in home.gateway.ip("link show master br-lan7").stdout
    clients.ping(berlin.host, PLUG)
    home.gateway.sluice("endpoint", "enable", "lan7", "paris")
    eventually("paris is back", lambda: clients.ping(berlin.host, PARIS, expect=None, wait=1).returncode == 0, within=30)


def test_the_lan_outlives_the_daemon(home, lan):
    plug, berlin, paris = lan
    home.gateway.daemon.kill()
    clients.ping(berlin.host, PARIS)
    clients.ping(plug.host, PARIS)
    home.gateway.start_daemon()
    clients.ping(berlin.host, PARIS)


def test_a_network_by_command(home, document):
    said = home.gateway.sluice("network", "add", "wire", "--type", "l2-point-to-point", "--vlans", "100-110", "--vni", "7", expect=3)
    assert "networks.wire.vni: an l2-point-to-point network has no VNI" in said.stderr
    said = home.gateway.sluice("network", "add", "more", "--type", "l2-mesh", "--vni", "4096", expect=3)
    assert "VNI 4096 is that of network \"" in said.stderr and "network \"lan7\" (line " in said.stderr
    said = home.gateway.sluice("network", "add", "more", "--type", "l2-mesh", "--attach", "eth3", expect=3)
    assert '"eth3" is already attached to network "lan7" on line ' in said.stderr
    home.gateway.sluice("network", "add", "more", "--type", "l2-mesh", "--vni", "7000")
    assert {row["name"]: row["vni"] for row in home.gateway.show("networks")} == {"lan7": 4096, "more": 7000}
    home.gateway.sluice("network", "remove", "more")


def test_nothing_is_left_behind(home, lan):
    plug, berlin, paris = lan
    berlin.tunnel.down()
    assert "br-lan7" not in berlin.router.ip("link show").stdout and "vx" not in berlin.router.ip("link show").stdout
    berlin.tunnel.up()
    home.gateway.sluice("cleanup")
    shown = home.gateway.ip("link show").stdout
    assert not [name for name in ("br-lan7", "vx4096", "wg-lan7", "master") if name in shown]
