# SPDX-License-Identifier: GPL-2.0-or-later
"""A connection whose source is refused from now on ends, also where the other side speaks first."""

from harness import assert_silent, flow_is_gone, forward
from lab.download import Download
from lab.home import WAN4
from scapy.layers.inet import TCP

BOGON4 = "198.18.0.9"


def document(home):
    home["nat"]["forwards"].append(forward("stream", WAN4, 9001, "192.168.10.2"))


def refused(home):
    document(home)
    home["interfaces"]["wan"]["bogons"] = "drop"


def scenario(house):
    house.outside.ip(f"addr add {BOGON4}/32 dev eth0")
    house.lab.defer(house.outside.ip, f"addr del {BOGON4}/32 dev eth0")
    house.outside.ip(f"route add {WAN4}/32 dev eth0 src {BOGON4}")
    house.lab.defer(house.outside.ip, f"route del {WAN4}/32 dev eth0")
    download = Download(house.outside, WAN4, 9001)
    port = download.socket.getsockname()[1]
    assert download.socket.getsockname()[0] == BOGON4 and download.goes_on()
    house.apply(refused)
    assert flow_is_gone(house, port)
    wan = house.sniff("wan")
    assert_silent(house, wan, wanted=lambda p: TCP in p and p[TCP].dport == port)
    assert flow_is_gone(house, port)
