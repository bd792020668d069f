// SPDX-License-Identifier: GPL-2.0-or-later
// Tells those who listen how the backends of services change: a line of JSON for each change of a state.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "daemon/line_feed.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

class HealthMonitor {
 public:
  HealthMonitor(boost::asio::io_context& io, Gateway& gateway)
      : gateway_(gateway), listeners_(io, "the health of backends") {}

  // Failure: too many listen. With `now` the first lines are how each of them is.
  Result<std::shared_ptr<Feed>> listen(bool now);
  // Something may have changed: the document, what time or health makes of it. Costs nothing where nobody
  // listens.
  void look();

 private:
  using States = std::map<std::string, nlohmann::json>;   // rows by the names of addresses

  bool anybody_listens();
  States states() const;

  Gateway& gateway_;
  LineListeners listeners_;
  States told_;   // while somebody listens
};

}   // namespace sluice
