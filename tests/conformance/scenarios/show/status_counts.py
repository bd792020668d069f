# SPDX-License-Identifier: GPL-2.0-or-later
"""`status` counts as many flows and mappings as `show` lists."""

from harness import clients, eventually
from lab.home import OUTSIDE4


def scenario(house):
    clients.udp_peer(house.inside, OUTSIDE4, 7000, source=("", house.port()))

    def agree():
        counts = house.gateway.json("status")["counts"]
        shown = {what: len(house.show(what)) for what in ("flows", "mappings")}
        assert {what: counts[what] for what in shown} == shown
        return shown["flows"] and shown["mappings"]

    assert eventually("both say the same", agree, within=20)
