// SPDX-License-Identifier: GPL-2.0-or-later
// Sockets at the link between gateways. One may be bound to a device without a right, since Linux 5.7, as
// long as it is bound to none yet.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "base/result.hpp"
#include "sync/wire.hpp"

namespace sluice {

// Listens at the order's own address, which may come later.
Result<> listen_at_link(boost::asio::ip::tcp::acceptor& acceptor, const SyncOrder& order);

// Made, and bound to the order's own address and device: what is left is to dial.
Result<> open_at_link(boost::asio::ip::tcp::socket& socket, const SyncOrder& order);

// Of a connection: what is said goes at once, and is acknowledged soon or never.
void be_quick(boost::asio::ip::tcp::socket& socket);

// Of the device that has this name now, asked by any socket of IP; 0: there is none.
int device_index(int socket, const std::string& device);

}   // namespace sluice
