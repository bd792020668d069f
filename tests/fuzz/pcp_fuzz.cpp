// SPDX-License-Identifier: GPL-2.0-or-later
// What strangers send to the port that mappings are asked at, and what routers answer. What is answered is a
// whole answer, and no longer than it may be.
#include <cstdint>
#include <cstdlib>

#include "pcp/client_message.hpp"

namespace {

using namespace sluice;

void must_be_an_answer(pcp::BytesView message, const pcp::Bytes& answer) {
  const bool is_nat_pmp = message[0] == 0;
  const size_t least = is_nat_pmp ? 8 : 24, most = is_nat_pmp ? 16 : pcp::kLongestMessage;
  const bool is_whole = answer.size() >= least && answer.size() <= most && answer.size() % 4 == 0;
  const uint8_t version = is_nat_pmp ? 0 : pcp::kPcpVersion;
  if (!is_whole || answer[0] != version || answer[1] != (message[1] | 0x80)) std::abort();
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const pcp::BytesView message(data, size);
  if (const auto answer = pcp::read_answer(message)) (void)pcp::reason_of(answer->code);
  const auto request = pcp::read_request(message);
  if (!request) {
    if (!request.error()) return 0;
    must_be_an_answer(message, pcp::write_error(message, *request.error(), 7));
    return 0;
  }
  const bool is_map = request->kind == pcp::Kind::kMap;
  if (is_map && request->inner == 0 && (!request->is_nat_pmp || request->life != 0)) std::abort();
  const pcp::Outcome outcome{4000, *IpAddress::parse("203.0.113.1"), 60};
  must_be_an_answer(message, pcp::write_answer(*request, outcome, 7));
  must_be_an_answer(message, pcp::write_error(message, pcp::Code::kNoResources, 7));
  return 0;
}
