# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of the gateway: who is told, what may be changed, and that nothing that is told becomes a part of the page."""

import json
from pathlib import Path

import pytest
import web_site
from web_site import PAGE, TOKEN, document, soon, with_policy

FILES = Path(__file__).resolve().parents[2] / "web"
POLICY = {"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "base-uri 'none'",
          "form-action 'none'", "frame-ancestors 'none'"}
MARKUP = "<img src=x onerror=document.title='owned'>"
site, page, restored = web_site.site, web_site.page, web_site.restored


def test_only_who_has_the_token_is_told(site):
    browser = site.browser
    browser.open(PAGE)
    browser.run("sessionStorage.clear()")
    browser.open(PAGE)
    browser.one("input[name=token]").send_keys("wrong\n")
    soon("it is refused", lambda: browser.shows("The gateway refused the token.", within="[role=alert]"))
    assert not browser.one("nav").is_displayed() and "revision" not in browser.text()
    browser.complaints()   # that 401 was the answer
    browser.one("input[name=token]").send_keys(TOKEN + "\n")
    soon("it is taken", lambda: browser.shows("revision", within="#summary"))
    browser.one("#sign-out").click()
    assert browser.one("input[name=token]") and browser.run("return sessionStorage.length") == 0
    assert browser.complaints() == []
    assert site.ask("/v1/status", token="wrong")[0] == 401


def test_a_token_in_the_address_does_not_stay_there(site, page):
    assert TOKEN not in page.driver.current_url
    assert TOKEN not in page.run("return JSON.stringify([history.state, document.cookie, {...localStorage}])")
    page.driver.refresh()
    soon("it is known after a reload", lambda: page.shows("revision", within="#summary"))


@pytest.mark.parametrize("given", ["", "%", "%E4", "a%20b", "%0d%0aX: y"])
def test_a_token_that_can_be_none_is_asked_for(site, given):
    site.browser.open(PAGE)
    site.browser.run("sessionStorage.clear()")
    site.browser.open(f"{PAGE}#token={given}")
    soon("it is asked for", lambda: site.browser.shows("Token of this gateway"))
    assert "token=" not in site.browser.driver.current_url


def test_what_is_not_allowed_has_no_button_and_is_refused(restored):
    restored.browser.open("about:blank")
    restored.browser.complaints()
    restored.apply(document(allow=()))
    page = restored.sign_in()
    for tab, words in (("history", "in force"), ("endpoints", "phone")):
        restored.open(tab)
        soon("it is there", lambda words=words: page.shows(words, within="main"))
        assert page.all("main button") == []
    headers = ("-H", "Content-Type: application/json")
    before = restored.gateway.json("status")["revision"]
    assert restored.ask("/v1/rollback", "-d", '{"revision": 1}', *headers)[0] == 403
    assert restored.ask("/v1/confirm", "-d", "{}", *headers)[0] == 403
    assert restored.ask("/v1/endpoint-config?network=home&name=phone")[0] == 403
    assert restored.ask("/v1/endpoint-qr?network=home&name=phone")[0] == 403
    assert restored.gateway.json("status")["revision"] == before
    assert page.complaints() == []


@pytest.mark.parametrize(("method", "target"), [("POST", "/v1/apply"), ("POST", "/v1/backup"), ("POST", "/v1/cleanup"), ("DELETE", "/v1/flows"),
                                                ("GET", "/v1/document"), ("GET", "/v1/endpoint-document?network=home&name=phone"), ("PUT", "/v1/rollback")])
def test_nothing_else_can_be_asked(site, method, target):
    status, text = site.ask(target, "-X", method)
    assert status in (403, 404, 405) and "PrivateKey" not in text


@pytest.mark.parametrize("file", ["", *sorted(path.name for path in FILES.iterdir())])
def test_files_come_with_a_strict_policy(site, file):
    text = site.ask(f"/{file}", "-i", token="")[1].replace("\r", "")
    headers = dict(line.lower().split(": ", 1) for line in text.partition("\n\n")[0].splitlines()[1:])
    assert set(headers["content-security-policy"].split("; ")) == POLICY
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    assert text.partition("\n\n")[2].strip() == (FILES / (file or "index.html")).read_text(encoding="utf-8").strip()


def test_there_are_no_other_files(site):
    for path in ("/nothing.js", "/../index.html", "/web/app.js", "/%2e%2e/web.token", "/metrics"):
        assert site.ask(path, "--path-as-is")[0] in (400, 403, 404), path


def test_a_script_that_gets_in_does_not_run(site):
    page = site.sign_in()
    page.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'document.title = \"owned\"'}));"
             "document.body.insertAdjacentHTML('beforeend', arguments[0])", MARKUP)
    soon("the browser says so", lambda: "inline" in " ".join(page.complaints()))
    assert "owned" not in page.driver.title


def test_hostile_words_are_words(restored, page):
    site = restored
    site.apply(with_policy("one"), "--why", MARKUP)
    file = site.gateway.lab.directory / "<b>home<b>.json"
    file.write_text(json.dumps(with_policy("other")), encoding="utf-8")
    site.gateway.sluice("apply", file)
    site.open("history")
    soon("they are shown", lambda: site.row(MARKUP) and site.row(str(file)))
    assert page.all("main img") == page.all("main b") == []
    page.driver.get(f"{PAGE}#/{MARKUP}")
    site.open("flows")
    page.one("input[name=filter]").send_keys(MARKUP)
    soon("none has them", lambda: page.shows("There are no such flows."))
    page.one("input[name=filter]").clear()
    assert "owned" not in page.driver.title
