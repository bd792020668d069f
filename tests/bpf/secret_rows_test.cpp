// SPDX-License-Identifier: GPL-2.0-or-later
// Which row a stranger shares with whom is a secret of each gateway: nobody can aim at another's.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "maps/accounts.h"
#include "maps/budget.h"
#include "support/bpf_test.hpp"
#include "support/packet.hpp"

namespace sluice::test {
namespace {

using RowSet = std::set<uint32_t>;

constexpr uint32_t kNeighbours = 8;

// What the same packets of the same sources take.
struct Taken {
  RowSet flows, next_hops, fragments;
  std::vector<RowSet> queues;   // of the first source, of the first two, ...: there are few queues
};

class SecretRows : public HookTest {
 protected:
  SecretRows() {
    std::ranges::copy(secret(), kept_);
    use({R"({ "name": "all", "from": "lan", "to": ["dmz", "internet"], "action": "accept" },
             { "name": "in", "from": "internet", "to": "dmz", "action": "accept" })",
         "", "", "", R"(, "zones": { "internet": { "uplink": true } })"});
  }
  ~SecretRows() override { change_to(kept_); }

  std::span<__u64> secret() { return lab.tables().config->flow_secret; }

  // Those of an array that are not zero.
  RowSet rows(const char* map, uint32_t first, uint32_t most) {
    bpf_map_info info{};
    uint32_t length = sizeof(info);
    EXPECT_EQ(bpf_obj_get_info_by_fd(lab.map(map), &info, &length), 0);
    RowSet found;
    Bytes row(info.value_size);
    for (uint32_t n = 0; n < most && first + n < info.max_entries; ++n) {
      const uint32_t key = first + n;
      if (bpf_map_lookup_elem(lab.map(map), &key, row.data()) == 0 &&
          std::ranges::any_of(row, [](uint8_t byte) { return byte != 0; }))
        found.insert(n);
    }
    return found;
  }

  RowSet used_queues() { return rows("frag_queues", 0, UINT32_MAX); }
  RowSet asked_rows() { return rows("budgets", SL_BUDGET_ASKED, SL_BUDGET_ASKED_ROWS); }

  // All that stands by the former secret goes.
  void change_to(std::span<const __u64> words) {
    lab.forget();
    std::ranges::copy(words, secret().begin());
  }

  // What a sum has of each in its upper half, for the last octet of an address, is a multiple of this.
  static std::array<__u64, SL_FLOW_SECRETS> words_from(__u64 word, __u64 multiple = 1) {
    std::array<__u64, SL_FLOW_SECRETS> words;
    std::ranges::generate(words, [&] {
      word *= 0x9e3779b97f4a7c15;
      return word - (word % (1ull << 40)) % (multiple << 8);
    });
    return words;
  }

  Taken taken_with(__u64 word) {
    change_to(words_from(word));
    std::vector<RowSet> queues;
    for (uint32_t n = 0; n < kNeighbours; ++n) {
      send_as(fmt::format("10.64.0.{}", 1 + n));
      queues.push_back(rows("frag_queues", 0, UINT32_MAX));
    }
    return {rows("flows4", 0, UINT32_MAX), asked_rows(),
            rows("budgets", SL_BUDGET_FRAGMENTS, SL_BUDGET_FRAGMENT_ROWS), queues};
  }

  // A flow, a next hop that nobody knows, a datagram that is not whole, and a piece that waits for its first
  // one.
  void send_as(const std::string& source) {
    from_lan(Ip4{.src = source, .dst = kFar} / Udp{});
    from_lan(Ip4{.src = source, .dst = "172.20.1." + source.substr(source.rfind('.') + 1) + "0"} / Udp{});
    const Bytes whole = build(Ip4{.src = source, .dst = kFar, .id = 1, .df = false} / Udp{} / Bytes(900));
    EXPECT_EQ(from(At::kLan, fragment(whole, 50)[0]).what, "forwarded");
    const Bytes other = build(Ip4{.src = source, .dst = kFar, .id = 2, .df = false} / Udp{} / Bytes(900));
    EXPECT_EQ(from(At::kLan, fragment(other, 50)[1]).what, "put off");
  }

 private:
  __u64 kept_[SL_FLOW_SECRETS];
};
ON_BOTH_HOOKS(SecretRows);

TEST_P(SecretRows, AreOthersWithAnotherSecret) {
  const Taken one = taken_with(1), again = taken_with(1), other = taken_with(3);
  EXPECT_EQ(one.next_hops, again.next_hops) << "it is the secret, and not chance";
  EXPECT_EQ(one.fragments, again.fragments);
  EXPECT_EQ(one.queues, again.queues);
  EXPECT_NE(one.queues, other.queues);
  for (const auto& [of, with_one, with_other] :
       {std::tuple{"flows", one.flows, other.flows}, std::tuple{"next hops", one.next_hops, other.next_hops},
        std::tuple{"fragments", one.fragments, other.fragments}}) {
    EXPECT_GE(with_one.size(), kNeighbours / 2) << of;
    RowSet both;
    std::ranges::set_intersection(with_one, with_other, std::inserter(both, both.end()));
    EXPECT_LT(both.size(), with_one.size() / 2) << of;
  }
}

// Sums of products put neighbours at equal distances, and some secrets make that distance none.
TEST_P(SecretRows, NeighboursAreApartWithAnySecret) {
  change_to(words_from(1, SL_BUDGET_ASKED_ROWS * (SL_SHARED_ACCOUNTS / 2 - 1)));
  for (uint32_t n = 0; n < kNeighbours; ++n) send_as(fmt::format("10.64.0.{}", 1 + n));
  EXPECT_GE(used_queues().size(), 3u) << "of eight";
  EXPECT_GE(asked_rows().size(), kNeighbours - 1);
  for (uint32_t n = 0; n < kNeighbours; ++n)
    from(At::kWan, Ip4{.src = kFar, .dst = fmt::format("172.20.1.{}", 100 + n)} / Udp{});
  EXPECT_GE(rows("host_shared", 1, UINT32_MAX).size(), kNeighbours - 1)
      << "accounts of hosts that are asked from outside";
}

}   // namespace
}   // namespace sluice::test
