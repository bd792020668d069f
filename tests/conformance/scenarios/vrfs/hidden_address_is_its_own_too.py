# SPDX-License-Identifier: GPL-2.0-or-later
"""An address that a masquerade hides is not the one that the VRF of who asks has itself."""

import socket

from harness import TENANT4, TENANT_GATEWAY4, clients, masquerade, policy, tenants

SO_BINDTODEVICE = 25


def document(home):
    tenants(home)
    home["vrfs"]["red-net"]["routes"].append({"to": "10.2.0.0/24", "through": "blue-net"})
    home["policies"] += [policy("red-blue", "red", "blue"), policy("blue-host", "blue", "host")]
    home["nat"]["masquerade"].append(masquerade("red-blue", "red", "blue"))


def scenario(house):
    clients.ping(house.blue, TENANT_GATEWAY4)
    assert clients.tcp_peer(house.blue, TENANT_GATEWAY4, 8000)
    wire, own = house.sniff("blue"), house.gateway.socket(kind=socket.SOCK_DGRAM)
    own.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b"blue")
    own.sendto(b"from the gateway", (TENANT4, 9))
    wire.wait_for("what the gateway sends", lambda packet: b"from the gateway" in bytes(packet))
