# SPDX-License-Identifier: GPL-2.0-or-later
"""With the key `source` each host has the rate for itself; with a prefix all hosts of a network share it."""

import pytest
from harness import limit, limits
from harness.datagrams import Sink, send, sender
from lab.home import OUTSIDE4


def document(home):
    limits(home, limit("each", "1pps", burst="10p", key="source", protocol="udp", ports=7998),
           limit("network", "1pps", burst="10p", key="source/24", protocol="udp", ports=7999))


@pytest.mark.parametrize("port,second", [(7998, 10), (7999, 0)])
def scenario(house, port, second):
    sink = Sink(house.outside, port=port)
    send(sender(house.inside, OUTSIDE4, port), 30)
    first = sink.gets_about(10)
    send(sender(house.second, OUTSIDE4, port), 30)
    assert sink.gets_about(first + second) - first in range(second, second + 3)
