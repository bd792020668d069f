// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator puts into the configuration of the gateway's own sshd.
#include "daemon/service.hpp"
#include "ssh/sshd_config.hpp"

namespace sluice {

using nlohmann::json;

Result<json> GatewayService::ssh_config() {
  if (!gateway_.current()) return fail(kNoDocument);
  const auto& ssh = gateway_.current()->document.ssh;
  if (!ssh) return fail("the document says nothing of \"ssh\"", ErrorKind::kUsage);
  return json{{"text", sshd_config(*ssh)}};
}

}   // namespace sluice
