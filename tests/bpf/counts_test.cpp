// SPDX-License-Identifier: GPL-2.0-or-later
// Counts that stay what they are whoever is faster: references of mappings, and flows that wait.
#include <bpf/bpf.h>

#include <cstring>

#include "count/kernel_world.hpp"
#include "support/answers.hpp"
#include "support/ports.hpp"
#include "support/slots.hpp"

namespace sluice::test {
namespace {

class Counts : public PortsTest {
 protected:
  // The program that the daemon collects garbage by, as it ends this flow.
  void end_interpreted(KernelWorld& world) {
    constexpr uint32_t kAll = 2;   // SWEEP_ALL
    __sk_buff& context = world.skb_context(0);
    context.mark = kAll;
    interpret(*recorded("sluice_gc"), world, &context);
  }

  static Bytes list_of(const sl_tuple& tuple) {
    constexpr size_t kOffset = 16, kMost = 32;   // SWEEP_OFFSET, SWEEP_MAX
    Bytes frame(kOffset + kMost * sizeof(tuple));
    std::memcpy(frame.data() + kOffset, &tuple, sizeof(tuple));
    return frame;
  }

  uint32_t id_of(const char* map) {
    bpf_map_info info{};
    uint32_t length = sizeof(info);
    EXPECT_EQ(bpf_obj_get_info_by_fd(lab.map(map), &info, &length), 0);
    return info.id;
  }

  sl_account account_of(const std::string& host) {
    for (const auto& [key, row] : accounts())
      if (address_of(key.address).to_string() == host) return row;
    return {};
  }
  void set_waiting(const std::string& host, uint32_t waiting) {
    for (auto [key, row] : accounts()) {
      if (address_of(key.address).to_string() != host) continue;
      row.waiting = waiting;
      bpf_map_update_elem(lab.map("host_flows"), &key, &row, BPF_EXIST);
    }
  }

 private:
  std::vector<std::pair<sl_host, sl_account>> accounts() {
    std::vector<std::pair<sl_host, sl_account>> rows;
    const BpfMap<sl_host, sl_account> hosts("host_flows", UniqueFd(dup(lab.map("host_flows"))));
    (void)hosts.for_each([&](const sl_host& key, const sl_account& row) { rows.emplace_back(key, row); });
    return rows;
  }
};
INSTANTIATE_TEST_SUITE_P(Hooks, Counts, testing::Values(Hook::kTcIngress), name_of_hook);

// Another CPU joins the mapping and leaves it, just before each exchange that the end of its flow could try.
TEST_P(Counts, AReferenceIsGivenBackHoweverManyExchangesAreLost) {
  ASSERT_EQ(udp(kInside, 7777).what, "forwarded");
  const auto flow = find_flow(lab, "192.168.10.2:7777 > 198.51.100.7:53");
  ASSERT_TRUE(flow);
  const MappingRow mapping = mapping_rows(lab, "nat_outside").at(0);
  const auto* key = reinterpret_cast<const uint8_t*>(&mapping.key);
  KernelWorld world(list_of(flow->tuple), lab.jiffies());
  int lost = 0;
  world.other_cpu = [&](uint64_t address) {
    auto* row =
        reinterpret_cast<sl_mapping*>(world.row(id_of("nat_outside"), {key, key + sizeof(mapping.key)}));
    if (!row || address != reinterpret_cast<uintptr_t>(&row->references) || lost == 100) return;
    row->references += ++lost % 2 ? 1 : -1;
  };
  end_interpreted(world);
  EXPECT_TRUE(mapping_rows(lab, "nat_outside").empty()) << "after " << lost << " exchanges that were lost";
  lab.forget();
}

// Its host's row went and was made anew between the flow's end and the count's: the new row knows nothing of
// it.
TEST_P(Counts, WhatWaitsDoesNotFallBelowNothing) {
  ASSERT_EQ(udp(kInside, 7777).what, "forwarded");
  ASSERT_EQ(udp(kInside, 7778).what, "forwarded");
  ASSERT_EQ(account_of(kInside).waiting, 2u);
  set_waiting(kInside, 0);
  ASSERT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 7777}).what,
            "forwarded");
  EXPECT_EQ(account_of(kInside).waiting, 0u);
  EXPECT_EQ(account_of(kInside).flows, 2u);
  lab.forget();
}

}   // namespace
}   // namespace sluice::test
