# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules of others stay byte for byte what they were, through applies and a cleanup."""

TABLE = "add table inet foreign; add chain inet foreign input { type filter hook input priority 10; }; " \
        "add rule inet foreign input tcp dport 9999 counter drop"


def scenario(house):
    gateway = house.gateway
    gateway.run("nft", TABLE)
    house.lab.defer(gateway.run, "nft", "delete table inet foreign")
    before = gateway.run("nft", "-a", "list", "table", "inet", "foreign").stdout
    house.apply(lambda home: home["nat"]["forwards"].clear())
    assert gateway.run("nft", "-a", "list", "table", "inet", "foreign").stdout == before
    gateway.cleanup()
    gateway.daemon.wait()
    assert gateway.run("nft", "-a", "list", "ruleset").stdout == before
