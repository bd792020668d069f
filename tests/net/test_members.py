# SPDX-License-Identifier: GPL-2.0-or-later
"""A member of the group may apply documents, and has no file of root's told, written or sent away by that."""

import json
import os

import documents
import pytest
import ways
from lab.gateway import binaries
from lab.home import LAN4
from moved_site import NOT_PERMITTED, history, one_sentence

hook = ways.one_hook
MEMBER = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
KEY = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="   # of nobody
TOKEN = "a token of 32 characters or more, of root's"
KEY_OF_THE_BOX = {"home": {"type": "remote-resource", "resources": ["192.168.10.0/24"],
                           "endpoints": {"box": {"type": "cpe", "key_file": "network-keys/boss.key"}}}}


@pytest.fixture
def gateway(restored):
    """With a file of root's in force."""
    (restored.gateway.state / "web.token").write_text(TOKEN, encoding="ascii")
    restored.gateway.apply(served(restored))
    restored.gateway.socket_path.chmod(0o666)
    restored.lab.directory.chmod(0o755)
    return restored.gateway


def served(home, **more):
    return {**documents.home("tc"), "web": {"listen": f"{LAN4}:8080", "token_file": "web.token"}, **more}


def by_member(gateway, *words, expect=0):
    return gateway.run(*MEMBER, binaries() / "sluice", "--socket", gateway.socket_path, *words, expect=expect)


def test_what_is_in_force_stays_and_he_changes_the_rest(restored, gateway):
    made = served(restored, timeouts={"udp": "77s"})
    by_member(gateway, "plan", gateway.write(made))
    by_member(gateway, "apply", gateway.write(made))
    assert json.loads(gateway.sluice("export").stdout)["timeouts"] == {"udp": "77s"}


@pytest.mark.parametrize("more", [
    {"web": {"listen": f"{LAN4}:8080", "token_file": "network-keys/home.key"}},
    {"metrics": {"listen": f"{LAN4}:9100", "token_file": "web.token"}},
    {"networks": KEY_OF_THE_BOX},
    {"reachability": {"interface": "wan", "dynamic_dns": {"name": "a.example.org", "url": "https://a.example.org/", "token_file": "web.token"}}},
], ids=["another file", "the same elsewhere", "of an endpoint", "that is sent away"])
def test_he_names_no_file(restored, gateway, more):
    before, file = history(gateway), gateway.write(served(restored, **more))
    assert "takes root" in one_sentence(by_member(gateway, "apply", file, expect=NOT_PERMITTED))
    assert "takes root" in by_member(gateway, "plan", file).stderr, "so it is planned without the daemon, by what he may read himself"
    assert history(gateway) == before
    assert not gateway.sluice("plan", file).stderr


@pytest.mark.parametrize("file", ["wg0", "pipe"])
def test_nor_does_an_endpoint_of_his(restored, gateway, file):
    """A name is no way to a file: the daemon neither writes there nor waits there."""
    networks = {"home": {"type": "remote-resource", "resources": ["192.168.10.0/24"], "endpoints": {"phone": {"type": "mobile"}}}}
    gateway.apply(served(restored, networks=networks))
    before, folder = history(gateway), restored.lab.directory
    key, pipe = folder / "wg0.key", folder / "pipe.key"
    key.write_text(f"{KEY}\n", encoding="ascii")
    key.chmod(0o640)
    if not pipe.exists():
        os.mkfifo(pipe)
    inode = key.stat().st_ino
    name = os.path.relpath(folder / file, gateway.state / "keys" / "home")
    refused = by_member(gateway, "endpoint", "add", "home", name, "--type", "mobile", "--generate", expect=3)
    assert "name" in refused.stderr and history(gateway) == before
    assert (key.stat().st_ino, key.stat().st_mode & 0o777, key.read_text(encoding="ascii")) == (inode, 0o640, f"{KEY}\n")


def test_nor_does_he_make_the_gateway_a_node(gateway):
    before = history(gateway)
    refused = by_member(gateway, "cluster", "join", "edge", "gw1", "--etcd", "https://etcd1.example.org:2379", expect=NOT_PERMITTED)
    assert "takes root" in one_sentence(refused) and history(gateway) == before
