# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pairs of NATs two gateways meet through without the relay (RFC 4787, RFC 5128): NATs of sluice and of nftables."""

import pytest
from lab import Lab
from lab.pings import Pings
from path_site import BOX, BRANCH, RANDOM, PathSite
from relay_site import INSIDE4, RELAY4


def one_port(filtering):
    return {"family": "ipv4", "mapping": "endpoint-independent", "filtering": filtering}


STRICT, ADDRESS, OPEN = (one_port(f"{word}independent" if word == "endpoint-" else f"{word}dependent")
                         for word in ("address-and-port-", "address-", "endpoint-"))
EACH = {"family": "ipv4", "mapping": "per-destination"}
PAIRS = {   # of the box and of the branch, which calls
    "strict, strict": (STRICT, STRICT, "hole-punched"),
    "open, random": (OPEN, RANDOM, "direct"),   # a stranger gets through, which the servers have proven
    "address, random": (ADDRESS, RANDOM, "hole-punched"),
    "random, address": (RANDOM, ADDRESS, "hole-punched"),
    "each, address": (EACH, ADDRESS, "hole-punched"),
    "strict, random": (STRICT, RANDOM, "relay"),
    "random, random": (RANDOM, RANDOM, "relay"),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_what_a_pair_of_nats_lets_through(pair):
    box, branch, path = PAIRS[pair]
    with Lab("tc") as lab:
        site = PathSite(lab, ("ebpf", "tc"), {BOX: box, BRANCH: branch}).meet()
        site.takes(path)
        if path == "relay":   # and it stays so when everything has been tried
            assert Pings(site.branch_inside, INSIDE4, interval=0.05).runs(200)
            assert set(site.paths()) == {"relay"}
            assert site.endpoint() == f"{RELAY4}:{site.relay.config('alice')['port']}"
