// SPDX-License-Identifier: GPL-2.0-or-later
// A laptop's end of a network, whose other end is a gateway that looks for paths (docs/decisions/0074): the
// tunnel is wg-quick's, the process that looks is the gateway's (reach/process.hpp), and this one leads the
// tunnel by what that finds.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>

#include "connect/way_out.hpp"
#include "model/reach_order.hpp"
#include "network/connect_file.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class Connection {
 public:
  using Say = std::function<void(const std::string& line)>;

  // Of a tunnel that is up. `say`: what its user is told.
  static Result<std::unique_ptr<Connection>> of(boost::asio::io_context& io, const ConnectFile& file,
                                                Say say);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

 private:
  Connection(boost::asio::io_context& io, ConnectFile file, Tunnel tunnel, Say say);

  void look();
  ReachOrder order() const;
  Result<> heed(const std::string& line);
  void lead();
  void tell();

  const ConnectFile file_;
  const Tunnel tunnel_;   // as wg-quick made it
  const Say say_;
  HelperLink link_;
  boost::asio::steady_timer look_, lead_;
  std::optional<LaptopWay> way_;
  std::string wanted_, sent_, told_, trouble_;
  std::vector<PathNews> paths_;
};

// `sluiced connect FILE`: until it is told to end. Its output is for a person.
Result<> run_connection(const std::string& path);

}   // namespace sluice
