# SPDX-License-Identifier: GPL-2.0-or-later
"""Among 600 policies some go, come, change or move: each that is left decides as the document says, and a flow goes on."""

from harness import assert_dropped, policy
from harness.stream import Stream
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import IP, UDP

PORTS = range(10000, 10600)


def refusals(ports=PORTS):
    return [policy(f"no-{port}", "lan", "internet", "drop", protocol="udp", ports=port) for port in ports]


def document(home):
    home["policies"] = [*refusals(), policy("rest", "lan", "internet")]


def changed(home):
    """One less in the middle, one more behind it, one at the head that undoes a later one, one that moves to the end."""
    rows = {row["name"]: row for row in refusals()}
    moved = rows.pop("no-10100")
    del rows["no-10300"]
    home["policies"] = [policy("yes-10590", "lan", "internet", protocol="udp", ports=10590), *rows.values(),
                        policy("no-7001", "lan", "internet", "drop", protocol="udp", ports=7001),
                        policy("rest", "lan", "internet"), moved]


def is_let_out(house, port):
    seen, source = house.outside.sniff("eth0"), house.port()
    house.inject("inside", IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=source, dport=port))
    return seen.wait_for(f"a datagram to {port}", lambda packet: UDP in packet and packet[UDP].dport == port)


def is_refused(house, port):
    assert_dropped(house, "inside", IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=port), "policy")


def scenario(house):
    stream = Stream(house.inside, OUTSIDE4, 7000, house.port())
    for port in (10000, 10100, 10300, 10590):
        is_refused(house, port)
    for _ in range(2):
        house.apply(changed)
        for port in (10000, 10299, 10301, 10599, 7001):
            is_refused(house, port)
        for port in (10590, 10300, 10100):
            is_let_out(house, port)
        house.apply(document)
        for port in (10000, 10100, 10300, 10590):
            is_refused(house, port)
        is_let_out(house, 7001)
    assert stream.runs()
    assert stream.lost() == 0
