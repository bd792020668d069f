// SPDX-License-Identifier: GPL-2.0-or-later
// One HTTP request and its answer over a connected socket; Boost.Beast stays behind this.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

// Takes a piece of a body as it comes. False: nobody wants more of it.
using BodySink = std::function<bool(std::string_view)>;

enum class Patience { kTimeout, kEndless };   // with the next piece of a body

// The body is MessagePack. With a sink the answer's body goes there where its status is 200, and what it has
// is empty then; `timeout` is for each piece.
Result<HttpAnswer> exchange_http(UniqueFd connection, std::string_view method, std::string_view target,
                                 std::string body, std::chrono::seconds timeout, const BodySink& sink = {},
                                 Patience patience = Patience::kTimeout);

}   // namespace sluice
