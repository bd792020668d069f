# SPDX-License-Identifier: GPL-2.0-or-later
"""A flow that somebody kills, on the screen of `sluice top` or by a command, is over."""

import pytest
import top_site
from lab import clients, eventually
from lab.gateway import binaries
from lab.home import OUTSIDE4
from top_site import ECHO, KEYS, echoed, row_of

way, hook, document, served, top = top_site.way, top_site.hook, top_site.document, top_site.served, top_site.top


def no_flow_drops(home):
    return home.gateway.drops().get("no-flow", 0)


def is_over(home, connection, mine):
    """Nothing of it passes any more, and it does not come again by itself."""
    dropped = no_flow_drops(home)
    with pytest.raises(OSError):   # a time out, or a reset
        connection.says("still there?", timeout=1.0)
    port = int(mine.rpartition(":")[2])
    assert not [row for row in home.gateway.show("flows") if row["original"]["source_port"] == port]
    assert no_flow_drops(home) > dropped


def test_a_flow_is_killed_after_a_question(home, top):
    connection, mine = echoed(home)
    assert connection.says("hello")
    shown = top("--filter", mine)
    eventually("it is there", lambda: row_of(shown, mine))
    shown.type("k")
    question = f"kill tcp {mine} > {OUTSIDE4}:{ECHO}? y: yes"
    eventually("it asks", lambda: shown.lines()[-1].startswith(question))
    shown.type("n")
    eventually("nothing is done", lambda: shown.lines()[-1].startswith(KEYS))
    assert connection.says("I live")
    shown.type("k")
    eventually("it asks again", lambda: shown.lines()[-1].startswith(question))
    shown.type("y")
    eventually("it is told", lambda: shown.lines()[-1].startswith(f"killed: tcp {mine} > {OUTSIDE4}:{ECHO}"))
    is_over(home, connection, mine)
    eventually("its row goes", lambda: not row_of(shown, mine))
    assert f"flow tcp {mine} > {OUTSIDE4}:{ECHO} was killed by root" in home.gateway.daemon.output()
    connection.close()


def test_a_command_kills_one_too_and_no_other(home):
    (connection, mine), (other, others) = echoed(home), echoed(home, "second")
    words = ("flow", "kill", "--protocol", "tcp", "--source", mine, "--destination", f"{OUTSIDE4}:{ECHO}")
    assert home.gateway.sluice(*words).stdout == f"killed: tcp {mine} > {OUTSIDE4}:{ECHO}\n"
    is_over(home, connection, mine)
    assert other.says("I live")
    assert "there is no flow tcp" in home.gateway.sluice(*words, expect=2).stderr
    turned = ("flow", "kill", "--protocol", "tcp", "--source", f"{OUTSIDE4}:{ECHO}", "--destination", others)
    assert "there is no flow" in home.gateway.sluice(*turned, expect=2).stderr, "by its answers it is not known"
    for wrong, said in ((("--vrf", "blue"), 'no VRF "blue"'), (("--protocol", "tpc"), '"tpc" is no protocol'),
                        (("--source", "here"), 'source "here" is no address')):
        arguments = list(words)
        if wrong[0] in arguments:
            arguments[arguments.index(wrong[0]) + 1] = wrong[1]
        else:
            arguments += wrong
        assert said in home.gateway.sluice(*arguments, expect=2).stderr
    connection.close()
    other.close()


def test_a_port_that_a_killed_flow_had_is_had_again(home):
    """As after the end that its timeout would have made: the mapping goes with its last flow."""
    connection, mine = echoed(home)
    port = int(mine.rpartition(":")[2])

    def mapped():
        return [row for row in home.gateway.show("mappings") if row["inside_port"] == port and row["protocol"] == "tcp"]
    assert mapped()
    home.gateway.sluice("flow", "kill", "--protocol", "tcp", "--source", mine, "--destination", f"{OUTSIDE4}:{ECHO}")
    eventually("it is gone", lambda: not mapped())
    connection.reset()
    connection.close()
    again = clients.EchoedConnection(home.inside, OUTSIDE4, ECHO, source=("", port))
    assert again.says("anew") and len(mapped()) == 1
    again.close()


def test_who_may_not_talk_to_the_daemon_kills_nothing(home):
    connection, mine = echoed(home)
    words = ("flow", "kill", "--protocol", "tcp", "--source", mine, "--destination", f"{OUTSIDE4}:{ECHO}")
    nobody = ("setpriv", "--reuid", 65534, "--regid", 65534, "--clear-groups")
    done = home.gateway.run(*nobody, binaries() / "sluice", "--socket", home.gateway.socket_path, *words, expect=None)
    assert done.returncode == 5 and "not permitted to talk to sluiced" in done.stderr
    assert connection.says("I live")
    connection.close()
