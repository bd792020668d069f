// SPDX-License-Identifier: GPL-2.0-or-later
// The other end of the control socket: one request, one answer, waiting for it.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "api/http_exchange.hpp"
#include "api/service.hpp"

namespace sluice {

// An apply of a large document takes its time; whoever only looks should hear soon that nobody answers.
inline constexpr std::chrono::seconds kLookTimeout{60}, kChangeTimeout{600};

class Client {
 public:
  explicit Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

  const std::filesystem::path& socket() const { return socket_; }

  // The error of an answer keeps its kind, sentence and complaints. Nobody answers: kUnreachable; the
  // socket's permissions forbid it: kNotPermitted.
  ApiResult get(std::string_view target, std::chrono::seconds timeout = kLookTimeout) const;
  // The rows of the answer's list, one after the other as they come; the answer itself is without it.
  using EachRow = std::function<void(nlohmann::json row)>;
  ApiResult get_rows(std::string_view target, std::string_view list, const EachRow& each) const;
  // What comes, as text, for as long as `each` says that it wants more. Failure also: sluiced has ended.
  // `connected` is told the connection's descriptor, which is open for as long as the call lasts.
  using Connected = std::function<void(int)>;
  ApiResult follow(std::string_view target, const BodySink& each, const Connected& connected = {}) const;
  // The same of a request with a body.
  ApiResult follow(std::string_view target, const nlohmann::json& body, const BodySink& each,
                   const Connected& connected) const;
  ApiResult post(std::string_view target, const nlohmann::json& body,
                 std::chrono::seconds timeout = kChangeTimeout) const;
  ApiResult remove(std::string_view target, std::chrono::seconds timeout = kChangeTimeout) const;

 private:
  ApiResult ask(std::string_view method, std::string_view target, std::string body,
                std::chrono::seconds timeout) const;

  std::filesystem::path socket_;
};

}   // namespace sluice
