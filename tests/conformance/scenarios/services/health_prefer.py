# SPDX-License-Identifier: GPL-2.0-or-later
"""Each backend is reached over the preferred underlay, and over the other one while its address there is down."""

from harness.health import FAR, NEAR, Backend, await_states, checked, led_by

document = checked([{"name": "one", "near": NEAR["one"], "far": FAR}, {"name": "two", "near": NEAR["two"]}],
                   balance="prefer:near")


def scenario(house):
    one = Backend(house, "one")
    Backend(house, "two"), Backend(house, "far")
    await_states(house, one__near="up", one__far="up", two__near="up")
    assert led_by(house) == {"one/near": 2, "two/near": 2}
    one.stops()
    await_states(house, one__near="down")
    assert led_by(house) == {"one/far": 2, "two/near": 2}
    one.starts()
    await_states(house, one__near="up")
    assert led_by(house) == {"one/near": 2, "two/near": 2}
