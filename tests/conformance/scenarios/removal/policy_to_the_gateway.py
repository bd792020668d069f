# SPDX-License-Identifier: GPL-2.0-or-later
"""When the policy to the gateway goes, its connections end like those that pass through.

Those that are at rest: what a server still waits to have acknowledged it sends again, and what the gateway sends by itself
may begin a flow of its own.
"""

from harness import assert_silent, clients, flow_is_gone, without
from lab import eventually
from lab.home import OTHER_OUTSIDE4, WAN4
from scapy.layers.inet import TCP


def is_at_rest(house, port):
    return "unacked" not in house.gateway.run("ss", "-tinH", "dport", "=", f":{port}", quiet=True).stdout


def scenario(house):
    port = house.port()
    connection = clients.EchoedConnection(house.outside, WAN4, 22, source=(OTHER_OUTSIDE4, port))
    assert connection.says("before")
    eventually("the answer was acknowledged", lambda: is_at_rest(house, port))
    house.apply(lambda home: without(home["policies"], "admin-ssh"))
    assert flow_is_gone(house, port)
    wan = house.sniff("wan")
    connection.socket.sendall(b"too late\n")
    assert_silent(house, wan, wanted=lambda p: TCP in p and p[TCP].dport == port)
