# SPDX-License-Identifier: GPL-2.0-or-later
"""Namespaces that sluice made: hosts of a lab that the lab did not make."""

from .host import Host


class PodHost(Host):
    """What runs in a pod: commands, sockets, servers and sniffers."""

    def __init__(self, lab, name):   # pylint: disable=super-init-not-called
        self.lab, self.name = lab, name
        self.namespace = f"pod-{name}"
        self.path = f"/run/netns/{self.namespace}"
