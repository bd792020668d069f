# SPDX-License-Identifier: GPL-2.0-or-later
"""When the policy to the gateway goes, what its server sends again lets nobody in; when it is back in time, the connection goes on."""

import pytest
from harness import assert_silent, eventually, flow_is_gone, policy, servers
from lab.download import Download
from lab.home import LAN4, LAN6
from scapy.layers.inet import TCP

PORT = 8001


def document(home):
    home["policies"].append(policy("files", "lan", "host", protocol="tcp", ports=PORT))


def refused(house):
    """Of packets, by policies, wherever they came from or went to."""
    return sum(row["packets"] for row in house.gateway.get("/v1/show/drops")["drops"] if row["reason"] == "policy")


@pytest.mark.parametrize("address", [LAN4, LAN6])
def scenario(house, address):
    servers.endless_server(house.gateway, PORT)
    download = Download(house.inside, address, PORT)
    port = download.socket.getsockname()[1]
    assert download.goes_on()
    house.apply(lambda home: None)
    lan, before = house.sniff("lan"), refused(house)
    eventually("the server sends again and again", lambda: refused(house) >= before + 2, within=10)
    assert_silent(house, lan, wanted=lambda p: TCP in p and p[TCP].dport == port)
    assert flow_is_gone(house, port)
    house.apply(document)
    assert download.goes_on()
