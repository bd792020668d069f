// SPDX-License-Identifier: GPL-2.0-or-later
// Has browsers answered where the document says so, by a process of its own. That process is given
// connections to the API, which answers there what the document allows the page, and nothing else.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <map>
#include <memory>
#include <string>

#include "api/session.hpp"
#include "gateway/gateway.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class WebFollower {
 public:
  // `service` is asked once somebody looks.
  WebFollower(boost::asio::io_context& io, Gateway& gateway, Service& service);

  // Another document may be in force.
  void look_again();
  void stop();

 private:
  using Socket = boost::asio::local::stream_protocol::socket;

  Result<Helper> start();
  std::string next();
  Result<> heed(const std::string& line);
  void await_question();
  void heed_questions();
  Result<> hand_out_connection();
  void end_sessions();
  void tell_nobody(const std::string& trouble);
  void tell_trouble(const std::string& trouble);

  boost::asio::io_context& io_;
  Gateway& gateway_;
  Service& service_;
  Visitor visitor_;
  std::string wanted_, sent_;      // lines
  std::shared_ptr<Socket> door_;   // by which the process asks for connections
  std::shared_ptr<int> large_bodies_ = std::make_shared<int>(0);
  std::map<Session*, std::shared_ptr<Session>> sessions_;
  HelperLink link_;   // of one that does not run: there is no page
};

}   // namespace sluice
