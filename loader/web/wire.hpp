// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that answers browsers say to each other: a line of JSON each. Before the
// first line the daemon sends a socket (kernel/descriptors.hpp), by which the process asks for connections to
// the API with a byte each. Each comes by the same socket, and is one of HTTP.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/address.hpp"

namespace sluice {

inline constexpr size_t kLongestWebOrder = 16384, kLongestWebNews = 4096;

// From the daemon.
struct WebOrder {
  Endpoint listen;
  std::string token;
  std::string about;   // the answer to GET /v1/web, JSON
};

// To the daemon: why nobody can look; empty: they can.
struct WebNews {
  std::string trouble;
};

std::string encode_web_order(const WebOrder& order);
Result<WebOrder> decode_web_order(std::string_view line);
std::string encode_web_news(const WebNews& news);
Result<WebNews> decode_web_news(std::string_view line);

}   // namespace sluice
