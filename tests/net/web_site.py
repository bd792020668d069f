# SPDX-License-Identifier: GPL-2.0-or-later
"""A home whose gateway has a page, and a browser inside that looks at it. Its fixtures are those of the tests that name them."""

import json

import documents
import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.browser import Browser, processes_of
from lab.documents import policy
from lab.home import INSIDE4, LAN4, OUTSIDE4, SECOND4, WAN4
from lab.phones import own_runtime_directory

PLACE, TOKEN, ECHO = f"{LAN4}:8468", "the-token-of-the-page", 7000
PAGE = f"http://{PLACE}/"
TABS = ("overview", "interfaces", "flows", "drops", "services", "endpoints", "history")
QUICK = {"type": "tcp", "interval": "200ms", "timeout": "200ms", "rise": 1, "fall": 2}


def document(allow=("rollback", "configs")):
    made = documents.carried_by("ebpf", "tc")
    rows = [{"name": "one", "near": f"{INSIDE4}:8080"}, {"name": "two", "near": f"{SECOND4}:8080"}]
    made["policies"].append(policy("page", "lan", "host", protocol="tcp", ports=8468))
    return made | {"underlays": {"near": {"zone": "lan"}},
                   "services": {"pool": {"listen": WAN4, "ports": 8081, "backends": rows, "health": QUICK}},
                   "networks": {"home": {"type": "secure-internet", "port": 51821, "endpoints": {"phone": {"type": "mobile"}}}},
                   "web": {"listen": PLACE, "token_file": "web.token", "allow": list(allow)}}


def with_policy(name):
    made = document()
    made["policies"].append(policy(name, "lan", "internet", protocol="udp"))
    return made


def soon(sentence, condition):
    """A browser on a loaded machine takes its time."""
    return eventually(sentence, condition, within=20)


class WebSite:
    def __init__(self, lab):
        own_runtime_directory()
        self.home = HomeLab(lab)
        self.gateway = self.home.gateway
        self.gateway.start_daemon()
        lab.defer(self.gateway.sluice, "cleanup", expect=None)   # the next lab's tunnel has the same name
        (self.gateway.state / "web.token").write_text(TOKEN + "\n", encoding="ascii")
        servers.tcp_peer_server(self.home.inside, 8080)   # the other backend is down
        servers.tcp_peer_server(self.home.outside, ECHO)
        self.apply(document())
        self.browser = Browser(self.home.inside)

    def apply(self, made, *options):
        self.gateway.sluice("apply", *options, self.gateway.write(made))
        self.home.route_gateway()
        soon("the page is there", lambda: self.allowed() == made["web"]["allow"])

    def allowed(self):
        """What the page may change; None: it does not answer."""
        status, text = self.ask("/v1/web")
        return json.loads(text)["allow"] if status == 200 else None

    def ask(self, target, *options, token=TOKEN):
        """Status and text, without the browser."""
        done = self.home.second.run("curl", "-sS", "-m", "10", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {token}", *options,
                                    f"http://{PLACE}{target}", expect=None)
        text, _, status = done.stdout.rpartition("\n")
        return int(status or 0), text

    def sign_in(self):
        self.browser.open(f"{PAGE}#token={TOKEN}")
        soon("the page is shown", lambda: self.browser.shows("revision", within="#summary"))
        return self.browser

    def open(self, tab):
        """A tab, by a click on it."""
        self.browser.one(f"#tab-{tab}").click()
        soon("it is the tab that is shown", lambda: self.browser.one(f"#tab-{tab}").get_attribute("aria-selected") == "true")
        return self.browser

    def talk(self):
        """A connection through the gateway, which stays."""
        made = clients.EchoedConnection(self.home.inside, OUTSIDE4, ECHO)
        assert made.says("hello" * 1000)
        return made

    def row(self, *words):
        """The cells of the first row of a table that has all of these words; None: there is none."""
        script = ("return [...document.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.innerText))"
                  ".find((cells) => arguments[0].every((word) => cells.includes(word))) ?? null")
        return self.browser.run(script, list(words))


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        made = WebSite(lab)
        yield made
    assert not processes_of(made.browser.profile), "the browser has ended with the lab"


@pytest.fixture
def page(site):
    """Signed in. Whatever the test does, the console stays empty."""
    site.browser.open("about:blank")
    site.browser.complaints()   # of the page that was there while the last test ended
    site.sign_in()
    yield site.browser
    assert site.browser.complaints() == []


@pytest.fixture
def restored(site):
    yield site
    site.apply(document())
