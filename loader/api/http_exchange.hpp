// SPDX-License-Identifier: GPL-2.0-or-later
// One HTTP request and its answer over a connected socket; Boost.Beast stays behind this.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

// The body is MessagePack.
Result<HttpAnswer> exchange_http(UniqueFd connection, std::string_view method, std::string_view target,
                                 std::string body, std::chrono::seconds timeout);

}   // namespace sluice
