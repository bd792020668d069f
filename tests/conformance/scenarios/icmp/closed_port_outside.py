# SPDX-License-Identifier: GPL-2.0-or-later
"""A closed port outside is reported to the client inside, for UDP by a translated error."""

import pytest
from harness import clients
from lab.home import FAR4, FAR6, OUTSIDE4, OUTSIDE6


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6, FAR4, FAR6])
def scenario(house, address):
    assert clients.udp_outcome(house.inside, address, 9, timeout=2) == "refused"
    assert clients.tcp_outcome(house.inside, address, 9) == "refused"
