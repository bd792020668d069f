// SPDX-License-Identifier: GPL-2.0-or-later
// What an endpoint that is a gateway with sluice puts into its own document: its end of the network. Pure.
#pragma once

#include <string>

#include "base/result.hpp"
#include "network/client_config.hpp"

namespace sluice {

// A document with one network, which has the gateway that prints it as the endpoint "hub", and the sites that
// are met directly. No secret is in it: keys are files. Only of a network with sites or resources, and where
// the gateway is called by its address.
Result<std::string> document_for_gateway(const Network& network, const NetworkEndpoint& endpoint,
                                         const ClientSide& side);

}   // namespace sluice
