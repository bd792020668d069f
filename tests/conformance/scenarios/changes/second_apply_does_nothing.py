# SPDX-License-Identifier: GPL-2.0-or-later
"""A second apply of the same document has nothing to do, and `plan` says so."""

from lab import snapshot


def scenario(house):
    before = snapshot.take(house.gateway)
    file = house.write()
    house.gateway.sluice("plan", "--exit-code", file)
    assert house.gateway.json("apply", file)["steps"] == []
    assert snapshot.differences(before, snapshot.take(house.gateway)) == []
