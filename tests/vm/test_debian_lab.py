# SPDX-License-Identifier: GPL-2.0-or-later
"""The package on Debian with systemd, provisioned as by Vagrant, proven from its neighbours: vagrant/verify in VMs."""

import pytest
from debian_lab import DebianLab, private_network
from debian_root import package_in, root_in

MACHINES = ("gateway", "inside1", "outside")


@pytest.fixture(scope="module")
def lab(kernel, tmp_path_factory):
    private_network()
    cache = kernel.root.parent
    with DebianLab(kernel, root_in(cache), package_in(cache), tmp_path_factory.mktemp("lab"), MACHINES) as made:
        made.provision()
        yield made


def test_everything_is_proven(lab):
    proven, told = lab.verify()
    print(told)
    assert proven, "\n".join(line for line in told.splitlines() if not line.startswith("proven")) or told
    assert "wan xdp" in told
