# SPDX-License-Identifier: GPL-2.0-or-later
"""Every packet is counted once: with its verdict, and with its reason when it is dropped."""

import socket

import documents
import pytest
from lab import HomeLab, Lab, eventually
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, GRE

VERDICTS = ("forwarded_packets", "to_host_packets", "dropped_packets", "ignored_packets")
OUT = {"src": "192.168.10.2", "dst": "203.0.113.9"}
OUT6 = {"src": "2001:db8:10::2", "dst": "2001:db8:f::9"}
IPV4, IPV6 = 0x0800, 0x86DD

PACKETS = {   # what is sent, and as what it must be counted (None: any one verdict)
    "udp out": (IP(**OUT) / UDP(sport=1111, dport=9) / b"x", "forwarded_packets"),
    "tcp out": (IP(**OUT) / TCP(sport=1112, dport=9, flags="S"), "forwarded_packets"),
    "echo out": (IP(**OUT) / ICMP(id=7) / b"x", "forwarded_packets"),
    "gre out": (IP(**OUT) / GRE() / b"x", "forwarded_packets"),
    "udp out over ipv6": (IPv6(**OUT6) / UDP(sport=1113, dport=9) / b"x", "forwarded_packets"),
    "echo to the gateway": (IP(src=OUT["src"], dst="192.168.10.1") / ICMP() / b"x", "to_host_packets"),
    "arp": (ARP(op=1, psrc=OUT["src"], pdst="192.168.10.77"), "ignored_packets"),
    "unlisted port": (IP(src=OUT["src"], dst="192.168.10.1") / UDP(dport=99), "dropped_packets"),
    "rejected": (IP(**OUT) / TCP(sport=1114, dport=23, flags="S"), "dropped_packets"),
    "ttl 1": (IP(**OUT, ttl=1) / UDP(sport=1115, dport=9), None),
    "the gateway's own source": (IP(src="192.168.10.1", dst=OUT["dst"]) / UDP(dport=9), "dropped_packets"),
    "multicast source": (IP(src="224.0.0.5", dst=OUT["dst"]) / UDP(dport=9), "dropped_packets"),
    "loopback source": (IP(src="127.0.0.1", dst=OUT["dst"]) / UDP(dport=9), "dropped_packets"),
    "foreign source": (IP(src="198.51.100.99", dst="203.0.113.9") / UDP(dport=9), None),
    "port zero": (IP(**OUT) / UDP(sport=0, dport=0), "dropped_packets"),
    "header length 4": (IP(**OUT, ihl=4) / UDP(dport=9), "dropped_packets"),
    "version 9": (IP(**OUT, version=9) / UDP(dport=9), "dropped_packets"),
    "longer than the frame": (IP(**OUT, len=1400) / UDP(dport=9), "dropped_packets"),
    "shorter than its header": (IP(**OUT, len=10) / UDP(dport=9), "dropped_packets"),
    "later fragment": (IP(**OUT, frag=100) / b"x", "dropped_packets"),
    "no route": (IP(src=OUT["src"], dst="198.18.0.1") / UDP(dport=9), "dropped_packets"),
    "broadcast": (IP(src=OUT["src"], dst="255.255.255.255") / UDP(dport=99), None),
    "tcp without a flag": (IP(**OUT) / TCP(sport=1116, dport=9, flags=0), None),
    "data of an unknown connection": (IP(**OUT) / TCP(sport=1117, dport=9, flags="A"), None),
}


@pytest.fixture(scope="module")
def wires(lab, document):
    """A gateway between hosts without a network stack: the wires carry only what the test sends."""
    gateway, inside, outside = lab.gateway(), lab.host("inside"), lab.host("outside")
    for host, device, neighbours in ((inside, "lan", ("192.168.10.2", "2001:db8:10::2")),
                                     (outside, "wan", ("203.0.113.9", "2001:db8:f::9"))):
        host.sysctl("net/ipv6/conf/default/disable_ipv6", "1")
        lab.wire((gateway, device), (host, "eth0"))
        for address in neighbours:
            gateway.ip("neigh replace", address, "lladdr", host.mac("eth0"), "dev", device, "nud permanent")
    gateway.start_daemon()
    gateway.apply(document)
    return gateway, inside.injector("eth0", gateway.mac("lan"))


def counters(gateway):
    interfaces, reasons = gateway.get("/v1/show/interfaces"), gateway.get("/v1/show/drops")
    row = next(row for row in interfaces["interfaces"] if row["name"] == "lan")
    drops = sum(row["packets"] for row in reasons["drops"] if row["interface"] == "lan")
    return {name: row[name] for name in ("rx_packets", *VERDICTS)} | {"drops": drops}


def change(gateway, send, count):
    """What the counters of `lan` gained by sending that many packets."""
    before = counters(gateway)

    def gained():
        now = counters(gateway)
        return {name: now[name] - before[name] for name in now}

    send()
    # A fragment that waits for its first piece is counted by the sweep that finds it two seconds old.
    eventually(f"{count} packets are counted", lambda: sum(gained()[name] for name in VERDICTS) >= count, within=20)
    return gained()


@pytest.mark.parametrize("name", PACKETS)
def test_each_packet_is_counted_once(wires, name):
    gateway, injector = wires
    packet, verdict = PACKETS[name]
    gained = change(gateway, lambda: injector.send(*[packet] * 10), 10)
    assert sum(gained[verdict] for verdict in VERDICTS) == 10, gained
    assert gained["rx_packets"] == 10 and gained["drops"] == gained["dropped_packets"], gained
    assert verdict is None or gained[verdict] == 10, gained


@pytest.mark.parametrize("ether_type, packet", [
    (IPV4, IP(**OUT) / UDP(sport=1200, dport=9) / b"x"),
    (IPV4, IP(**OUT, options=[b"\x01\x01\x01\x00"]) / TCP(sport=1201, dport=9, flags="S")),
    (IPV4, IP(**OUT) / ICMP(type=3, code=3) / IP(src=OUT["dst"], dst=OUT["src"]) / UDP(sport=1, dport=2)),
    (IPV6, IPv6(**OUT6) / TCP(sport=1202, dport=9, flags="S")),
], ids=["udp", "tcp with ip options", "icmp error", "tcp over ipv6"])
def test_packets_that_end_at_every_byte_are_counted_once(wires, ether_type, packet):
    gateway, injector = wires
    pieces = [bytes(packet)[:length] for length in range(len(packet))]

    def send():
        for piece in pieces:
            injector.send_bytes(ether_type, piece)

    gained = change(gateway, send, len(pieces))
    assert gained["dropped_packets"] == gained["drops"] == len(pieces) == gained["rx_packets"], gained


def test_drops_carry_number_stage_and_text(wires):
    gateway, injector = wires
    injector.send(PACKETS["header length 4"][0])
    for row in gateway.show("drops"):
        assert row["number"] > 0 and row["stage"] and row["text"] and row["reason"], row


def test_counters_are_the_same_after_the_daemon_was_away(wires):
    gateway, injector = wires
    before = counters(gateway)
    gateway.daemon.kill()
    injector.send(*[PACKETS["udp out"][0]] * 10)
    gateway.start_daemon()
    assert counters(gateway)["forwarded_packets"] == before["forwarded_packets"] + 10


@pytest.fixture
def home(engine):
    with Lab("tc") as made:
        made = HomeLab(made)
        made.gateway.start_daemon()
        yield made


def test_drops_of_a_device_that_is_gone_are_not_the_gateways_own(home, engine):
    gateway = home.gateway
    gateway.apply(documents.carried_by(engine))
    with gateway.entered():
        index = socket.if_nametoindex("lan")
    home.inside.injector("eth0", gateway.mac("lan")).send(PACKETS["loopback source"][0])

    def dropped_at():
        return {row["interface"] for row in gateway.show("drops") if row["reason"] == "bad-address"}

    eventually("the packet is counted", lambda: dropped_at() == {"lan"})
    gateway.ip("link del lan")
    eventually("at most its number is left", lambda: dropped_at() <= {str(index)})
