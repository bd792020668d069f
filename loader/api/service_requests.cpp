// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/service_requests.hpp"

#include <fmt/format.h>

#include "api/body.hpp"
#include "api/requests.hpp"
#include "base/number.hpp"

namespace sluice {
namespace {

constexpr int64_t kLongestDrain = int64_t{30} * 24 * 3600;   // as long as any duration of a document

Result<std::string> read_backend_field(Body& body, std::string_view field) {
  auto text = TRY(body.line(field, ""));
  if (text.empty()) return fail(fmt::format("field \"{}\" is missing", field), ErrorKind::kUsage);
  return text;
}

Result<std::optional<std::chrono::seconds>> read_drain_seconds(Body& body) {
  if (!body.has("seconds")) return std::nullopt;
  const auto number = whole_number<int64_t>(TRY(body.text("seconds")));
  if (number && *number >= 1 && *number <= kLongestDrain) return std::chrono::seconds(*number);
  return fail(fmt::format("field \"seconds\" is not a number from 1 to {}", kLongestDrain),
              ErrorKind::kUsage);
}

Result<DrainRequest> read_backend_request(const ApiRequest& request, bool drain,
                                          std::span<const std::string_view> known) {
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(known));
  DrainRequest wanted{.drain = drain};
  wanted.service = TRY(read_backend_field(body, "service"));
  wanted.backend = TRY(read_backend_field(body, "backend"));
  wanted.seconds = TRY(read_drain_seconds(body));
  wanted.who = author_of(request, TRY(body.line("who", "")));
  wanted.why = TRY(body.line("why", ""));
  return wanted;
}

}   // namespace

Result<DrainRequest> read_drain(const ApiRequest& request) {
  constexpr std::string_view kFields[] = {"service", "backend", "seconds", "who", "why"};
  return read_backend_request(request, true, kFields);
}

Result<DrainRequest> read_undrain(const ApiRequest& request) {
  constexpr std::string_view kFields[] = {"service", "backend", "who", "why"};
  return read_backend_request(request, false, kFields);
}

}   // namespace sluice
