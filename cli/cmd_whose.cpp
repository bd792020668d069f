// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice whose FILE --outside ADDRESS:PORT`: which inside host that is. From the document alone, so that it
// can be answered for one that was in force years ago.
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "api/router.hpp"
#include "cli/arguments.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/document_file.hpp"
#include "cli/report.hpp"
#include "model/block_owner.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

struct Endpoint {
  IpAddress address;
  uint16_t port = 0;
};

// "192.0.2.1:80", "[2001:db8::1]:80"
std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(colon + 1);
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  const auto parsed = IpAddress::parse(address);
  Endpoint endpoint;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), endpoint.port);
  if (!parsed || parsed->is_ipv4() == bracketed || error != std::errc{} ||
      end != number.data() + number.size())
    return std::nullopt;
  endpoint.address = *parsed;
  return endpoint;
}

json hosts_of(const Document& document, const Endpoint& endpoint) {
  json hosts = json::array();
  for (const BlockOwner& owner : owners_of(document, endpoint.address, endpoint.port))
    hosts.push_back({{"inside", owner.inside.to_string()},
                     {"ports", owner.ports.to_string()},
                     {"masquerade", owner.masquerade}});
  return hosts;
}

std::string table_of(const json& answer, const Look& look) {
  return render_table(whose_columns(), answer["hosts"], look);
}

}   // namespace

Outcome run_whose(Call& call) {
  const std::string wanted = call.arguments.value("outside");
  const auto endpoint = parse_endpoint(wanted);
  if (!endpoint)
    return fail(fmt::format("whose: \"{}\" is no ADDRESS:PORT; [ADDRESS]:PORT for IPv6", wanted),
                ErrorKind::kUsage);
  const auto document = TRY(read_document(call));
  const auto checked = check_document(document.text, document.name);
  if (!checked) return std::unexpected(refused(document, checked.error()));
  const json answer = {{"schema_version", kSchemaVersion}, {"hosts", hosts_of(checked->document, *endpoint)}};
  call.console.out(render(call, {.fetch = {}, .table = table_of, .rows = "hosts"}, answer));
  if (answer["hosts"].empty())
    call.console.err("no deterministic masquerade of this document gives that address and port");
  return kExitDone;
}

}   // namespace sluice::cli
