# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice top`: tables of what happens now, on a screen with keys."""

import contextlib
import json
import os

import top_site
from lab import clients, eventually
from lab.gateway import UnixConnection
from lab.home import INSIDE4, OUTSIDE4, SECOND4, WAN4
from top_site import ECHO, ENDLESS, echoed, number, row_of

TABS = ("interfaces", "talkers", "flows", "services", "tenants", "drops", "endpoints")
way, hook, document, served, top = top_site.way, top_site.hook, top_site.document, top_site.served, top_site.top
download = top_site.download


def test_above_stand_the_gateway_its_engine_and_what_it_carries(home, way, top, download):
    shown = top()
    engine = way[0]
    name = os.uname().nodename

    def head():
        line = shown.lines()[0]
        return line.startswith(f"{name}: running, {engine}, ") and " 0 packets/s" not in line and " - packets/s" not in line
    eventually("it is told", head)
    assert shown.lines()[1].split()[:2] == ["1", "interfaces"] and "[3 flows]" in shown.lines()[1]


def test_a_download_is_the_first_flow_with_its_rate(home, top, download):
    shown = top()
    source = f"{INSIDE4}:{download.socket.getsockname()[1]}"

    def first():
        cells = shown.lines()[4].split()
        return cells[:3] == ["tcp", source, f"{OUTSIDE4}:{ENDLESS}"] and cells[3] != "-" and number(cells[3]) > 1e5
    eventually("it is", first)
    assert shown.lines()[3].split()[:4] == ["PROTO", "SOURCE", "DESTINATION", "BIT/S*"]


def test_its_two_ends_are_the_talkers(home, top, download):
    shown = top("--tab", "talkers")

    def told():
        cells = row_of(shown, INSIDE4, "lan")
        return cells and number(cells[3]) > 1e5 and number(cells[2]) > 0 and row_of(shown, OUTSIDE4, "internet")
    eventually("they are", told)
    got = number(row_of(shown, INSIDE4)[3])
    assert shown.lines()[3].split()[:3] == ["HOST", "ZONE", "SENT"] and got > number(row_of(shown, INSIDE4)[2])


def test_interfaces_carry_it(home, top, download):
    shown = top("--tab", "interfaces")

    def told():
        cells = row_of(shown, "wan", "internet")
        return cells and "-" not in cells[3:7] and number(cells[3]) > 1e5
    eventually("they do", told)
    assert row_of(shown, "lan")


def test_drops_of_the_moment_are_told(home, top):
    shown = top("--tab", "drops")

    def told():
        clients.tcp_outcome(home.outside, WAN4, 81, timeout=0.2)
        cells = row_of(shown, "policy", "wan")
        return cells and cells[2] not in ("-", "0") and number(cells[3]) >= 1
    eventually("they are", told)


def test_backends_have_their_connections(home, top):
    shown = top("--tab", "services")
    with contextlib.closing(clients.EchoedConnection(home.outside, WAN4, 8081)) as connection:
        assert connection.says("hello")
        eventually("one is counted", lambda: (cells := row_of(shown, "pool", "one")) and cells[-3:] and "1" in cells)


def test_each_table_has_its_key_and_its_place(home, top):
    shown = top()
    for key, name in enumerate(TABS, 1):
        shown.type(str(key))
        eventually(f"{name} are shown", lambda key=key, name=name: f"[{key} {name}]" in shown.lines()[1])
    eventually("there are none", lambda: shown.shows("the document in force has no networks with endpoints"))
    shown.type("\t")
    eventually("it goes round", lambda: "[1 interfaces]" in shown.lines()[1])
    shown.type("\x1b[Z")
    eventually("and back", lambda: "[7 endpoints]" in shown.lines()[1])
    shown.type("\x1bOD\x1bOD")
    eventually("by arrows too", lambda: "[5 tenants]" in shown.lines()[1] and row_of(shown, "main"))


def test_an_order_is_chosen_and_turned(home, top):
    connections = [echoed(home, host) for host in ("inside", "second")]
    shown = top("--filter", str(ECHO))

    def order():
        return [line.split()[1].rpartition(":")[0] for line in shown.lines()[4:-1] if line.startswith("tcp")]
    eventually("both are there", lambda: set(order()) == {INSIDE4, SECOND4})
    shown.type("<<")   # SOURCE
    eventually("by their sources", lambda: "SOURCE*" in shown.lines()[3] and order() == sorted(order()))
    shown.type("r")
    eventually("reversed", lambda: order() == sorted(order(), reverse=True) and "reversed" in shown.lines()[2])
    for connection, _ in connections:
        connection.close()


def test_a_filter_leaves_the_rows_that_have_the_text(home, top):
    (one, mine), (other, others) = echoed(home), echoed(home, "second")
    shown = top()
    eventually("both are there", lambda: row_of(shown, mine) and row_of(shown, others))
    shown.type(f"/{SECOND4.upper()}")
    eventually("it is typed", lambda: shown.lines()[-1] == f"filter: {SECOND4}_")
    shown.type("x\x7f\r")
    eventually("the other is left", lambda: not row_of(shown, mine) and row_of(shown, others))
    assert f'with "{SECOND4}"' in shown.lines()[2]
    shown.type("/\x7f" + "zzz\r")
    eventually("none is", lambda: shown.shows("no row has that text"))
    shown.type("\x1b")
    eventually("all again", lambda: row_of(shown, mine) and row_of(shown, others))
    one.close()
    other.close()


def test_what_is_frozen_stays(home, top):
    shown = top("--filter", str(ECHO))
    shown.type(" ")
    eventually("it is said", lambda: "FROZEN" in shown.lines()[2])
    connection, mine = echoed(home)
    told = top("--filter", str(ECHO))   # another one sees it
    eventually("it is there", lambda: row_of(told, mine))
    assert not row_of(shown, mine)
    shown.type(" ")
    eventually("and here", lambda: row_of(shown, mine) and "FROZEN" not in shown.lines()[2])
    connection.close()


def test_help_names_the_keys(top):
    shown = top()
    shown.type("?")
    eventually("they are named", lambda: shown.shows("kill the chosen flow") and shown.shows("freeze, and go on"))
    shown.type("x")
    eventually("and then the table is back", lambda: shown.lines()[3].startswith("PROTO"))


def first_line(gateway, target):
    """The first look that is told, or the error."""
    with contextlib.closing(UnixConnection(gateway.socket_path)) as connection:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.readline() if answer.status == 200 else answer.read())


def test_the_lines_are_to_be_had_of_the_socket(home):
    status, line = first_line(home.gateway, "/v1/top/flows?sort=bytes&rows=3&filter=tcp")
    assert status == 200 and line["kind"] == "flows" and line["schema_version"] == 1
    assert line["gateway"]["flows"] >= 0 and len(line["rows"]) <= 3
    for target, said in (("flows?sort=colour", 'no order by "colour"'), ("talkers?sort=idle_seconds", "no order by"),
                         ("flows?rows=0", "from 1 to 1000"), ("flows?rows=1001", "from 1 to 1000"), ("drops?reverse=2", "0 or 1"),
                         ("drops?colour=red", "colour"), ("flows?filter=" + "x" * 257, "at most 256 bytes")):
        status, answer = first_line(home.gateway, "/v1/top/" + target)
        assert status == 400 and said in answer["error"]["message"], (target, answer)


def test_sixteen_may_look_and_one_more_hears_so(home):
    with contextlib.ExitStack() as opened:
        def follow():
            connection = opened.enter_context(contextlib.closing(UnixConnection(home.gateway.socket_path)))
            connection.request("GET", "/v1/top/flows")
            answer = opened.enter_context(contextlib.closing(connection.getresponse()))
            if answer.status == 200:
                assert json.loads(answer.readline())["kind"] == "flows"
            return answer
        answers = [follow() for _ in range(16)]
        assert {answer.status for answer in answers} == {200}
        refused = follow()
        assert refused.status == 500 and "16 follow first rows already" in refused.read().decode()
