# SPDX-License-Identifier: GPL-2.0-or-later
"""A connection that says nothing while its zone gets another name, and documents change again and again, goes on."""

import json

from harness import clients, policy
from lab.home import OUTSIDE4

CHANGES = 17   # nftables counts the changes of rules up to 15, and begins again


def renamed(number):
    def change(home):
        text = json.dumps(home).replace('"lan"', '"home"').replace('"home": {"zone"', '"lan": {"zone"')
        home.clear()
        home.update(json.loads(text))
        home["policies"].append(policy(f"change-{number}", "internet", "home", "drop", protocol="udp", ports=number))
    return change


def scenario(house):
    connections = [clients.EchoedConnection(house.inside, OUTSIDE4, 7000) for _ in range(CHANGES)]
    for number, connection in enumerate(connections, 1):
        house.apply(renamed(number))
        if number > 12:
            assert connection.says(f"after {number} changes")
