// SPDX-License-Identifier: GPL-2.0-or-later
#include "ddns/process.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/comes_true.hpp"
#include "base/text.hpp"
#include "ddns/name_servers.hpp"
#include "ddns/provider.hpp"
#include "ddns/records.hpp"
#include "errand/lines.hpp"
#include "errand/process.hpp"
#include "errand/surroundings.hpp"
#include "errand/work_folder.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kOrderTakes{10}, kUntilSaid{5};
constexpr unsigned kLongestErrand = 100;   // seconds

// Who knows of one name, and what that is to be.
class FollowedName {
 public:
  FollowedName(const DdnsOrder& order, const std::filesystem::path& folder)
      : order_(order),
        folder_(folder),
        resolvers_(order.resolvers, true),
        records_(records_of(order.name, order.spot, order.updates.has_value())) {}

  DdnsOutcome follow() {
    DdnsOutcome outcome;
    const auto done = follow(outcome);
    if (!done) outcome.error = done.error().message;
    return outcome;
  }

 private:
  // A provider is told also where nobody says what the name leads to.
  Result<> follow(DdnsOutcome& outcome) {
    const auto authority = find_out();
    if (authority) outcome.server = authority->front().address.to_string();
    const auto wrong = authority ? wrong_at(*authority) : std::unexpected(authority.error());
    if (wrong && wrong->empty()) return {};
    if (!wrong && order_.updates) return std::unexpected(wrong.error());
    if (!order_.is_told) {
      TRY(tell());
      outcome.is_told = true;
    }
    return authority ? await(*authority) : std::unexpected(authority.error());
  }

  Result<std::vector<Endpoint>> find_out() const {
    if (!order_.updates) return find_authority(resolvers_, order_.name);
    const auto address = IpAddress::parse(order_.updates->server);
    if (!address) return fail("the address of a server is none");
    return std::vector{Endpoint{*address, order_.updates->port}};
  }

  // The first record that is not as it is to be, in words; empty: all are.
  Result<std::string> wrong_at(const std::vector<Endpoint>& authority) const {
    const NameServers servers(authority, false);
    for (const DnsRecords& one : records_) {
      const auto found = TRY(servers.find(one.owner, one.type));
      const bool right = one.data.empty() ? found.empty() : found == std::vector{one.data};
      if (!right)
        return fmt::format("{} {} is {} at {}", one.type, one.owner,
                           found.empty() ? std::string("missing") : join(found, ", "),
                           authority.front().address.to_string());
    }
    return std::string();
  }

  Result<> tell() const {
    if (order_.updates) return update_dns(*order_.updates, changes_of(records_, order_.ttl), folder_);
    return tell_provider(*order_.provider, resolvers_, order_.name, order_.spot);
  }

  Result<> await(const std::vector<Endpoint>& authority) const {
    Result<std::string> wrong;
    comes_true(kUntilSaid, [&] {
      wrong = wrong_at(authority);
      return wrong && wrong->empty();
    });
    if (!wrong) return std::unexpected(wrong.error());
    return wrong->empty() ? Result<>() : fail(*wrong);
  }

  const DdnsOrder& order_;
  const std::filesystem::path& folder_;
  NameServers resolvers_;
  std::vector<DnsRecords> records_;
};

Result<DdnsOutcome> run_order(const DdnsOrder& order) {
  TRY(leave_privileges(""));
  const WorkFolder folder = TRY(WorkFolder::make());
  return follow_spot(order, folder.path());
}

}   // namespace

DdnsOutcome follow_spot(const DdnsOrder& order, const std::filesystem::path& folder) {
  return FollowedName(order, folder).follow();
}

Result<> run_ddns(int socket) {
  std::signal(SIGPIPE, SIG_IGN);
  ::alarm(kLongestErrand);
  Lines daemon(socket);
  const DdnsOrder order = TRY(decode_ddns_order(TRY(daemon.read(Lines::Clock::now() + kOrderTakes))));
  const auto outcome = run_order(order);
  return daemon.write(
      encode_ddns_outcome(outcome ? *outcome : DdnsOutcome{.error = outcome.error().message}));
}

Result<Helper> start_ddns_process(const std::string& instance) {
  return start_errand(instance, kDdnsVerb, "Name of DNS that follows the gateway, of sluice", "");
}

}   // namespace sluice
