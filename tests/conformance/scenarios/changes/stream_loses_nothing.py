# SPDX-License-Identifier: GPL-2.0-or-later
"""A stream of datagrams loses none while documents are applied that still allow it."""

from harness import without
from harness.stream import Stream
from lab.home import OUTSIDE4, WAN4


def other(home):
    without(home["nat"]["forwards"], "web")
    without(home["policies"], "ping")


def scenario(house):
    streams = [Stream(house.inside, OUTSIDE4, 7000, house.port()),
               Stream(house.outside, WAN4, 30000, house.port())]
    for _ in range(4):
        house.apply(other)
        house.apply()
    assert all(stream.runs() for stream in streams)
    assert [stream.lost() for stream in streams] == [0, 0]
    assert [len(stream.peers) for stream in streams] == [1, 1]
