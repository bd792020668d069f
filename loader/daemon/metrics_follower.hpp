// SPDX-License-Identifier: GPL-2.0-or-later
// Has metrics told by TCP where the document says so, by a process of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>

#include "daemon/flow_counter.hpp"
#include "gateway/gateway.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class MetricsFollower {
 public:
  MetricsFollower(boost::asio::io_context& io, Gateway& gateway, FlowCounter& flows);

  // Another document may be in force.
  void look_again();
  void stop();

 private:
  std::string next();
  std::string answer();
  Result<> heed(const std::string& line);
  void tell_nobody(const std::string& trouble);
  void tell_trouble(const std::string& trouble);

  Gateway& gateway_;
  FlowCounter& flows_;
  HelperLink link_;             // of one that does not run: nobody is told
  std::string wanted_, sent_;   // lines
  bool asked_ = false;          // and not answered
};

}   // namespace sluice
