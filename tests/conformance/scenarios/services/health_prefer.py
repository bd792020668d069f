# SPDX-License-Identifier: GPL-2.0-or-later
"""Each backend is reached over the preferred underlay, and over the other one while its address there is down."""

from harness.health import FAR, NEAR, Backend, assert_turns, await_states, checked

document = checked([{"name": "one", "near": NEAR["one"], "far": FAR}, {"name": "two", "near": NEAR["two"]}],
                   balance="prefer:near")


def scenario(house):
    one = Backend(house, "one")
    Backend(house, "two"), Backend(house, "far")
    await_states(house, one__near="up", one__far="up", two__near="up")
    assert_turns(house, "one/near", "two/near")
    one.stops()
    await_states(house, one__near="down")
    assert_turns(house, "one/far", "two/near")
    one.starts()
    await_states(house, one__near="up")
    assert_turns(house, "one/near", "two/near")
