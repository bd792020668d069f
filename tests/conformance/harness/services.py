# SPDX-License-Identifier: GPL-2.0-or-later
"""A service of three hosts behind the gateway, on two underlays: what it leads to, and what it has led."""

from lab.home import INSIDE4, SECOND4, WAN4

from .documents import DMZ4, dmz

PORT = 8081
NEAR = {"one": f"{INSIDE4}:8080", "two": f"{SECOND4}:8080"}   # in the zone `lan`
FAR = f"{DMZ4}:8080"                                          # of `one`, in the zone `dmz`


def backends(*names, **more):
    """On the underlay `near`."""
    return [{"name": name, "near": NEAR[name], **more.get(name, {})} for name in names]


def put_service(home, rows, **more):
    home["interfaces"]["dmz"] = dmz()
    home["underlays"] = {"near": {"zone": "lan"}, "far": {"zone": "dmz"}}
    home["services"] = {"pool": {"listen": WAN4, "protocol": ["tcp", "udp"], "ports": PORT, "backends": rows, **more}}


class Led:
    """How many flows each address of the service got since this was made."""

    def __init__(self, house):
        self.house, self.before = house, self._flows(house)

    @staticmethod
    def _flows(house):
        return {f"{row['backend']}/{row['underlay']}": row["flows"] for row in house.show("services")}

    def __call__(self):
        """{"one/near": 3}, without those that got none."""
        gained = {name: count - self.before.get(name, 0) for name, count in self._flows(self.house).items()}
        return {name: count for name, count in gained.items() if count}


def is_reset(connection):
    """Whether what it says next is answered by a reset, or what TCP sends again."""
    try:
        return not connection.says("is anybody there?")
    except ConnectionResetError:
        return True
