# SPDX-License-Identifier: GPL-2.0-or-later
"""A protocol without ports that nobody inside began is not let in."""

import pytest
from harness import assert_dropped
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP


@pytest.mark.parametrize("protocol", [47, 50, 99])
def scenario(house, protocol):
    assert_dropped(house, "outside", IP(src=OUTSIDE4, dst=WAN4, proto=protocol) / bytes(16), "policy")
