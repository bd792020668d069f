// SPDX-License-Identifier: GPL-2.0-or-later
// The targets of the API, and who answers each.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

// What a handler gets to work with: `tail` is what follows the target in the table, a segment decoded.
struct RoutedCall {
  Service& service;
  const ApiRequest& request;
  std::string tail;
  std::unique_ptr<RowReader> rows = {};   // the answer is these
  std::string metrics = {};               // or this text
  std::shared_ptr<Feed> feed = {};        // or what comes
  HandOver hand_over = {};                // or it is somebody else's
};

struct ApiRoute {
  // A target that ends in '/' takes one more segment, one that ends in '?' a query.
  std::string_view method, target;
  ApiResult (*handle)(RoutedCall&);
  std::span<const std::string_view> segments = {};   // which segments there are; empty: any
  std::string_view owner_only = {};                  // why it takes root; empty: it does not
};

std::span<const ApiRoute> routes();

}   // namespace sluice
