// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/container_requests.hpp"

#include <fmt/format.h>

#include "api/body.hpp"
#include "api/requests.hpp"
#include "api/target.hpp"

namespace sluice {

Result<ContainerRequest> read_container(const ApiRequest& request) {
  auto body = TRY(Body::parse(request.body, request.format));
  constexpr std::string_view kFields[] = {"id",  "interface", "namespace", "name",    "network", "zone",
                                          "pod", "subnet",    "subnet6",   "address", "ports",   "who"};
  TRY(body.only(kFields));
  ContainerRequest container;
  container.name.id = TRY(body.required_line("id"));
  container.name.interface = TRY(body.required_line("interface"));
  container.space = TRY(body.required_line("namespace"));
  container.called = TRY(body.line("name", ""));
  container.network = TRY(body.line("network", ""));
  container.zone = TRY(body.required_line("zone"));
  container.pod = TRY(body.line("pod", ""));
  container.subnet = TRY(body.required_line("subnet"));
  container.subnet6 = TRY(body.line("subnet6", ""));
  container.address = TRY(body.line("address", ""));
  container.ports = TRY(body.lines("ports"));
  container.who = author_of(request, TRY(body.line("who", "")));
  return container;
}

Result<ContainerName> read_container_query(std::string_view query) {
  constexpr std::string_view kFields[] = {"id", "interface"};
  const auto fields = TRY(parse_query(query, kFields));
  for (const std::string_view field : kFields)
    if (!fields.contains(field)) return fail(fmt::format("the query lacks \"{}\"", field), ErrorKind::kUsage);
  return ContainerName{fields.at("id"), fields.at("interface")};
}

}   // namespace sluice
