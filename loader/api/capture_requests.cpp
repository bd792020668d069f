// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/capture_requests.hpp"

#include <fmt/format.h>

#include "api/body.hpp"
#include "base/number.hpp"

namespace sluice {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 40;

// From 1 to `most`; absent: `otherwise`.
Result<uint64_t> read_number(Body& body, std::string_view field, uint64_t otherwise, uint64_t most) {
  if (!body.has(field)) return otherwise;
  const auto number = whole_number<uint64_t>(TRY(body.text(field)));
  if (number && *number >= 1 && *number <= most) return *number;
  return fail(fmt::format("field \"{}\" is a number from 1 to {}", field, most), ErrorKind::kUsage);
}

}   // namespace

Result<CaptureRequest> read_capture(const ApiRequest& request) {
  constexpr std::string_view kFields[] = {"filter",  "packets", "snaplen", "seconds",  "mebibytes", "drops",
                                          "forward", "zone",    "vrf",     "endpoint", "reason",    "lines"};
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(kFields));
  CaptureRequest wanted;
  wanted.filter = TRY(body.line("filter", ""));
  wanted.packets = TRY(read_number(body, "packets", 0, kMost));
  wanted.snaplen = static_cast<uint32_t>(TRY(read_number(body, "snaplen", kCaptureSnaplen, kCaptureSnaplen)));
  wanted.seconds =
      static_cast<uint32_t>(TRY(read_number(body, "seconds", kCaptureSeconds, kCaptureMostSeconds)));
  wanted.mebibytes = TRY(read_number(body, "mebibytes", kCaptureMebibytes, kMost >> 20));
  wanted.drops = TRY(read_number(body, "drops", 0, 1)) != 0;
  wanted.lines = TRY(read_number(body, "lines", 0, 1)) != 0;
  wanted.forwards = TRY(body.lines("forward"));
  wanted.zones = TRY(body.lines("zone"));
  wanted.vrfs = TRY(body.lines("vrf"));
  wanted.endpoints = TRY(body.lines("endpoint"));
  wanted.reasons = TRY(body.lines("reason"));
  return wanted;
}

}   // namespace sluice
