# SPDX-License-Identifier: GPL-2.0-or-later
"""An address that leaves the document is taken off; one that somebody else put there stays."""


def more(home):
    home["interfaces"]["lan"]["addresses"].append("192.168.77.1/24")


def scenario(house):
    gateway = house.gateway
    gateway.addresses("lan", "192.168.78.1/24")
    house.lab.defer(gateway.ip, "addr del 192.168.78.1/24 dev lan")
    house.apply(more)
    assert gateway.has_address("lan", "192.168.77.1/24")
    house.apply()
    assert not gateway.has_address("lan", "192.168.77.1/24")
    assert gateway.has_address("lan", "192.168.78.1/24") and gateway.has_address("lan", "192.168.10.1/24")
