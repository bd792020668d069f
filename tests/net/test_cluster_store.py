# SPDX-License-Identifier: GPL-2.0-or-later
"""A cluster whose etcd has several members."""

from cluster_site import ClusterSite
from lab import Lab, eventually


def test_members_of_etcd_that_end_are_not_missed():
    """As long as most of them are there."""
    with Lab("tc") as lab:
        made = ClusterSite(lab, ["gw1", "gw2"], members=3)
        made.start()
        for member in (0, 1, 2):
            made.etcd.kill(member)
            made.await_step("gw1", "gw2")
            eventually("it can be changed", lambda: made.gateways["gw2"].sluice(
                "apply", made.gateways["gw2"].write(made.document(opens=member % 2 == 1)), expect=None).returncode == 0, within=30)
            assert made.reached() == made.all("answered" if member % 2 == 1 else "silence")
            made.etcd.start(member)
            made.etcd.await_all()
