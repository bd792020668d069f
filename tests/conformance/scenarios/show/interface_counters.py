# SPDX-License-Identifier: GPL-2.0-or-later
"""`show interfaces` counts what was forwarded, delivered and dropped, by the interface where it came in."""

from harness import assert_dropped
from lab.home import INSIDE4, LAN4, OUTSIDE4
from scapy.layers.inet import ICMP, IP, TCP, UDP


def counters(house, device):
    row, = [row for row in house.show("interfaces") if row["name"] == device]
    return {what: row[f"{what}_packets"] for what in ("forwarded", "to_host", "dropped")}


def scenario(house):
    before, port = counters(house, "lan"), house.port()
    house.inject("inside", *[IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=port, dport=6001) / b"x"] * 5)
    house.inject("inside", *[IP(src=INSIDE4, dst=LAN4) / ICMP(id=port, seq=number) for number in range(3)])
    syn = IP(src=INSIDE4, dst=LAN4) / TCP(sport=port, dport=8000, flags="S")
    assert_dropped(house, "inside", syn, "policy")
    gained = {what: count - before[what] for what, count in counters(house, "lan").items()}
    assert gained["forwarded"] == 5 and gained["dropped"] == 1
    assert gained["to_host"] >= 3   # neighbours may have been asked for meanwhile
