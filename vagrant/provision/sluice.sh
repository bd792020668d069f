# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What makes a machine a gateway: the package, and a document in force.

# The package that was uploaded, or that of a shared project folder; otherwise what is installed already.
install_sluice() {
  local package
  for package in /tmp/sluice.deb /vagrant/build-package/sluice_*.deb; do
    [[ -e $package ]] || continue
    apt_get install --no-install-recommends --reinstall --allow-downgrades "$package" >/var/log/sluice-lab-apt.log 2>&1 ||
      fail "apt-get could not install $package, or what it depends on (/var/log/sluice-lab-apt.log)"
    return
  done
  command -v sluiced >/dev/null || fail "sluice is missing: upload its package to /tmp/sluice.deb (./run package makes it)"
}

# put_in_force EXAMPLE: at the first start by the unit, later by apply
put_in_force() {
  local example=$HERE/../examples/$1
  [[ -e $example ]] || example=/usr/share/doc/sluice/examples/$1
  [[ -e $example ]] || fail "the document $1 is neither beside these scripts nor in /usr/share/doc/sluice/examples"
  install -D -m 644 "$example" /etc/sluice/gateway.json
  systemctl --quiet enable sluiced
  systemctl start sluiced || fail "sluiced did not start: journalctl -u sluiced"
  sluice apply --why "provisioning of the lab" /etc/sluice/gateway.json || fail "$1 was not applied"
}
