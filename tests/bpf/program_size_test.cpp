// SPDX-License-Identifier: GPL-2.0-or-later
// How large the programs are: printed, so that growth is seen; and bounded by what one call of the verifier
// takes.
#include <bpf/bpf.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

#include "count/recorded.hpp"
#include "maps/rule_tables.h"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

// Instructions that the verifier looks at. It takes a million (kernel 5.2 and newer), and a microsecond for
// each at every start.
constexpr uint32_t kMostVerified = 300'000;
// The kernel takes 64 (MAX_USED_MAPS) of a program that it loads; constants, which libbpf binds to it
// afterwards, are one more here. Whoever adds one says in docs/decisions/0037 why no other table would do.
constexpr uint32_t kMostMaps = 64;

#define ARRAY(name, value) #name,
#define TRIE(name, key, value) #name,
#define HASH(name, key, value) #name,
constexpr const char* kRuleTables[] = {SL_POLICY_TABLES(ARRAY, TRIE) SL_RULE_TABLES(ARRAY, TRIE, HASH)};
#undef HASH
#undef TRIE
#undef ARRAY

TEST(ProgramSize, LeavesTheVerifierRoom) {
  Lab& lab = Lab::get();
  for (const auto& [name, hook] : {std::pair{"tc ingress", Hook::kTcIngress},
                                   std::pair{"tc egress", Hook::kTcEgress}, std::pair{"xdp", Hook::kXdp}}) {
    bpf_prog_info info{};
    uint32_t length = sizeof(info);
    ASSERT_EQ(bpf_obj_get_info_by_fd(lab.program(hook), &info, &length), 0);
    std::cout << name << ": " << info.xlated_prog_len / 8 << " instructions, " << info.jited_prog_len
              << " bytes of machine code, " << info.verified_insns << " instructions verified, "
              << info.nr_map_ids << " maps\n";
    EXPECT_LE(info.nr_map_ids, kMostMaps) << name;
    EXPECT_GT(info.jited_prog_len, 0u) << "the JIT is on";
    EXPECT_LT(info.verified_insns, kMostVerified) << name << " makes the start slow";
  }
}

// What PATCH_ROOM (bpf/base/patch_room.h) leaves is as much as the kernel adds, so that it has no need to
// copy.
TEST(ProgramSize, HasRoomForTheKernelsCode) {
  Lab& lab = Lab::get();
  for (const auto& [name, hook] :
       {std::pair{"sluice_ingress", Hook::kTcIngress}, std::pair{"sluice_xdp", Hook::kXdp}}) {
    bpf_prog_info info{};
    uint32_t length = sizeof(info);
    ASSERT_EQ(bpf_obj_get_info_by_fd(lab.program(hook), &info, &length), 0);
    EXPECT_LE(info.xlated_prog_len / 8, recorded(name)->code.size()) << name;
  }
}

// A table that is filled and that nobody asks.
TEST(RuleTables, EachIsAskedByThePacketPath) {
  Lab& lab = Lab::get();
  bpf_prog_info info{};
  std::array<uint32_t, 64> maps{};
  info.nr_map_ids = maps.size();
  info.map_ids = reinterpret_cast<uintptr_t>(maps.data());
  uint32_t length = sizeof(info);
  ASSERT_EQ(bpf_obj_get_info_by_fd(lab.program(Hook::kTcIngress), &info, &length), 0);
  for (const char* name : kRuleTables) {
    bpf_map_info map{};
    length = sizeof(map);
    ASSERT_EQ(bpf_obj_get_info_by_fd(lab.map(name), &map, &length), 0);
    EXPECT_NE(std::ranges::find(maps, map.id), maps.end()) << name;
  }
}

}   // namespace
}   // namespace sluice::test
