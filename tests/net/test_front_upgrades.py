# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client may change to with a backend: a WebSocket and nothing else."""
import json

import pytest
from front_site import PRIVATE, SHOP, front_fixtures


site = front_fixtures()[0]


def test_websocket(site):
    opened = site.client.websocket(SHOP)
    assert opened.status == 101 and opened.echoes()


@pytest.mark.parametrize("upgrades", [["h2c"], ["H2C"], ["h2c, websocket"], ["websocket, h2c"], ["websocket", "h2c"], ["TLS/1.0"]])
@pytest.mark.parametrize("name", [SHOP, PRIVATE])
def test_no_other_protocol_is_asked_for(site, name, upgrades):
    """The backend upgrades to whatever it is asked for: past limits, rights and headers."""
    lines = [f"GET / HTTP/1.1\r\nHost: {name}\r\nAuthorization: Bearer {site.token()}\r\nConnection: Upgrade, HTTP2-Settings",
             "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *(f"Upgrade: {word}" for word in upgrades)]
    head, body = site.client.raw(name, ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode()).split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert {"upgrade", "http2-settings"} & {key for key, _ in json.loads(body)["headers"]} == set()


def test_websocket_however_it_is_written(site):
    opened = site.client.websocket(SHOP, protocol="WebSocket")
    assert opened.status == 101 and opened.echoes()
