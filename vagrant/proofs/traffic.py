# SPDX-License-Identifier: GPL-2.0-or-later
"""Proofs about packets."""

from . import clients
from .addresses import (INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, SITE_INSIDE4, SITE_INSIDE6, SITE_WAN4, WAN4)

HOUSE = "gateway inside1 outside"


def masquerade(story, lab):
    prove = story.prove
    digest = lab.digest
    prove(HOUSE, "curl of 10 MB from inside to outside through masquerade",
          lambda: clients.download(lab.inside1, OUTSIDE4, digest))
    prove(HOUSE, "the outside server sees the gateway's address only",
          lambda: clients.seen_as(lab.inside1, OUTSIDE4, WAN4))
    prove(HOUSE, "curl of 10 MB over IPv6", lambda: clients.download(lab.inside1, OUTSIDE6, digest))
    prove(HOUSE, "over IPv6 the outside server sees the inside host's own address",
          lambda: clients.seen_as(lab.inside1, OUTSIDE6, INSIDE6))
    prove(HOUSE, "dig over UDP from inside", lambda: clients.resolves(lab.inside1, OUTSIDE4, "www.example", OUTSIDE4))


def forwards(story, lab):
    prove = story.prove
    prove(HOUSE, "curl from outside through the forward, the server sees the client's own address",
          lambda: clients.seen_as(lab.outside, WAN4, OUTSIDE4))
    prove(HOUSE, "an IPv6 server inside is reached by the policy that names it",
          lambda: clients.seen_as(lab.outside, INSIDE6, OUTSIDE6, 8080))
    prove("gateway inside1 inside2", "the same forward by hairpin from a second inside host",
          lambda: clients.seen_as(lab.inside2, WAN4, WAN4))
    prove(HOUSE, "the outside reaches no inside address over IPv4", lambda: clients.closed(lab.outside, INSIDE4, 8080))
    prove(HOUSE, "the outside reaches no unlisted inside port over IPv6",
          lambda: clients.closed(lab.outside, INSIDE6, 9999))


def diagnose(story, lab):
    prove = story.prove
    prove(HOUSE, "ping over IPv4", lambda: clients.pings(lab.inside1, OUTSIDE4))
    prove(HOUSE, "ping over IPv6", lambda: clients.pings(lab.inside1, OUTSIDE6))
    prove(HOUSE, "traceroute over IPv4 shows the gateway",
          lambda: clients.traces(lab.inside1, OUTSIDE4, [LAN4, OUTSIDE4]))
    prove(HOUSE, "traceroute over IPv6 shows the gateway",
          lambda: clients.traces(lab.inside1, OUTSIDE6, [LAN6, OUTSIDE6]))


def throughput(story, lab):
    prove = story.prove
    prove(HOUSE, "iperf3 from inside to outside", lambda: clients.rate(lab.inside1, OUTSIDE4))
    prove(HOUSE, "iperf3 the other way, answering the same client", lambda: clients.rate(lab.inside1, OUTSIDE4, "-R"))
    prove(HOUSE, "iperf3 over IPv6", lambda: clients.rate(lab.inside1, OUTSIDE6))


def site(story, lab):
    prove = story.prove
    host = lab.site2.inside("inside") if story.has("site2") else None
    prove("site2 outside", "the other site's host reaches the outside, which sees that site's address only",
          lambda: clients.seen_as(host, OUTSIDE4, SITE_WAN4))
    prove("site2 outside", "curl of 10 MB by the other site's host", lambda: clients.download(host, OUTSIDE4, lab.digest))
    prove("site2 outside", "over IPv6 the outside sees the other site's host itself",
          lambda: clients.seen_as(host, OUTSIDE6, SITE_INSIDE6))
    prove("site2 outside", "the other site's forward from outside",
          lambda: clients.seen_as(lab.outside, SITE_WAN4, OUTSIDE4))
    prove("site2 gateway inside1", "the other site's forward from behind the gateway",
          lambda: clients.seen_as(lab.inside1, SITE_WAN4, WAN4))
    prove("site2 gateway inside1", "the gateway's forward from behind the other site",
          lambda: clients.seen_as(host, WAN4, SITE_WAN4))
    prove("site2 outside", "the outside reaches no address of the other site's inside over IPv4",
          lambda: clients.closed(lab.outside, SITE_INSIDE4, 8080))
