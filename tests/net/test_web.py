# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of the gateway, in a browser: its views say what the API says, and an earlier revision is put in force by a click."""

import contextlib
import json
import re

import web_site
from lab import clients
from lab.home import INSIDE4, OUTSIDE4, WAN4
from web_site import ECHO, TABS, document, soon, with_policy

site, page, restored = web_site.site, web_site.page, web_site.restored


def test_each_view_opens_without_a_complaint(site, page):
    for tab in TABS:
        site.open(tab)
        soon(f"{tab} has come", lambda: page.shows("running", within="#summary") and len(page.text("main")) > 20)
        assert page.all("main [role=alert]:not([hidden])") == [], tab
        assert page.complaints() == [], tab


def test_the_overview_says_what_status_says(site, page):
    site.open("overview")
    status = site.gateway.json("status")
    soon("it does", lambda: page.shows("running", f"revision {status['revision']}, ebpf", within="#summary") and
               page.shows(status["version"], "flows_ipv4", "wg-home"))
    row = next(row for row in status["tables"] if row["name"] == "flows_ipv4")
    assert f"{row['room']:,}" in site.row("flows_ipv4")
    assert page.all("meter")


def test_interfaces_have_rates_and_a_line_of_the_last_minutes(site, page):
    site.open("interfaces")
    with contextlib.closing(site.talk()) as connection:
        def drawn():
            connection.says("more" * 1000)
            points = page.run("return document.querySelector('[aria-label=wan] .received')?.getAttribute('points')") or ""
            return len(points.split()) >= 3 and page.shows("kbit/s", "packets/s", within="[aria-label=wan]")
        soon("it is drawn", drawn)
    for row in site.gateway.show("interfaces"):
        text = page.text(f"[aria-label={row['name']}]")
        assert all(word in text for word in (row["zone"], row["hook_reason"], f"{row['mtu']} bytes", row["addresses"][0])), text


def test_flows_are_ordered_and_filtered(site, page):
    site.open("flows")
    with contextlib.closing(site.talk()) as connection:
        source, target = f"{INSIDE4}:{connection.socket.getsockname()[1]}", f"{OUTSIDE4}:{ECHO}"
        soon("it is there", lambda: site.row("tcp", source, target, "lan-out", "established"))
        page.one("input[name=filter]").send_keys(OUTSIDE4)
        soon("the others are left out", lambda: all(OUTSIDE4 in line for line in page.text("tbody tr").splitlines() if ":8468" in line) and
                   site.row("tcp", source, target))
        page.one("input[name=filter]").clear()
        page.one("input[name=filter]").send_keys("nobody")
        soon("none is left", lambda: page.shows("There are no such flows."))
    page.one("input[name=filter]").clear()
    page.one("input[name=filter]").send_keys("tcp")
    page.one("select[name=sort] option[value=source]").click()
    page.one("input[name=reverse]").click()

    def sources():
        return page.run("return [...document.querySelectorAll('tbody tr')].map((row) => row.children[2].innerText.split(':')[0])")
    soon("by their sources, reversed", lambda: len(set(sources())) > 1 and sources() == sorted(sources(), reverse=True))
    page.one("input[name=filter]").clear()


def test_a_drop_appears_with_its_reason(site, page):
    site.open("drops")

    def told():
        clients.tcp_outcome(site.home.outside, WAN4, 81, timeout=0.2)
        return page.shows(f"{OUTSIDE4}", f"> {WAN4}:81", "policy", "internet > host", within=".log")
    soon("it is told as it happens", told)
    row = next(row for row in site.gateway.show("drops") if row["reason"] == "policy" and row["interface"] == "wan")
    soon("and summed", lambda: (cells := site.row("policy", "wan")) and row["text"] in cells and int(cells[5].replace(",", "")) >= row["packets"])


def test_backends_and_forwards(site, page):
    site.open("services")
    rows = {row["backend"]: row for row in site.gateway.show("services")}
    soon("both are there", lambda: site.row("pool", "one", "up", rows["one"]["reason"]) and site.row("pool", "two", "down"))
    soon("its latency too", lambda: re.search(r"\d\.\d ms", " ".join(site.row("pool", "one"))))
    for row in site.gateway.show("forwards"):
        soon(f"{row} is there", lambda row=row: site.row(row["name"], row["listen"], row["ports"], row["to"], row["state"]))


def test_an_endpoint_is_given_its_configuration(site, page):
    site.open("endpoints")
    soon("it is there", lambda: site.row("home", "phone", "mobile", "never") and site.row("home", "wg-home", "51821"))
    config = site.gateway.sluice("endpoint", "config", "home", "phone").stdout
    secret = re.search(r"PrivateKey = (\S+)", config)[1]
    assert secret not in page.driver.page_source
    page.one("button[aria-label='Show the configuration of home/phone']").click()
    soon("it is shown", lambda: page.text("dialog pre").strip() == config.strip() and page.all("dialog svg.qr"))
    assert drawn_modules(page) == json.loads(site.ask("/v1/endpoint-qr?network=home&name=phone")[1])["rows"]
    page.one("dialog button").click()
    soon("it is taken away", lambda: not page.all("dialog") and secret not in page.driver.page_source)


def drawn_modules(page):
    """The rows of the code on the screen, without its margin of four modules."""
    whole, rectangles = page.run("return [document.querySelector('svg.qr').viewBox.baseVal.width, [...document.querySelectorAll('svg.qr g rect')]"
                                 ".map((one) => ['x', 'y', 'width'].map((name) => Number(one.getAttribute(name))))]")
    rows = [["0"] * (int(whole) - 8) for _ in range(int(whole) - 8)]
    for x, y, width in rectangles:
        rows[y - 4][x - 4:x - 4 + width] = "1" * width
    return ["".join(row) for row in rows]


def test_a_revision_is_compared_and_rolled_back_to(restored, page):
    site, before = restored, restored.gateway.json("status")["revision"]
    site.apply(with_policy("one-more"))
    site.open("history")
    soon("it is there", lambda: site.row(str(before + 1), "in force"))
    page.one(f"input[value='{before + 1}']").click()
    soon("it is compared with the one before", lambda: '"name": "one-more"' in page.text(".diff .added"))
    page.one(f"input[value='{before}']").click()
    page.one(f"button[aria-label='Roll back to revision {before}']").click()
    assert page.shows(f"Roll back to revision {before}?", within="dialog")
    page.one("dialog input").send_keys("it was better")
    page.one("dialog button.primary").click()
    soon("it is done", lambda: page.shows(f"Revision {before} is in force.", within="main .notice"))
    assert site.gateway.json("status")["revision"] == before
    assert not [row for row in site.gateway.show("policies") if row["name"] == "one-more"]
    soon("it is told", lambda: site.row(str(before), "in force") and "it was better" in " ".join(site.row(str(before + 1), "rolled-back")))


def test_a_revision_that_waits_is_confirmed(restored, page):
    site = restored
    site.apply(document(), "--confirm", "60s")
    revision = site.gateway.json("status")["revision"]
    soon("all views say so", lambda: page.shows(f"revision {revision} waits to be confirmed", within="#summary"))
    site.open("history")
    soon("it may be confirmed", lambda: page.shows("unless it is confirmed", within="main .notice"))
    page.one("main .notice button").click()
    page.one("dialog button.primary").click()
    soon("it is", lambda: site.gateway.json("status")["pending_confirmation"] is None)
    soon("and said", lambda: page.shows(f"Revision {revision} is confirmed."))


def test_a_phone_has_room_for_each_view(site, page):
    with page.screen(360, 740):
        for tab in TABS:
            site.open(tab)
            soon(f"{tab} has come", lambda: page.all("main td, main article, main .empty:not([hidden])"))
            assert page.run("return document.documentElement.scrollWidth") <= 360, tab
        site.open("endpoints")
        soon("it is there", lambda: page.all("main td button"))
        page.one("main td button").click()
        soon("its code is drawn", lambda: page.all("dialog svg.qr"))
        left, right = page.run("const box = document.querySelector('svg.qr').getBoundingClientRect(); return [box.left, box.right]")
        assert 0 <= left < right <= 360
        assert page.run("return document.documentElement.scrollWidth") <= 360
        page.one("dialog button").click()


def test_keys_lead_from_tab_to_tab(site, page):
    page.run("document.querySelector('#tab-overview').focus()")
    page.driver.switch_to.active_element.send_keys("\ue014\ue007")   # right, enter
    soon("the next one is open", lambda: page.one("#tab-interfaces").get_attribute("aria-selected") == "true")


def test_one_feed_at_a_time(site, page):
    """The gateway answers few at once."""
    for tab in TABS * 2:
        site.open(tab)
    site.open("interfaces")
    soon("it is followed", lambda: page.all("main article"))

    def open_connections():
        shown = site.home.inside.run("ss", "-Htn", "state", "established", "dport", "=", "8468").stdout
        return len(shown.splitlines())
    soon("the others are closed", lambda: open_connections() <= 2)


def test_a_daemon_that_is_away_is_waited_for(site):
    page = site.sign_in()
    site.open("overview")
    site.gateway.daemon.kill()
    soon("it is said", lambda: page.shows("The gateway does not answer", within="#banner"))
    site.gateway.start_daemon()
    site.home.route_gateway()
    soon("it goes on by itself", lambda: not page.one("#banner").is_displayed() and page.shows("running", within="#summary"))
    page.complaints()   # of connections that were refused
