// SPDX-License-Identifier: GPL-2.0-or-later
// What explain is asked about: the first packet of a flow that would come in by an interface.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/address.hpp"
#include "model/document.hpp"

namespace sluice {

// As the operator wrote it. An endpoint of a network stands for its address in the tunnel, "home/phone" or
// "home/phone:443"; as the source it may do without a port, and `in` is the network's tunnel where it is
// empty.
struct QuestionText {
  std::string in, protocol, source, destination;
};

// TCP opens a connection (SYN), ICMP asks (echo request).
struct Question {
  std::string in;   // an interface of the document
  uint8_t protocol = 0;
  Endpoint source, destination;
  bool as_new = false;   // as if there were no flow of it
};

// The first thing that is wrong is told, as kUsage.
Result<Question> parse_question(const QuestionText& text, const Document& document);

}   // namespace sluice
