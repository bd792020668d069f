// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/service_requests.hpp"

#include "api/body.hpp"
#include "api/requests.hpp"
#include "api/target.hpp"

namespace sluice {
namespace {

Result<DrainRequest> read_backend_request(const ApiRequest& request, bool drain,
                                          std::span<const std::string_view> known) {
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(known));
  DrainRequest wanted{.drain = drain};
  wanted.service = TRY(body.required_line("service"));
  wanted.backend = TRY(body.required_line("backend"));
  wanted.seconds = TRY(read_seconds(body, "seconds", kLongestDrain));
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

Result<CertificateRequest> read_certificate_request(const ApiRequest& request, bool revokes) {
  constexpr std::string_view kFields[] = {"name"};
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(kFields));
  return CertificateRequest{TRY(body.required_line("name")), revokes};
}

Result<bool> read_monitor_query(std::string_view query) {
  constexpr std::string_view kFields[] = {"now"};
  const auto fields = TRY(parse_query(query, kFields));
  return read_switch(fields, "now");
}

}   // namespace sluice
