// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/stun_servers.hpp"

namespace sluice {

using boost::asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kLookAgain{3600}, kFailedAgain{15};

}   // namespace

StunServers::StunServers(boost::asio::io_context& io,
                         std::function<void(const std::vector<KnownServer>&)> found)
    : resolver_(io), timer_(io), found_(std::move(found)) {}

void StunServers::want(const std::vector<StunServer>& servers) {
  if (servers == wanted_) return;
  wanted_ = servers;
  begin();
}

void StunServers::test() {
  if (!looks_up_) begin();
}

void StunServers::begin() {
  looked_up_.clear();
  timer_.cancel();
  looks_up_ = true;
  look_up(0, ++run_);
}

// One after the other, so that their order is the document's. IPv4 alone.
void StunServers::look_up(size_t at, uint64_t run) {
  if (at == wanted_.size()) return settle();
  const StunServer& server = wanted_[at];
  if (const auto address = IpAddress::parse(server.host)) {
    if (address->is_ipv4()) looked_up_.push_back({to_string(server), {*address, server.port}});
    return look_up(at + 1, run);
  }
  resolver_.async_resolve(
      udp::v4(), server.host, std::to_string(server.port),
      [this, at, run](const error_code& error, const Resolver::results_type& results) {
        if (run != run_) return;
        if (!error && !results.empty()) {
          const auto address = results.begin()->endpoint().address().to_v4().to_uint();
          looked_up_.push_back({to_string(wanted_[at]), {IpAddress::from_ipv4(address), wanted_[at].port}});
        }
        look_up(at + 1, run);
      });
}

void StunServers::settle() {
  const bool all = looked_up_.size() == wanted_.size();
  if (all || !looked_up_.empty()) known_ = looked_up_;
  looks_up_ = false;
  found_(known_);
  looked_up_.clear();
  timer_.expires_after(all ? kLookAgain : kFailedAgain);
  timer_.async_wait([this, run = run_](const error_code& error) {
    if (!error && run == run_) begin();
  });
}

}   // namespace sluice
