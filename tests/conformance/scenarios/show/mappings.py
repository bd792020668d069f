# SPDX-License-Identifier: GPL-2.0-or-later
"""`show mappings` says which inside port holds which outside port, and by which masquerade."""

import pytest
from harness import clients, mapping
from lab.home import INSIDE4, OUTSIDE4, WAN4


@pytest.mark.parametrize("ask, protocol", [(clients.EchoedConnection, "tcp"), (clients.udp_peer, "udp")],
                         ids=["tcp", "udp"])
def scenario(house, ask, protocol):
    port = house.port()
    kept = ask(house.inside, OUTSIDE4, 7000, source=("", port))
    assert kept
    mapping(house, port, protocol=protocol, inside=INSIDE4, outside=WAN4, outside_port=port,
            masquerade="out", flows=1)
