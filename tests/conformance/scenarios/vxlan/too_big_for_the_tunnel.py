# SPDX-License-Identifier: GPL-2.0-or-later
"""What does not fit into the tunnel is reported to its sender with the tunnel's MTU; what just fits goes through whole."""

from harness import policy
from harness.frames import is_icmp
from harness.silence import mark
from harness.tunnels import ROOM, SITE4, other_site, site
from lab.home import INSIDE4, LAN4
from scapy.layers.inet import ICMP, IP, UDP


def document(home):
    site(home)
    home["policies"].append(policy("to-site", "lan", "site"))


def scenario(house):
    remote, port = other_site(house), house.port()
    inner, lan, fits, exceeds = remote.sniff("eth0"), house.sniff("lan"), mark(), mark()
    for length, text in ((ROOM + 1, exceeds), (ROOM, fits)):
        packet = IP(src=INSIDE4, dst=SITE4, flags="DF") / UDP(sport=port, dport=9) / text
        house.inject("inside", packet / bytes(length - len(packet)))
    whole = inner.wait_for("what fits", lambda p: fits in bytes(p))
    assert (whole[IP].src, whole[IP].len) == (INSIDE4, ROOM)
    error = lan.wait_for("too big", is_icmp(3, 4))
    assert (error[IP].src, error[ICMP].nexthopmtu) == (LAN4, ROOM) and exceeds in bytes(error)
    assert not inner.matching(lambda p: exceeds in bytes(p))
    assert len(lan.matching(is_icmp(3, 4))) == 1
