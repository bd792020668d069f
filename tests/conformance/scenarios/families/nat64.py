# SPDX-License-Identifier: GPL-2.0-or-later
"""A host that has IPv6 alone reaches IPv4 behind a prefix (NAT64): with TCP, UDP and pings, as far as policies let it."""

from harness import clients
from harness.documents import DMZ4
from lab.home import OUTSIDE4, WAN4

PREFIX = "64:ff9b::"
REACHED = f"{PREFIX}{OUTSIDE4}"   # RFC 6052 section 2.4


def translated(prefix=None):
    def document(home):
        home["nat"]["nat64"] = [{"name": "six-only", "from": "lan", "to": "internet", **({"prefix": prefix} if prefix else {})}]
    return document


def scenario(house):
    if house.variant.engine == "nftables":
        assert "the nftables engine has no NAT64" in house.apply(translated(), expect=3).stderr
        return
    house.apply(translated())
    assert clients.tcp_peer(house.inside, REACHED, 7000).address == WAN4
    assert clients.udp_peer(house.inside, REACHED, 7000)[0] == WAN4
    clients.ping(house.inside, REACHED, count=3)
    clients.ping(house.inside, REACHED, size=1400)
    held = clients.EchoedConnection(house.inside, REACHED, 7000)
    assert all(held.says("x" * size) for size in (1, 1400, 9000, 60000))
    for nobody in ("127.0.0.1", "224.0.0.1", "0.0.0.0", WAN4, DMZ4):
        assert clients.udp_outcome(house.inside, f"{PREFIX}{nobody}", 7000) == "silence"
    assert clients.tcp_outcome(house.inside, REACHED, 23) == "refused"   # by a policy about IPv4 and IPv6
    assert clients.tcp_outcome(house.outside, REACHED, 7000) != "answered"
    house.apply(translated("2001:db8:64::/96"))
    assert clients.tcp_peer(house.inside, f"2001:db8:64::{OUTSIDE4}", 7000).address == WAN4
