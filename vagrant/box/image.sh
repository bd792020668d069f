# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The box: a disk image and its metadata; the settings for the Vagrantfile.

GIGABYTES=4   # of the disk; the image is sparse

make_image() {
  local raw=$WORK/box.raw
  say "disk image"
  truncate -s "${GIGABYTES}G" "$raw"
  mkfs.ext4 -q -L sluice-lab -O ^metadata_csum_seed -d "$WORK/root" "$raw"
  qemu-img convert -f raw -O qcow2 "$raw" "$WORK/box.img"
  rm -f "$raw"
}

# Kernel and initrd are read by qemu itself, so they stay beside the box, not in it.
write_settings() {
  cat >"$OUT/settings.json" <<TEXT
{
  "box": "sluice/bookworm",
  "box_url": "file://$OUT/sluice.box",
  "insert_key": false,
  "libvirt": {
    "kernel": "$OUT/vmlinuz",
    "initrd": "$OUT/initrd.gz",
    "cmd_line": "console=ttyS0 quiet net.ifnames=0 mitigations=off norandmaps"
  }
}
TEXT
}

make_box() {
  make_image
  printf '{"provider": "libvirt", "format": "qcow2", "virtual_size": %d}\n' "$GIGABYTES" >"$WORK/metadata.json"
  printf 'Vagrant.configure("2") { |config| config.vm.guest = :debian }\n' >"$WORK/Vagrantfile"
  tar -C "$WORK" -czf "$OUT/sluice.box" metadata.json Vagrantfile box.img
  mv "$WORK/kernel/vmlinuz" "$WORK/kernel/initrd.gz" "$OUT/"
  write_settings
  say "made $OUT/sluice.box ($(du -h "$OUT/sluice.box" | cut -f1))"
}
