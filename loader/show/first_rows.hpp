// SPDX-License-Identifier: GPL-2.0-or-later
// The first so many of very many rows in an order, with room for those alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice {

template <class Row>
class FirstRows {
 public:
  using Before = bool (*)(const Row& one, const Row& other);   // a strict order

  FirstRows(Before before, bool reverse, size_t most) : before_(before), reverse_(reverse), most_(most) {}

  // A heap whose front is the last of the rows that are kept.
  void note(const Row& row) {
    if (rows_.size() < most_) {
      rows_.push_back(row);
      std::push_heap(rows_.begin(), rows_.end(), order());
    } else if (order()(row, rows_.front())) {
      std::pop_heap(rows_.begin(), rows_.end(), order());
      rows_.back() = row;
      std::push_heap(rows_.begin(), rows_.end(), order());
    }
  }

  std::vector<Row> take() {
    std::sort_heap(rows_.begin(), rows_.end(), order());
    return std::exchange(rows_, {});
  }

 private:
  auto order() const {
    return [this](const Row& one, const Row& other) {
      return reverse_ ? before_(other, one) : before_(one, other);
    };
  }

  Before before_;
  bool reverse_;
  size_t most_;
  std::vector<Row> rows_;
};

}   // namespace sluice
