// SPDX-License-Identifier: GPL-2.0-or-later
// A new key, and the request that is signed with it: the key itself never leaves the daemon.
#pragma once

#include <string>

#include "base/result.hpp"

namespace sluice {

struct KeyRequest {
  std::string key, request;   // as PEM: a key of P-256, and PKCS #10
};
Result<KeyRequest> make_key_request(const std::string& name);

}   // namespace sluice
