// SPDX-License-Identifier: GPL-2.0-or-later
// Endpoints by what requests call them.
#pragma once

#include "api/service.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

struct FoundEndpoint {
  const Network& network;
  const NetworkEndpoint& endpoint;
};

// Both stand in the document. Failure: there is none of that name, or no document.
Result<FoundEndpoint> find_endpoint(const Document& document, const EndpointName& wanted);
Result<FoundEndpoint> find_endpoint(const Gateway& gateway, const EndpointName& wanted);

}   // namespace sluice
