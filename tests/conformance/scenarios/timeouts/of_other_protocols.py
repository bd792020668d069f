# SPDX-License-Identifier: GPL-2.0-or-later
"""The document's time for other protocols holds for each of them."""

import pytest
from harness import eventually
from harness.counts import rows
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import IP


def document(home):
    home["timeouts"] = {"other": "400s"}


@pytest.mark.parametrize("name, number", [("esp", 50), ("gre", 47)])
def scenario(house, name, number):
    house.inject("inside", IP(src=INSIDE4, dst=OUTSIDE4, proto=number) / bytes(16))
    row, = eventually("the flow is shown", lambda: rows(
        house, "flows", protocol=name, original={"source": INSIDE4}), within=3)
    assert 390 <= row["expires_seconds"] <= 400
