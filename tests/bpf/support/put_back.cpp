// SPDX-License-Identifier: GPL-2.0-or-later
#include "put_back.hpp"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "maps/fragment.h"

namespace sluice::test {
namespace {

constexpr int kPatienceMs = 1000;

template <class Change>
void each_parking(Lab& lab, Change&& change) {
  for (uint32_t row = 0; row < SL_FRAG_QUEUES; ++row) {
    sl_frag_queue parking{};
    if (bpf_map_lookup_elem(lab.map("frag_queues"), &row, &parking) == 0 && change(parking))
      bpf_map_update_elem(lab.map("frag_queues"), &row, &parking, BPF_ANY);
  }
}

}   // namespace

PutBack::PutBack(const Lab& lab, At device)
    : socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)), mac_(lab.mac(device)) {
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(ETH_P_ALL);
  here.sll_ifindex = static_cast<int>(lab.index(device));
  EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&here), sizeof(here)), 0);
}

std::vector<Bytes> PutBack::take(size_t count) {
  std::vector<Bytes> frames;
  pollfd wait{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  while (frames.size() < count && poll(&wait, 1, kPatienceMs) > 0) {
    Bytes frame(65536);
    const ssize_t size = recv(socket_.get(), frame.data(), frame.size(), 0);
    frame.resize(size > 0 ? static_cast<size_t>(size) : 0);
    if (frame.size() >= 14 && std::equal(mac_.begin(), mac_.end(), frame.begin())) frames.push_back(frame);
  }
  return frames;
}

void forget_queued(Lab& lab) {
  each_parking(lab, [](sl_frag_queue& parking) {
    const bool was_used = parking.next != 0;   // also when all that waited has gone
    parking = {};
    return was_used;
  });
}

void age_queued(Lab& lab, uint32_t seconds) {
  const uint32_t ticks = seconds * lab.tables().config->hz;
  each_parking(lab, [&](sl_frag_queue& parking) {
    for (sl_queued& place : parking.place) place.stamp -= ticks;
    return parking.used != 0;
  });
}

size_t queued_count(Lab& lab) {
  size_t count = 0;
  each_parking(lab, [&](const sl_frag_queue& parking) {
    count +=
        static_cast<size_t>(std::ranges::count(parking.place, uint32_t{SL_QUEUED_WAITS}, &sl_queued::state));
    return false;
  });
  return count;
}

}   // namespace sluice::test
