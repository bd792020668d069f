# SPDX-License-Identifier: GPL-2.0-or-later
"""A browser at a host of the lab: headless Chromium, which chromedriver leads and which is gone with the lab."""

import base64
import contextlib
import json
import os
import shutil
import signal
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chromium.remote_connection import ChromiumRemoteConnection
from selenium.webdriver.common.by import By

from .wait import eventually

PORT = 9515
# It asks nobody for anything by itself: packets of its own would be in the tables that tests look at.
QUIET = ("background-networking", "breakpad", "component-update", "default-apps", "domain-reliability", "extensions", "sync")

NO_NAMES = "MAP * ~NOTFOUND, EXCLUDE *.*.*.*"   # but addresses: it would wait for servers of names that no lab has


class _FromHost(ChromiumRemoteConnection):
    """chromedriver listens in the host's namespace alone. Each command is a connection of its own."""

    def __init__(self, host):
        super().__init__(f"http://localhost:{PORT}", "goog", "chrome", keep_alive=False, ignore_proxy=True)
        self.host = host

    def execute(self, command, params):
        with self.host.entered():
            return super().execute(command, params)


def _options(profile):
    made = webdriver.ChromeOptions()
    made.binary_location = shutil.which("chromium")
    for word in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run", "no-proxy-server", "window-size=1280,900",
                 f"host-resolver-rules={NO_NAMES}", f"user-data-dir={profile}", *(f"disable-{name}" for name in QUIET)):
        made.add_argument(f"--{word}")
    made.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return made


def processes_of(profile):
    """Ids of those whose command names the profile."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):   # it has ended meanwhile
            if os.fsencode(str(profile)) in file.read_bytes():
                found.append(int(file.parent.name))
    return found


class Browser:
    """`driver` is Selenium's; what several tests want of a page stands here."""

    def __init__(self, host):
        self.profile = Path(tempfile.mkdtemp(prefix="browser-", dir=host.lab.directory))
        host.lab.defer(self._end_processes)
        chromedriver = host.start("chromedriver", f"--port={PORT}", env={**os.environ, "HOME": str(self.profile)})
        eventually("chromedriver listens", lambda: "started successfully" in chromedriver.output(), within=60)
        self.driver = webdriver.Remote(command_executor=_FromHost(host), options=_options(self.profile))
        host.lab.defer(self._quit)

    def _quit(self):
        with contextlib.suppress(WebDriverException, OSError):
            self.driver.quit()

    def _end_processes(self):
        for pid in processes_of(self.profile):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def open(self, address):
        """As somebody who comes anew: one part of an address is otherwise no reason to load the page again."""
        self.driver.get("about:blank")
        self.driver.get(address)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]

    def text(self, selector="body"):
        """What is read there. All at once, because elements come and go."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText).join('\\n')", selector)

    def shows(self, *words, within="body"):
        text = self.text(within)
        return all(word in text for word in words)

    def complaints(self):
        """What the console got since the last look: errors of the page, what could not be loaded, what the policy of contents forbade."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" or "Content Security Policy" in entry["message"]]

    def command(self, name, **parameters):
        """One of the DevTools protocol."""
        return self.driver.execute("executeCdpCommand", {"cmd": name, "params": parameters})["value"]

    @contextlib.contextmanager
    def screen(self, width, height, is_phone=True):
        """A phone's, which is smaller than any window."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=is_phone)
        try:
            yield self
        finally:
            self.command("Emulation.clearDeviceMetricsOverride")

    def picture(self, file):
        file.write_bytes(base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"]))

    def fetch(self, target, **options):
        """Status and text of a request that the page itself makes."""
        script = ("const [target, options, done] = arguments;"
                  "fetch(target, options).then(async (answer) => done([answer.status, await answer.text()]), (error) => done([0, String(error)]));")
        return tuple(self.driver.execute_async_script(script, target, json.loads(json.dumps(options))))
