// SPDX-License-Identifier: GPL-2.0-or-later
// Containers that are attached, as the store keeps them, and which of them are still there.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/document.hpp"
#include "model/observed.hpp"
#include "pod/container_addresses.hpp"
#include "store/store.hpp"

namespace sluice {

std::string text_of(const Containers& containers);
Result<Containers> parse_containers(std::string_view text);

// Those whose namespace is there, or the pair that leads into it: no pair outlives its namespace.
std::vector<Container> living(const std::vector<Container>& containers, const Observed& seen);

class ContainerBook {
 public:
  void take_up(Store& store);
  Result<> keep(Store& store);
  // Nothing is left of a container whose engine ended before it said so.
  Result<> collect(const Observed& seen, Store& store);
  // Expands those that live; sentences about those that the document has no place for.
  std::vector<std::string> place(Document& document, const Observed& seen) const;

  const Containers& all() const { return all_; }
  Containers exchange(Containers next) { return std::exchange(all_, std::move(next)); }

 private:
  Containers all_;
  std::string kept_;   // as the store has them
};

// Failure: a document leaves some out.
Result<> expect_place(const std::vector<std::string>& left_out);

}   // namespace sluice
