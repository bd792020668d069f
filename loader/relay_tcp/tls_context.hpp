// SPDX-License-Identifier: GPL-2.0-or-later
// TLS 1.3 for tunnels. Nobody is proven by it: what it carries is WireGuard, which knows both ends by their
// keys. So a relay's certificate is made anew with each process, and clients look at none.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include "base/result.hpp"

namespace sluice {

Result<boost::asio::ssl::context> server_context();
boost::asio::ssl::context client_context();

}   // namespace sluice
