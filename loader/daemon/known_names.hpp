// SPDX-License-Identifier: GPL-2.0-or-later
// Names of what numbers in flows stand for, by the rules in force. The machine is asked once, until it or the
// document may be another one.
#pragma once

#include "gateway/flow_text.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

class KnownNames {
 public:
  explicit KnownNames(Gateway& gateway) : gateway_(gateway) {}

  Result<> know();                                        // asks where they are not known
  void forget() { are_known_ = false; }                   // numbers may stand for others
  const FlowNames& operator*() const { return names_; }   // as they were known last

 private:
  Gateway& gateway_;
  FlowNames names_;
  bool are_known_ = false;
};

}   // namespace sluice
