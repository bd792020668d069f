# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice capture` of packets in tunnels: as they are outside, and as they are inside."""

import pytest
from kernel_sites import kernel_sites
from lab import clients
from lab.capture import IN, OUT, Capture
from lab.sites import SITE4


@pytest.fixture(scope="module", params=[("ebpf", "tc"), ("ebpf", "xdp")], ids=["tc", "xdp"])
def shared(request):
    """nftables has no capture."""
    with kernel_sites(request.param) as made:
        yield made


def shapes(packet):
    return [(row["interface"], row["direction"], "vxlan" in row["protocol"]) for row in packet]


def test_both_shapes_of_what_comes_and_leaves_by_a_tunnel(sites, tmp_path):
    clients.tcp_peer(sites.inside, SITE4, 8080)   # the neighbours and the other end are known
    one = Capture(sites.gateway, tmp_path / "tunnel.pcapng", f"host {SITE4} or udp port 4789")
    clients.tcp_peer(sites.inside, SITE4, 8080)
    packets = [shapes(packet) for packet in one.packets()]
    if sites.way[1] == "xdp":
        assert [("lan", IN, False), ("vx7", OUT, False), ("wan", OUT, True)] in packets
        assert [("wan", IN, True), ("vx7", IN, False), ("lan", OUT, False)] in packets
    else:
        for outside, inside in (([("wan", OUT, True)], [("lan", IN, False), ("vx7", OUT, False)]),
                                ([("wan", IN, True)], [("vx7", IN, False), ("lan", OUT, False)])):
            assert outside in packets and inside in packets
