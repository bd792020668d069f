// SPDX-License-Identifier: GPL-2.0-or-later
// Policies and packets out of a small world, so that they meet; and the plain reading of the document.
#pragma once

#include <random>
#include <string>

#include "model/document.hpp"
#include "view.hpp"

namespace sluice::test {

class RandomPolicies {
 public:
  explicit RandomPolicies(uint32_t seed) : random_(seed) {}

  std::string policies();   // JSON objects between lan and internet, separated by commas
  Layers packet();          // from lan to internet

 private:
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  template <class Choice, size_t N>
  const Choice& one_of(const Choice (&choices)[N]) {
    return choices[below(N)];
  }
  std::string policy(int number);
  std::string address_list(const char* key, bool source);
  std::string service();

  std::mt19937 random_;
};

// The first policy that speaks of the packet, from lan to internet; null: none.
const Policy* first_match(const Document& document, const View& packet);

}   // namespace sluice::test
