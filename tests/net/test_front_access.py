# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may open which site: tokens, shares, limits, and what becomes of what is open."""
import os
import signal
import time
from datetime import datetime, timedelta, timezone

import pytest
from front_site import PRIVATE, SHOP, front_fixtures
from lab import clients, eventually
from lab.front import FrontClient, Signer
from lab.home import OTHER_OUTSIDE4, WAN4, WAN6

site, restored = front_fixtures()

ISSUER = "https://login.example.org"


def rfc3339(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_who_has_a_token_and_a_right(site):
    ask = site.client.ask
    assert ask(PRIVATE).status == 401 and ask(PRIVATE).headers["WWW-Authenticate"] == "Bearer"
    assert ask(PRIVATE, token=site.token("bob")).status == 403
    for user in ("john", "ann"):
        answer = ask(PRIVATE, token=site.token(user), headers={"X-User": "root"})
        assert (answer.status, answer.sent("X-User")) == (200, [user])


def test_the_cookie_is_as_good(site):
    cookie = f"a=1; token={site.token()}; b=2"
    answer = site.client.ask(PRIVATE, headers={"Cookie": cookie})
    assert answer.status == 200 and answer.sent("X-User") == ["john"] and answer.sent("Cookie") == ["a=1; b=2"]
    alone = site.client.ask(PRIVATE, headers={"Cookie": f"token={site.token()}"})
    assert alone.status == 200 and not alone.sent("Cookie")
    both = site.client.ask(PRIVATE, token="nonsense", headers={"Cookie": cookie})
    assert both.status == 200, "a token of the application's own is not in the way"


@pytest.mark.parametrize("cookie", [
    "token={0}; token=x", "token={0}; token=x; token=y", "a=1; token={0}; token=x; token=y; b=2", "token={0}; token=x; token={1}", "a=b,token={0}",
    "token = {0}", "a=1; token\t={0}", "a=1 token={0}", 'a="x; token={0}; token=y; token=z', 'a="x; token={0}"; token=y; token=z',
    "a=1,token={0},token={0},token={0}"])
@pytest.mark.parametrize("name", [SHOP, PRIVATE])
def test_no_cookie_has_the_token_on_its_way_on(site, name, cookie):
    """A site can add cookies to those that a browser sends to it: the token stays here however many there are, and however they are read."""
    john, ann = site.token("john"), site.token("ann")
    answer = site.client.ask(name, headers={"Cookie": cookie.format(john, ann)})
    assert answer.status in ((200,) if name == SHOP else (200, 401))
    assert john.encode() not in answer.body and ann.encode() not in answer.body


def test_cookies_of_similar_names_go_on(site):
    cookie = "csrftoken=1; token2=2; my-token=3; at=/?token=4"
    for name in (SHOP, PRIVATE):
        assert site.client.ask(name, headers={"Cookie": f"{cookie}; token={site.token()}"}).sent("Cookie") == [cookie]


BAD = {
    "expired": lambda site: site.token(exp=int(time.time()) - 1),
    "without an end": lambda site: site.token(exp=None),
    "not yet": lambda site: site.token(nbf=int(time.time()) + 60),
    "of another issuer": lambda site: site.token(iss="https://evil.example"),
    "of no issuer": lambda site: site.token(iss=None),
    "of nobody": lambda site: site.token(None),
    "of a user with a line break": lambda site: site.token("john\n"),
    "of a user with a header": lambda site: site.token("john\r\nX-Pod: evil"),
    "by another key": lambda site: Signer().token("john", iss=ISSUER),
    "alg none": lambda site: site.signer.token("john", {"alg": "none"}, iss=ISSUER),
    "alg HS256": lambda site: site.signer.token("john", {"alg": "HS256"}, iss=ISSUER),
    "by the public key as a secret": lambda site: Signer("HS256", open(site.key, "rb").read()).token("john", iss=ISSUER),
    "without a signature": lambda site: site.token().rsplit(".", 1)[0] + ".",
    "another payload": lambda site: ".".join([(a := site.token("bob").split("."))[0], site.token().split(".")[1], a[2]]),
    "nonsense": lambda site: "a.b.c",
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_tokens(site, kind):
    assert site.client.ask(PRIVATE, token=BAD[kind](site)).status == 401


FORGED = {
    "without a signature": lambda site: site.token().rsplit(".", 1)[0] + ".AAAA",
    "by another key": lambda site: Signer().token("john", iss=ISSUER),
    "without an end": BAD["without an end"],
    "expired": BAD["expired"],
}


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("kind", [*BAD, "of somebody else, expired", "of somebody else, of another issuer"])
def test_a_bad_token_makes_no_other_one_good(site, kind, forged):
    """Not what is right with one of them counts for the other: a signature, an issuer, a time."""
    others = {"of somebody else, expired": lambda: site.token("bob", exp=int(time.time()) - 1),
              "of somebody else, of another issuer": lambda: site.token("bob", iss="https://evil.example")}
    one, other = others.get(kind, lambda: BAD[kind](site))(), FORGED[forged](site)
    for header, cookie in ((one, other), (other, one)):
        answer = site.client.ask(PRIVATE, token=header, headers={"Cookie": f"token={cookie}"})
        assert answer.status == 401, "in the header and the cookie"
    assert site.client.ask(PRIVATE, headers={"Cookie": f"token={one}; token={other}"}).status == 401


def test_tokens_stay_here(restored):
    assert not restored.client.ask(PRIVATE, token=restored.token()).sent("Authorization")
    assert not restored.client.ask(SHOP, token=restored.token()).sent("Authorization")
    assert restored.client.ask(SHOP, token="of.the.application").sent("Authorization") == ["Bearer of.the.application"]
    document = restored.document()
    document["sites"]["app1"]["forward_token"] = True
    restored.apply(document)
    token = restored.token()
    answer = restored.client.ask(PRIVATE, token=token, headers={"Cookie": f"token={token}"})
    assert answer.sent("Authorization") == [f"Bearer {token}"] and answer.sent("Cookie") == [f"token={token}"]


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_other_algorithms(restored, algorithm):
    first, second = (Signer(algorithm, (letter * 40).encode() if algorithm == "HS256" else b"") for letter in "ab")
    keys = [one.public(restored.files / f"{algorithm}-{number}") for number, one in enumerate((first, second))]
    document = restored.document()
    document["front"]["tokens"] = {"algorithm": algorithm, "key_file": keys[0], "audience": "pods", "user_claim": "name"}
    restored.apply(document)

    def status(signer, **claims):
        return restored.client.ask(PRIVATE, token=signer.token(name="john", **{"aud": "pods", **claims})).status
    assert (status(first), status(first, aud=["x", "pods"]), status(first, aud=["x", "pods2"]), status(first, aud="podsx")) == (
        200, 200, 401, 401)
    assert status(second) == 401
    document["front"]["tokens"]["key_file"] = keys
    restored.apply(document)
    assert (status(first), status(second)) == (200, 200)
    document["front"]["tokens"]["key_file"] = keys[1]
    restored.apply(document)
    assert (status(first), status(second)) == (401, 200)


def test_a_key_file_is_watched(restored):
    other = Signer()
    before = restored.signer.public(restored.files / "jwt.pub")
    other.public(restored.files / "jwt.pub")
    eventually("the new key counts", lambda: restored.client.ask(PRIVATE, token=other.token("john", iss=ISSUER)).status == 200)
    assert restored.client.ask(PRIVATE, token=restored.token()).status == 401
    restored.signer.public(restored.files / "jwt.pub")
    assert before == restored.key
    eventually("and the old one again", lambda: restored.client.ask(PRIVATE, token=restored.token()).status == 200)


def open_sockets(site):
    return {user: site.client.websocket(PRIVATE, token=site.token(user)) for user in ("john", "ann")}


def test_who_loses_his_right_loses_what_is_open(restored):
    opened, public, pid = open_sockets(restored), restored.client.websocket(SHOP), restored.worker()
    assert all(one.status == 101 and one.echoes() for one in opened.values())
    document = restored.document()
    document["sites"]["app1"]["access"] = {"owner": "john"}
    restored.apply(document)
    eventually("hers is closed", opened["ann"].is_closed, within=1)
    assert restored.client.ask(PRIVATE, token=restored.token("ann")).status == 403
    assert opened["john"].echoes() and public.echoes()
    assert restored.worker() == pid, "without a reload"


def test_a_share_ends(restored):
    document = restored.document()
    document["sites"]["app1"]["access"]["shared"] = [{"user": "bob", "until": rfc3339(4)}, {"user": "eve", "until": rfc3339(-5)}]
    restored.apply(document)
    opened, pid = restored.client.websocket(PRIVATE, token=restored.token("bob")), restored.worker()
    assert opened.status == 101 and opened.echoes()
    assert restored.client.ask(PRIVATE, token=restored.token("eve")).status == 403
    eventually("his time ends", lambda: restored.client.ask(PRIVATE, token=restored.token("bob")).status == 403, within=10)
    eventually("what is open is closed", opened.is_closed, within=2)
    assert restored.worker() == pid


def test_what_an_old_worker_has_open_is_closed_too(restored):
    opened, pid = open_sockets(restored), restored.worker()
    document = restored.document()
    document["front"]["http"] = 8088   # takes a reload
    restored.apply(document)
    assert restored.worker() != pid and all(one.echoes() for one in opened.values())
    document["sites"]["app1"]["access"] = {"owner": "john"}
    restored.apply(document)
    eventually("hers is closed", opened["ann"].is_closed, within=1)
    assert opened["john"].echoes()


def test_a_public_site_that_becomes_private_closes_websockets(restored):
    opened = restored.client.websocket(SHOP)
    assert opened.echoes()
    document = restored.document()
    document["sites"]["shop"]["access"] = {"owner": "john"}
    restored.apply(document)
    eventually("it is closed", opened.is_closed, within=1)
    assert restored.client.ask(SHOP).status == 401


def limited(site, **limits):
    document = site.document()
    document["front"]["limits"] = limits
    return document


def test_limits(restored):
    """Of addresses and users that no other test has."""
    document = limited(restored, public="5/1m", user="7/1m")
    document["sites"]["own"] = {"host": "own.pods.example.org", "service": "web", "access": "public", "limit": "3/2m"}
    document["sites"]["app1"]["access"] = {"owner": "carol", "team": ["dave"]}
    restored.apply(document)
    restored.home.outside.addresses("eth0", "203.0.113.33/24", "203.0.113.34/24")
    one, other = (FrontClient(restored.home.outside, WAN4, source=f"203.0.113.{host}") for host in (33, 34))
    assert [one.ask(SHOP).status for _ in range(7)] == [200] * 5 + [429] * 2
    too_many = one.ask(SHOP, headers={"Accept": "application/json"})
    assert (too_many.headers["Retry-After"], too_many.seen["status"]) == ("60", 429)
    carol = [one.ask(PRIVATE, token=restored.token("carol")).status for _ in range(9)]
    assert carol == [200] * 7 + [429] * 2, "a user has a count of his own, wherever he asks from"
    assert one.ask(PRIVATE, token=restored.token("dave")).status == 200
    assert other.ask(SHOP).status == 200, "another address has its own"
    own = [other.ask("own.pods.example.org", sni=SHOP).status for _ in range(5)]
    assert own == [200] * 3 + [429] * 2, "a site with a limit of its own counts by itself"


def test_one_count_for_all_ways_to_ask(restored):
    """However the host is written, whatever the path, with a token that is none: sites without a limit of their own have one count for an address."""
    restored.apply(limited(restored, public="8/1m"))
    restored.home.outside.addresses("eth0", "203.0.113.36/24")
    one = FrontClient(restored.home.outside, WAN4, source="203.0.113.36")
    ways = [(SHOP, {}), (SHOP.upper(), {}), (f"{SHOP}:443", {}), (SHOP, {"path": "/api/raw"}), (SHOP, {"path": "/api/x"}), (SHOP, {"token": "none"}),
            (SHOP, {"headers": {"Cookie": "token=none"}}), (SHOP, {"headers": {"Accept": "text/event-stream"}})]
    assert [one.ask(host, sni=SHOP, **more).status for host, more in ways] == [200] * 8
    assert [one.ask(host, sni=SHOP, **more).status for host, more in ways] == [429] * 8
    assert one.ask(PRIVATE).status == 429, "without a token a request counts for its address"


def test_counts_outlive_reloads(restored):
    """Of a HAProxy that has just begun too, and of one that has just been reloaded."""
    master = restored.master()
    os.kill(master, signal.SIGKILL)
    eventually("another HAProxy serves", lambda: clients.tcp_outcome(restored.home.outside, WAN4, 443) == "answered"
               and restored.master() not in (None, master), within=20)
    document = limited(restored, public="30/1m", user="30/1m")
    restored.apply(document)

    def statuses(times):
        return [{restored.client.ask(SHOP).status, restored.client.ask(PRIVATE, token=restored.token()).status} for _ in range(times)]
    assert statuses(31)[-1] == {429}
    for port in (8088, 8089, 8090):   # each takes a reload
        document["front"]["http"], pid = port, restored.worker()
        restored.apply(document)
        assert restored.worker() != pid
    # The last of the old workers may still answer what came before it ended; counted anew, all were answered.
    assert statuses(15)[-1] == {429}


def test_a_network_of_ipv6_is_one_client(restored):
    restored.apply(limited(restored, public="4/1m"))
    one, other = (FrontClient(restored.home.outside, WAN6, source=f"2001:db8:f::{host}") for host in ("9", "77"))
    restored.home.outside.addresses("eth0", "2001:db8:f::77/64")
    assert [one.ask(SHOP).status for _ in range(4)] == [200] * 4
    assert other.ask(SHOP).status == 429


def test_bad_tokens_count_for_the_address(restored):
    restored.apply(limited(restored, public="4/1m"))
    other = FrontClient(restored.home.outside, WAN4, source=OTHER_OUTSIDE4)
    statuses = [other.ask(PRIVATE, token="a.b.c").status for _ in range(8)]
    assert statuses[-1] == 429 and set(statuses) <= {401, 429}
    assert other.ask(PRIVATE, token=restored.token()).status == 200
