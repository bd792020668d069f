# SPDX-License-Identifier: GPL-2.0-or-later
"""A download goes on undisturbed while documents are applied that still allow it."""

from harness import forward, without
from lab.download import Download
from lab.home import OUTSIDE4, WAN4


def document(home):
    home["nat"]["forwards"].append(forward("stream", "203.0.113.1", 9001, "192.168.10.2"))


def other(home):
    document(home)
    without(home["nat"]["forwards"], "web")
    without(home["policies"], "ping")


def scenario(house):
    downloads = [Download(house.inside, OUTSIDE4, 9001), Download(house.outside, WAN4, 9001)]
    for _ in range(4):
        house.apply(other)
        house.apply(document)
    assert all(download.goes_on() for download in downloads)
