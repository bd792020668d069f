// SPDX-License-Identifier: GPL-2.0-or-later
// sluice_delay_line ONE OTHER MICROSECONDS: a link between two TAP devices of this namespace that takes so
// long each way, for kernels without netem. What devices merged stays merged, so that a gigabit costs little.
// Says "ready" when the devices are there.
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <vector>

namespace {

constexpr size_t kLargest = 65536 + 256;
constexpr size_t kWaiting = 64 << 20;   // bytes in one direction

struct Frame {
  int64_t due;
  std::vector<char> bytes;
};

struct Way {
  int from, to;
  std::deque<Frame> frames;
  size_t bytes = 0, lost = 0;
};

int64_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

int open_tap(const char* name) {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request{};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  const int header = 10;   // of struct virtio_net_hdr
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) || ioctl(fd, TUNSETVNETHDRSZ, &header) ||
      ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)) {
    perror(name);
    exit(1);
  }
  return fd;
}

void take(Way& way, int64_t delay) {
  static char buffer[kLargest];
  for (ssize_t got; (got = read(way.from, buffer, sizeof(buffer))) > 0;) {
    if (way.bytes + got > kWaiting) continue;
    way.frames.push_back({now() + delay, {buffer, buffer + got}});
    way.bytes += got;
  }
}

void give(Way& way) {
  for (const int64_t time = now(); !way.frames.empty() && way.frames.front().due <= time;
       way.frames.pop_front()) {
    const auto& bytes = way.frames.front().bytes;
    if (write(way.to, bytes.data(), bytes.size()) < 0) ++way.lost;   // the device is down
    way.bytes -= bytes.size();
  }
}

}   // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  const int one = open_tap(words[1]), other = open_tap(words[2]);
  const int64_t delay = atoll(words[3]) * 1000;
  Way ways[] = {{one, other, {}}, {other, one, {}}};
  puts("ready");
  fflush(stdout);
  while (true) {
    int64_t due = now() + 1'000'000'000;
    for (const Way& way : ways)
      if (!way.frames.empty() && way.frames.front().due < due) due = way.frames.front().due;
    const int64_t wait = due - now();
    const timespec timeout{wait > 0 ? wait / 1'000'000'000 : 0, wait > 0 ? wait % 1'000'000'000 : 0};
    pollfd polled[] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
    ppoll(polled, 2, &timeout, nullptr);
    for (Way& way : ways) {
      take(way, delay);
      give(way);
    }
  }
}
