# SPDX-License-Identifier: GPL-2.0-or-later
"""Two hosts have associations with one peer at the same time, and each gets its own answers, while their ports differ."""

import pytest
from harness import assert_dropped
from lab.home import INSIDE4, OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP
from scapy.layers.sctp import SCTP, SCTPChunkInit, SCTPChunkInitAck

PEER = 45010


def init(source, port, tag):
    return IP(src=source, dst=OUTSIDE4) / SCTP(sport=port, dport=PEER) / SCTPChunkInit(init_tag=tag)


def init_ack(port, tag):
    return IP(src=OUTSIDE4, dst=WAN4) / SCTP(sport=PEER, dport=port, tag=tag) / SCTPChunkInitAck(init_tag=tag)


def is_init(tag):
    return lambda p: SCTPChunkInit in p and p[SCTPChunkInit].init_tag == tag


def is_init_ack(port):
    return lambda p: SCTPChunkInitAck in p and p[SCTP].dport == port


def answered(house, lan, wan, sender, source, port):
    """The association's first packet leaves with its port, and the answer to that finds its way."""
    house.inject(sender, init(source, port, port))
    seen = wan.wait_for(f"the association of {source}", is_init(port))
    assert (seen[IP].src, seen[SCTP].sport) == (WAN4, port)
    house.inject("outside", init_ack(port, port))
    return lan.wait_for("the answer", is_init_ack(port))[IP].dst == source


def two_ports(house):
    lan, wan = house.sniff("lan"), house.sniff("wan")
    assert answered(house, lan, wan, "inside", INSIDE4, house.port())
    assert answered(house, lan, wan, "second", SECOND4, house.port())


def one_port(house):
    """eBPF never changes SCTP's ports, which its checksum covers, and refuses; netfilter changes one."""
    lan, wan, port, other = house.sniff("lan"), house.sniff("wan"), house.port(), house.port()
    assert answered(house, lan, wan, "inside", INSIDE4, port)
    if house.variant.engine == "ebpf":
        assert_dropped(house, "second", init(SECOND4, port, other), "ambiguous")
    else:
        house.inject("second", init(SECOND4, port, other))
        assert wan.wait_for("the second host's", is_init(other))[SCTP].sport != port


@pytest.mark.parametrize("same", [False, True], ids=["different-ports", "same-port"])
def scenario(house, same):
    (one_port if same else two_ports)(house)
