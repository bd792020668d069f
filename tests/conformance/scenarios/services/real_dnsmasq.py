# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of two dnsmasq by one port of UDP and TCP, whose health is a question and its answer."""

import dns.flags
import dns.message
from harness import eventually
from harness.health import await_states, checked
from harness.services import PORT
from lab.home import INSIDE4, SECOND4, WAN4
from lab.services import dns_server

NAME, ADDRESSES = "who.example", {"one": "192.0.2.1", "two": "192.0.2.2"}
QUESTION = dns.message.make_query(NAME, "A", id=0x5157, flags=dns.flags.RD)
# Of the answer: the same id, an answer that this server may give, without an error.
HEAD = bytes([0x51, 0x57, 0x85, 0x80])

document = checked([{"name": "one", "near": f"{INSIDE4}:53"}, {"name": "two", "near": f"{SECOND4}:53"}], "udp",
                   {"send": f"hex:{QUESTION.to_wire().hex()}", "receive": f"hex:{HEAD.hex()}"})


def answers(house, *options):
    """Each question is a flow of its own, and has a turn. On a busy machine a check may find nobody up for a moment."""
    def ask():
        said = house.outside.run("dig", "+short", "+tries=1", "+time=2", *options, f"@{WAN4}", "-p", PORT, "-b",
                                 f"0.0.0.0#{house.port()}", NAME, "A", expect=None).stdout.strip()
        return said if said in ADDRESSES.values() else None
    return {eventually("somebody answers", ask) for _ in range(6)}


def scenario(house):
    dns_server(house.inside, NAME, ADDRESSES["one"])
    two = dns_server(house.second, NAME, ADDRESSES["two"])
    await_states(house, one__near="up", two__near="up")
    for options in ((), ("+tcp",)):
        assert answers(house, *options) == set(ADDRESSES.values())
    two.kill()
    await_states(house, one__near="up", two__near="down")
    for options in ((), ("+tcp",)):
        assert answers(house, *options) == {ADDRESSES["one"]}
    dns_server(house.second, NAME, ADDRESSES["two"])
    await_states(house, two__near="up")
    eventually("it has its turns again", lambda: answers(house) == set(ADDRESSES.values()))
