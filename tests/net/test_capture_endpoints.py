# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice capture` of endpoints of networks: by their names, out of a tunnel that has no link headers, and what a limit drops."""

import documents
import pytest
from lab import clients, servers
from lab.capture import IN, OUT, Capture
from lab.home import INSIDE4, OUTSIDE4, WAN4
from lab.phones import Phone, home_with_servers

LIMITED, BURST, PORT = 9000, 3, 7100


@pytest.fixture(scope="module")
def document(hook):
    return documents.home(hook) | {"wireguard": {"backend": "userspace"}, "networks": {
        "home": {"type": "secure-internet", "expected_users": 6,
                 "endpoints": {"phone": {"type": "mobile"}, "laptop": {"type": "mobile"}}}},
        "limits": [{"name": "few", "from": "home", "protocol": "udp", "ports": LIMITED, "rate": "1pps", "burst": f"{BURST}p"}]}


@pytest.fixture(scope="module")
def site(lab, document):
    return home_with_servers(lab, document)


@pytest.fixture(scope="module")
def phone(site):
    return Phone(site.gateway, site.far, "home", "phone", "phone0").up()


def test_endpoint_by_its_name_and_what_a_limit_drops(site, phone, tmp_path):
    servers.udp_peer_server(site.outside, PORT)
    device = next(row["name"] for row in site.gateway.show("interfaces") if row["zone"] == "home")
    mine = Capture(site.gateway, tmp_path / "mine.pcapng", "--endpoint", "home/phone", "udp")
    others = Capture(site.gateway, tmp_path / "others.pcapng", "--endpoint", "home/laptop")
    drops = Capture(site.gateway, tmp_path / "drops.pcapng", "--reason", "over-limit")
    assert clients.udp_peer(phone.host, OUTSIDE4, PORT).address == WAN4
    with phone.host.socket(kind=2) as sender:
        for _ in range(BURST + 5):
            sender.sendto(b"x", (OUTSIDE4, LIMITED))
    packets = mine.packets()
    ways = [[(row["interface"], row["direction"]) for row in packet] for packet in packets]
    assert [(device, IN), ("wan", OUT)] in ways and [("wan", IN), (device, OUT)] in ways
    inside = next(row for packet in packets for row in packet if row["interface"] == device)
    assert inside["protocol"].startswith("raw:ip:udp") and inside["source"] != WAN4
    assert others.packets() == []
    dropped = drops.packets()
    assert len(dropped) >= 4 and all(', limit "few" (' in packet[0]["comment"] for packet in dropped), dropped
    assert INSIDE4 not in {row["source"] for packet in packets for row in packet}
