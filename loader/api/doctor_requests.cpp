// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/doctor_requests.hpp"

#include "api/target.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace sluice {

Result<std::set<uint16_t>> read_doctor_query(std::string_view query) {
  constexpr std::string_view kFields[] = {"sshd"};
  const auto fields = TRY(parse_query(query, kFields));
  std::set<uint16_t> ports;
  const auto at = fields.find("sshd");
  if (at == fields.end()) return ports;
  for (const std::string_view word : split(at->second, ',')) {
    const auto port = whole_number<uint16_t>(word);
    if (!port) return fail("field \"sshd\" is no list of ports", ErrorKind::kUsage);
    ports.insert(*port);
  }
  return ports;
}

}   // namespace sluice
