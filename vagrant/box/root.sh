# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The root tree: Debian 12 with the programs of the lab, and what Vagrant expects of a box.

# What the package of sluice depends on is in the box, so that it installs without a network.
libraries_of_sluice() {
  local name package=("${PACKAGE:-}")
  [[ -n $PACKAGE ]] || package=("$TREE"/build-package/sluice_*.deb)
  [[ -e ${package[0]} ]] || fail "./run package first: the box gets the libraries that the package depends on"
  dpkg-deb -f "${package[0]}" Depends | tr ',' '\n' | awk '{print $1}' | while read -r name; do real_package "$name"; done
}

# Some names are only provided by other packages, which debootstrap does not look up.
real_package() {
  if apt-cache show --no-all-versions "$1" 2>/dev/null | grep -xF "Package: $1" >/dev/null; then
    echo "$1"
  else
    apt-cache showpkg "$1" | sed '1,/^Reverse Provides:/d' | awk 'NR == 1 {print $1}'
  fi
}

debootstrap_root() {
  local root=$1 packages
  packages=$({
    cat "$HERE/box/packages.txt"
    libraries_of_sluice
  } | sort -u | paste -sd,)
  say "debootstrap: a minute or two"
  # shellcheck disable=SC2086  # no mirror: no word
  debootstrap --variant=minbase --include="$packages" bookworm "$root" ${MIRROR:-} >"$OUT/debootstrap.log" 2>&1 || {
    tail -n 20 "$OUT/debootstrap.log" >&2
    fail "debootstrap did not come to its end; $OUT/debootstrap.log has all of it"
  }
}

# Vagrant's convention: a user of that name, who needs no password for sudo, with the well-known public key.
add_vagrant_user() {
  local root=$1
  chroot "$root" useradd --create-home --shell /bin/bash vagrant
  install -d -m 700 "$root/home/vagrant/.ssh"
  install -m 600 "$HERE/box/vagrant.pub" "$root/home/vagrant/.ssh/authorized_keys"
  chroot "$root" chown -R vagrant:vagrant "$(chroot "$root" sh -c 'echo ~vagrant')"
  echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/vagrant"
  chmod 440 "$root/etc/sudoers.d/vagrant"
}

# The provider's first card is eth0 (net.ifnames=0); the cards of the lab get their names by provisioning.
configure_network() {
  local root=$1
  echo sluice-lab >"$root/etc/hostname"
  printf '127.0.0.1 localhost sluice-lab\n::1 localhost\n' >"$root/etc/hosts"
  printf '[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\n\n[DHCPv4]\nClientIdentifier=mac\n' >\
    "$root/etc/systemd/network/90-eth0.network"
  chroot "$root" systemctl --quiet enable systemd-networkd.service
  # Nobody waits for a card that a machine may not have.
  chroot "$root" systemctl --quiet mask systemd-networkd-wait-online.service
}

# What costs time at each boot and gives a machine that lives for minutes nothing.
trim() {
  local root=$1
  echo '/dev/vda / ext4 defaults,noatime 0 1' >"$root/etc/fstab"
  chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    fstrim.timer e2scrub_reap.service systemd-pcrphase.service frr.service haproxy.service keepalived.service
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*.log
  mkdir -p "$root/var/log/journal"
  # Each machine makes an id of its own at its first boot, from no other's.
  : >"$root/etc/machine-id"
  rm -f "$root/var/lib/dbus/machine-id"
}

make_root() {
  debootstrap_root "$1"
  add_vagrant_user "$1"
  configure_network "$1"
  trim "$1"
}
