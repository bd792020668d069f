// SPDX-License-Identifier: GPL-2.0-or-later
// What requests say of backends. Everything wrong with the form is kUsage.
#pragma once

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

Result<DrainRequest> read_drain(const ApiRequest& request);
Result<DrainRequest> read_undrain(const ApiRequest& request);
Result<CertificateRequest> read_certificate_request(const ApiRequest& request, bool revokes);
// Whether it asks how backends are now, too.
Result<bool> read_monitor_query(std::string_view query);

}   // namespace sluice
