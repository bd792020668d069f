# SPDX-License-Identifier: GPL-2.0-or-later
"""A VRF that leaves the document takes its flows, routes and rules with it."""

import pytest
from harness import clients, tenants
from lab.home import OUTSIDE4

MARKED = "proto 92"


def document(home):
    tenants(home)


def scenario(house):
    connection = clients.EchoedConnection(house.red, OUTSIDE4, 7000)
    assert connection.says("hello")
    assert {row["name"] for row in house.show("vrfs")} == {"main", "red-net", "blue-net"}
    house.apply()
    assert [row["name"] for row in house.show("vrfs")] == ["main"]
    for family in ("-4", "-6"):
        rules = house.gateway.ip(family, "-N rule show").stdout
        assert MARKED not in rules and rules.startswith("0:"), rules
        assert not house.gateway.ip(family, "-N route show table all", MARKED).stdout
    assert not [row for row in house.show("flows") if row["original"]["source"] == "10.0.0.5"]
    with pytest.raises(TimeoutError):
        connection.says("are you there?", timeout=0.3)
