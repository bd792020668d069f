// SPDX-License-Identifier: GPL-2.0-or-later
// How large the programs are: printed, so that growth is seen; and bounded by what one call of the verifier
// takes.
#include <bpf/bpf.h>

#include <iostream>

#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

constexpr uint32_t kVerifierLimit = 1000000;   // instructions looked at, kernel 5.2 and newer

TEST(ProgramSize, LeavesTheVerifierRoom) {
  Lab& lab = Lab::get();
  for (const auto& [name, hook] : {std::pair{"tc ingress", Hook::kTcIngress},
                                   std::pair{"tc egress", Hook::kTcEgress}, std::pair{"xdp", Hook::kXdp}}) {
    bpf_prog_info info{};
    uint32_t length = sizeof(info);
    ASSERT_EQ(bpf_obj_get_info_by_fd(lab.program(hook), &info, &length), 0);
    std::cout << name << ": " << info.xlated_prog_len / 8 << " instructions, " << info.jited_prog_len
              << " bytes of machine code, " << info.verified_insns << " instructions verified\n";
    EXPECT_GT(info.jited_prog_len, 0u) << "the JIT is on";
    EXPECT_LT(info.verified_insns, kVerifierLimit / 2) << name << " is near the verifier's limit";
  }
}

}   // namespace
}   // namespace sluice::test
