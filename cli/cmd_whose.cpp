// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice whose FILE --outside ADDRESS:PORT`: which inside host that is. From the document alone, so that it
// can be answered for one that was in force years ago.
#include <fmt/format.h>

#include "api/router.hpp"
#include "cli/arguments.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/document_file.hpp"
#include "cli/report.hpp"
#include "model/address.hpp"
#include "model/port_blocks.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

json hosts_of(const Document& document, const Endpoint& endpoint) {
  json hosts = json::array();
  for (const BlockOwner& owner : owners_of(document, endpoint.address, endpoint.port))
    hosts.push_back({{"inside", owner.inside.to_string()},
                     {"ports", owner.ports.to_string()},
                     {"masquerade", owner.masquerade}});
  return hosts;
}

std::string table_of_holders(const json& answer, const Look& look) {
  return render_table(whose_columns(), answer["hosts"], look);
}

}   // namespace

Outcome run_whose(Call& call) {
  const std::string wanted = call.arguments.value("outside");
  const auto endpoint = parse_endpoint(wanted);
  if (!endpoint)
    return fail(fmt::format("whose: \"{}\" is no ADDRESS:PORT; [ADDRESS]:PORT for IPv6", wanted),
                ErrorKind::kUsage);
  const auto document = TRY(read_document_and_files(call));
  const auto checked = check_document(document.text, document.name, {}, document.files);
  if (!checked) return std::unexpected(refused(document, checked.error()));
  const json answer = {{"schema_version", kSchemaVersion}, {"hosts", hosts_of(checked->document, *endpoint)}};
  call.console.out(render(call, {.fetch = {}, .table = table_of_holders, .rows = "hosts"}, answer));
  if (answer["hosts"].empty())
    call.console.err("no deterministic masquerade of this document gives that address and port");
  return kExitDone;
}

}   // namespace sluice::cli
