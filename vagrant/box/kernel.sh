# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A stock kernel of Debian: unpacked, never installed. The image has no boot loader; qemu loads kernel and initrd itself.

# For real machines only; what virtual ones and the lab use stays.
HARDWARE=(drivers/gpu drivers/media drivers/infiniband drivers/net/ethernet drivers/net/wireless drivers/iio drivers/staging
  drivers/scsi drivers/usb drivers/input drivers/hwmon drivers/mtd drivers/platform drivers/bluetooth drivers/isdn sound)
# What the initrd needs to find the root file system.
BOOT_MODULES=(virtio_pci virtio_blk ext4 crc32c_generic)

download_kernel() {
  local package
  package=$(apt-cache depends --important linux-image-amd64 | sed -n 's/^ *Depends: //p' | head -n 1)
  [[ -n $package ]] || fail "apt knows no linux-image-amd64: run apt-get update"
  say "downloading $package"
  mkdir -p "$WORK/download"
  (cd "$WORK/download" && apt-get -q download -o APT::Sandbox::User=root "$package" >/dev/null) ||
    fail "apt-get could not download $package"
  dpkg-deb -x "$WORK"/download/*.deb "$1"
  rm -rf "$WORK/download"
}

# take_kernel DIR ROOT: modules into the root tree, vmlinuz and initrd into DIR
take_kernel() {
  local kernel=$1 root=$2 unpacked=${KERNEL:-$1/unpacked} release
  mkdir -p "$kernel"
  [[ -n $KERNEL ]] || download_kernel "$unpacked"
  release=$(basename "$unpacked"/lib/modules/*)
  say "kernel $release"
  mkdir -p "$root/lib/modules"
  cp -a "$unpacked/lib/modules/$release" "$root/lib/modules/"
  (cd "$root/lib/modules/$release/kernel" && rm -rf "${HARDWARE[@]}")
  depmod -b "$root" "$release"
  cp "$unpacked/boot/vmlinuz-$release" "$kernel/vmlinuz"
  make_initrd "$root" "$release" "$kernel/initrd.gz"
}

# The modules in the order in which they can be loaded.
module_files() {
  local root=$1 release=$2 module
  for module in "${BOOT_MODULES[@]}"; do
    modprobe --dirname "$root" --set-version "$release" --show-depends "$module" | awk '$1 == "insmod" {print $2}'
  done | awk '!seen[$0]++'
}

make_initrd() {
  local tree=$WORK/initrd file
  mkdir -p "$tree"/{bin,dev,proc,sys,root,modules}
  cp "$(command -v busybox)" "$tree/bin/busybox"
  while read -r file; do
    cp "$file" "$tree/modules/"
    basename "$file" >>"$tree/modules/order"
  done < <(module_files "$1" "$2")
  install -m 755 "$HERE/box/init" "$tree/init"
  (cd "$tree" && find . | cpio --quiet -o -H newc | gzip -1) >"$3"
  rm -rf "$tree"
}
