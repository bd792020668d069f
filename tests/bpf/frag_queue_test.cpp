// SPDX-License-Identifier: GPL-2.0-or-later
// Fragments that come before their first piece wait for it, and fragments that overlap end their datagram.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "engine/ebpf/runner.hpp"
#include "maps/fragment.h"
#include "support/answers.hpp"
#include "support/bpf_test.hpp"
#include "support/put_back.hpp"

namespace sluice::test {
namespace {

class FragQueue : public HookTest {
 protected:
  static std::vector<Bytes> pieces_of(const Layers& layers, uint16_t units = 50) {
    return fragment(build(layers), units);
  }
  static std::vector<Bytes> datagram(size_t bytes, uint16_t id = 7) {
    return pieces_of(Ip4{.src = kInside, .dst = kFar, .id = id, .df = false} / Udp{} / Bytes(bytes, 0x3c));
  }
  // The frames that were put back take the way again, at tc: how each ended.
  std::vector<Outcome> again(At device, const std::vector<Bytes>& frames) {
    std::vector<Outcome> outcomes;
    for (const Bytes& frame : frames) outcomes.push_back(lab.arrive_bytes(Hook::kTcIngress, device, frame));
    return outcomes;
  }
  // In this order, all but the first piece wait; what leaves at the end is the whole datagram.
  void expect_whole(At device, const std::vector<Bytes>& pieces, const std::vector<size_t>& order) {
    PutBack back(lab, device);
    size_t waiting = 0, passed = 0;
    for (const size_t index : order) {
      const Outcome outcome = from(device, pieces[index]);
      if (index == 0 && waiting) {
        ASSERT_EQ(outcome.what, "put off");
        const auto frames = back.take(waiting + 1);
        ASSERT_EQ(frames.size(), waiting + 1);
        for (const Outcome& one : again(device, frames)) passed += one.what == "forwarded";
        EXPECT_EQ(passed, waiting + 1);
        EXPECT_EQ(View(frames[0]).l4, View(lab.framed(device, {pieces[0]})).l4) << "the first one is first";
        waiting = 0;
      } else if (passed || index == 0) {
        ASSERT_EQ(outcome.what, "forwarded") << "piece " << index;
        ++passed;
      } else {
        ASSERT_EQ(outcome.what, "put off") << "piece " << index;
        ++waiting;
      }
    }
    EXPECT_EQ(passed, pieces.size());
    EXPECT_EQ(queued_count(lab), 0u);
  }
};
ON_BOTH_HOOKS(FragQueue);

TEST_P(FragQueue, InReverseAllPass) {
  const auto pieces = datagram(2000);
  std::vector<size_t> order(pieces.size());
  std::iota(order.rbegin(), order.rend(), size_t{0});
  expect_whole(At::kLan, pieces, order);
}

TEST_P(FragQueue, InAnyOrderAllPass) {
  std::mt19937 random(4);
  for (uint16_t id = 1; id <= 10; ++id) {
    const auto pieces = datagram(4000, id);
    std::vector<size_t> order(pieces.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::shuffle(order, random);
    expect_whole(At::kLan, pieces, order);
  }
}

TEST_P(FragQueue, Ipv6InReverseToo) {
  const auto pieces = pieces_of(Ip6{.src = kDmz6, .dst = kFar6} / Udp{} / Bytes(900, 7), 40);
  expect_whole(At::kDmz, pieces, {2, 1, 0});
}

TEST_P(FragQueue, ThroughAForwardToo) {
  const auto pieces =
      pieces_of(Ip4{.src = kFar, .dst = kWanAddress, .df = false} / Udp{.dport = 53} / Bytes(900));
  expect_whole(At::kWan, pieces, {1, 2, 0});
}

TEST_P(FragQueue, ForTheGatewayItself) {
  const auto pieces = pieces_of(Ip4{.src = kInside, .dst = kLanAddress, .df = false} / Echo{} / Bytes(900));
  PutBack back(lab, At::kLan);
  EXPECT_EQ(from(At::kLan, pieces[1]).what, "put off");
  EXPECT_EQ(from(At::kLan, pieces[2]).what, "put off");
  EXPECT_EQ(from(At::kLan, pieces[0]).what, "put off");
  for (const Outcome& outcome : again(At::kLan, back.take(3))) EXPECT_EQ(outcome.what, "to host");
}

TEST_P(FragQueue, WhatIsPutBackIsWhatCame) {
  const auto pieces = datagram(900);
  PutBack back(lab, At::kLan);
  for (const size_t index : {2, 1, 0}) from(At::kLan, pieces[index]);
  const auto frames = back.take(3);
  ASSERT_EQ(frames.size(), 3u);
  for (const size_t index : {0, 1, 2}) {
    const Bytes packet(frames[index].begin() + 14, frames[index].end());
    EXPECT_TRUE(std::ranges::count(pieces, packet)) << "frame " << index;
  }
}

TEST_P(FragQueue, AfterTwoSecondsTheyAreCountedAsDropped) {
  const auto pieces = datagram(900);
  EXPECT_EQ(from(At::kLan, pieces[1]).what, "put off");
  EXPECT_EQ(from(At::kLan, pieces[2]).what, "put off");
  CounterWatch watch;
  watch.before(lab.tables());
  Runner runner = Runner::open(Pins(lab.pins())).value();
  EXPECT_EQ(runner.expire_frag_queues().value(), 0u);
  age_queued(lab, 3);
  EXPECT_EQ(runner.expire_frag_queues().value(), 2u);
  EXPECT_EQ(watch.after(lab.tables()).what, "counted 2 times (dropped: FRAGMENT)");
  EXPECT_EQ(queued_count(lab), 0u);
  lab.counted_elsewhere();
}

TEST_P(FragQueue, TheirPlacesAreTakenOverWithoutTheDaemon) {
  for (uint16_t id = 1; id <= SL_FRAG_QUEUE_PLACES; ++id)
    ASSERT_EQ(from(At::kLan, datagram(900, id)[1]).what, "put off");
  EXPECT_EQ(from(At::kLan, datagram(900, 999)[1]).what, "dropped: FRAGMENTS_FULL");
  age_queued(lab, 3);
  Bytes frame = lab.framed(
      At::kLan, Ip4{.src = kInside, .dst = kFar, .df = false, .offset = 9, .protocol = kUdp} / text("late"));
  CounterWatch watch;
  watch.before(lab.tables());
  lab.run(Hook::kTcIngress, At::kLan, frame);
  EXPECT_EQ(watch.after(lab.tables()).what, "dropped: FRAGMENT") << "the oldest, whose time is over";
  EXPECT_EQ(queued_count(lab), size_t{SL_FRAG_QUEUE_PLACES});
}

// One place is free among those that are taken: whoever takes it came later than all around it.
TEST_P(FragQueue, WhatCameLongestAgoGivesWay) {
  PutBack back(lab, At::kLan);
  for (uint16_t id = 1; id <= SL_FRAG_QUEUE_PLACES; ++id)
    ASSERT_EQ(from(At::kLan, datagram(900, id)[1]).what, "put off");
  ASSERT_EQ(from(At::kLan, datagram(900, 5)[0]).what, "put off");
  ASSERT_EQ(back.take(2).size(), 2u);
  const auto pieces = datagram(2300, 999);
  ASSERT_EQ(pieces.size(), 6u);
  for (size_t index = 5; index >= 1; --index) from(At::kLan, pieces[index]);
  EXPECT_EQ(from(At::kLan, pieces[0]).what, "put off");
  EXPECT_EQ(back.take(6).size(), 6u) << "none of them gave way to another of its own datagram";
}

TEST_P(FragQueue, OneSourceDoesNotTakeThePlacesOfAll) {
  for (uint16_t id = 1; id <= SL_FRAG_QUEUE_PLACES; ++id)
    ASSERT_EQ(from(At::kLan, datagram(900, id)[1]).what, "put off");
  int undisturbed = 0;
  for (int host = 20; host < 36; ++host) {
    const std::string source = fmt::format("192.168.10.{}", host);
    const auto other = pieces_of(Ip4{.src = source, .dst = kFar, .df = false} / Udp{} / Bytes(900));
    if (from(At::kLan, other[1]).what != "put off") continue;
    ++undisturbed;
    EXPECT_EQ(from(At::kLan, other[0]).what, "put off") << "and goes on with the one that waited";
  }
  EXPECT_GE(undisturbed, 8) << "one of eight shares by chance";
}

TEST_P(FragQueue, AForgedSourceFindsNoPlace) {
  const auto pieces =
      pieces_of(Ip4{.src = kInside, .dst = kWanAddress, .df = false} / Udp{.dport = 53} / Bytes(900));
  EXPECT_EQ(from(At::kWan, pieces[1]).what, "dropped: SPOOFED");
  EXPECT_EQ(queued_count(lab), 0u);
}

// The 65th datagram of a source, of which none was finished, waits for its end, and then goes on.
TEST_P(FragQueue, WhoFinishesNothingWaitsUntilADatagramIsWhole) {
  for (uint16_t id = 1; id <= 64; ++id) ASSERT_EQ(from(At::kLan, datagram(900, id)[0]).what, "forwarded");
  const auto pieces = datagram(900, 65);
  ASSERT_EQ(pieces.size(), 3u);
  PutBack back(lab, At::kLan);
  for (const size_t index : {0, 2, 1}) EXPECT_EQ(from(At::kLan, pieces[index]).what, "put off");
  const auto frames = back.take(3);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(queued_count(lab), 0u);
  for (const Outcome& outcome : again(At::kLan, frames)) EXPECT_EQ(outcome.what, "forwarded");
  const auto others = pieces_of(Ip4{.src = kSecond, .dst = kFar, .df = false} / Udp{} / Bytes(900));
  EXPECT_EQ(from(At::kLan, others[0]).what, "forwarded") << "each source has a count of its own";
}

TEST_P(FragQueue, WhoFinishesDatagramsNeverWaits) {
  for (uint16_t id = 1; id <= 100; ++id)
    for (const Bytes& piece : datagram(900, id)) ASSERT_EQ(from(At::kLan, piece).what, "forwarded");
}

// What the receiver throws away ends no datagram there: it waits on, and fills its memory.
TEST_P(FragQueue, APieceWithAWrongChecksumFinishesNothing) {
  for (uint16_t id = 1; id <= 64; ++id) {
    auto pieces = datagram(900, id);
    pieces[2][10] ^= 0x5a;
    for (const size_t index : {0, 1}) ASSERT_EQ(from(At::kLan, pieces[index]).what, "forwarded");
    ASSERT_EQ(from(At::kLan, pieces[2]).what, "dropped: BAD_HEADER");
  }
  EXPECT_EQ(from(At::kLan, datagram(900, 65)[0]).what, "put off");
}

TEST_P(FragQueue, APieceThatMayNotArriveFinishesNothing) {
  const auto finish = [&](uint16_t id, const Ip4& last) {
    const auto pieces = datagram(900, id);
    for (const size_t index : {0, 1}) ASSERT_EQ(from(At::kLan, pieces[index]).what, "forwarded");
    ASSERT_EQ(from(At::kLan, build(last / Bytes(108, 0x3c))).what, "forwarded");
  };
  for (uint16_t id = 1; id <= 32; ++id)
    finish(id, {.src = kInside, .dst = kFar, .ttl = 3, .id = id, .df = false, .offset = 100, .protocol = 17});
  for (uint16_t id = 33; id <= 64; ++id)
    finish(id, {.src = kInside,
                .dst = kFar,
                .id = id,
                .df = false,
                .offset = 100,
                .options = {0x94, 4, 0, 0},
                .protocol = 17});
  EXPECT_EQ(from(At::kLan, datagram(900, 65)[0]).what, "put off")
      << "it dies on its way, or its options do not please";
}

TEST_P(FragQueue, OptionsOfAnIpv6PieceMayNotPleaseEither) {
  const auto last = [&](uint32_t id) {
    const Ip6 ip{.src = kInside6, .dst = kFar6};
    return ip / Extension{.body = {0x85, 2, 0, 0, 1, 0}} / Fragment6{.offset = 50, .id = id} /
           Bytes(40, 0x3c);
  };
  for (uint32_t id = 1; id <= 65; ++id) {
    const auto first =
        from(At::kLan, build(Ip6{.src = kInside6, .dst = kFar6} / Fragment6{.more = true, .id = id} /
                             Udp{.length = 448} / Bytes(392, 0x3c)));
    ASSERT_EQ(first.what, id <= 64 ? "forwarded" : "put off") << id;
    if (id <= 64) {
      ASSERT_EQ(from(At::kLan, build(last(id))).what, "forwarded");
    }
  }
}

// Who sends to a forward that answers has proven nothing: all such sources of an interface have one count.
TEST_P(FragQueue, AnAnswerToAnInventedSourceProvesNothing) {
  size_t waited = 0;
  for (uint32_t n = 0; n < 300; ++n) {
    const std::string source = fmt::format("198.51.100.{}", 100 + n % 100);
    const Ip4 ip{.src = source, .dst = kWanAddress, .id = static_cast<uint16_t>(n), .df = false};
    const Outcome asked = from(At::kWan, build(ip / Udp{.dport = 53}));
    ASSERT_EQ(asked.what, "forwarded");
    ASSERT_EQ(from_lan(answer_to(asked.view())).what, "forwarded");
    waited += from(At::kWan, pieces_of(ip / Udp{.dport = 53} / Bytes(900))[0]).what == "put off";
  }
  EXPECT_EQ(waited, 300u - 256u);
}

// Pieces that came before the first one of a datagram that waits belong to it all the same.
TEST_P(FragQueue, EarlyPiecesWaitForTheEndToo) {
  for (uint16_t id = 1; id <= 64; ++id) ASSERT_EQ(from(At::kLan, datagram(900, id)[0]).what, "forwarded");
  const auto pieces = datagram(900, 65);
  PutBack back(lab, At::kLan);
  for (const size_t index : {2, 0}) EXPECT_EQ(from(At::kLan, pieces[index]).what, "put off");
  for (const Outcome& outcome : again(At::kLan, back.take(2))) EXPECT_EQ(outcome.what, "put off");
  EXPECT_EQ(from(At::kLan, pieces[1]).what, "put off") << "it makes the datagram whole";
  for (const Outcome& outcome : again(At::kLan, back.take(3))) EXPECT_EQ(outcome.what, "forwarded");
}

TEST_P(FragQueue, ALongPieceFindsNoPlace) {
  const auto pieces = pieces_of(Ip4{.src = kInside, .dst = kFar, .df = false} / Udp{} / Bytes(5000), 300);
  EXPECT_EQ(from(At::kLan, pieces[1]).what, "dropped: FRAGMENTS_FULL");
}

TEST_P(FragQueue, AnotherDatagramsFirstPieceLeavesThemWaiting) {
  EXPECT_EQ(from(At::kLan, datagram(900, 1)[1]).what, "put off");
  EXPECT_EQ(from(At::kLan, datagram(900, 2)[0]).what, "forwarded");
  EXPECT_EQ(queued_count(lab), 1u);
}

}   // namespace
}   // namespace sluice::test
