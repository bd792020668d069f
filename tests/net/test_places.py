# SPDX-License-Identifier: GPL-2.0-or-later
"""The control socket has 64 places. However many others listen or wait there, root has one."""

import contextlib
import os
import socket

import documents
import pytest
import ways

hook = ways.one_hook
ALL, OF_OTHERS, LISTENERS = 64, 48, 48
KINDS = ("drops", "flows", "health", "changes")
NOBODY = 65534


@pytest.fixture
def gateway(restored):
    restored.gateway.socket_path.chmod(0o666)
    restored.lab.directory.chmod(0o755)
    return restored.gateway


@contextlib.contextmanager
def connections(gateway, count, user=0):
    """Who connects is the user whom the kernel sees then, by the process's effective number."""
    with contextlib.ExitStack() as stack:
        os.seteuid(user)
        try:
            made = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(count)]
            for connection in made:
                connection.connect(str(gateway.socket_path))
        finally:
            os.seteuid(0)
        yield made


def listen(connections):
    """What each is answered first."""
    for number, connection in enumerate(connections):
        connection.settimeout(10)
        connection.sendall(f"GET /v1/monitor/{KINDS[number % len(KINDS)]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return [connection.recv(65536).decode() for connection in connections]


def assert_root_gets_in(gateway):
    changed = {**documents.home("tc"), "timeouts": {"udp": "77s"}}
    gateway.sluice("apply", gateway.write(changed), "--confirm", "300s")
    gateway.sluice("confirm")


def test_others_never_have_all(gateway):
    with connections(gateway, ALL, NOBODY) as made:
        listen(made[:OF_OTHERS])
        turned_away = [connection.recv(65536).decode() for connection in made[OF_OTHERS:]]
        assert all(f"sluiced has {OF_OTHERS} connections open" in text for text in turned_away)
        assert_root_gets_in(gateway)


def test_listeners_never_have_all(gateway):
    with connections(gateway, ALL) as made:
        answered = listen(made)
        assert sum("200 OK" in text for text in answered) == LISTENERS
        assert sum(f"{LISTENERS} listen already: end one of them" in text for text in answered) == ALL - LISTENERS
        assert_root_gets_in(gateway)
