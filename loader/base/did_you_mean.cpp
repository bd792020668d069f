// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

#include "base/text.hpp"

namespace sluice {
namespace {

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// Restricted Damerau-Levenshtein distance ("optimal string alignment"): three rolling rows. The
// case of letters counts nothing, so that "NAT" is understood as "nat".
class Distance {
 public:
  Distance(std::string_view a, std::string_view b)
      : a_(a), b_(b), before_(b.size() + 1), above_(b.size() + 1) {
    std::iota(above_.begin(), above_.end(), size_t{0});
  }

  size_t compute() {
    for (size_t i = 1; i <= a_.size(); ++i) next_row(i);
    return above_.back();
  }

 private:
  void next_row(size_t i) {
    std::vector<size_t> row(b_.size() + 1);
    row[0] = i;
    for (size_t j = 1; j <= b_.size(); ++j) row[j] = cell(row, i, j);
    before_ = std::exchange(above_, std::move(row));
  }

  size_t cell(const std::vector<size_t>& row, size_t i, size_t j) const {
    const size_t changed = above_[j - 1] + (same_letter(a_[i - 1], b_[j - 1]) ? 0 : 1);
    const size_t best = std::min({above_[j] + 1, row[j - 1] + 1, changed});
    return swapped(i, j) ? std::min(best, before_[j - 2] + 1) : best;
  }

  bool swapped(size_t i, size_t j) const {
    return i > 1 && j > 1 && same_letter(a_[i - 1], b_[j - 2]) && same_letter(a_[i - 2], b_[j - 1]);
  }

  std::string_view a_, b_;
  std::vector<size_t> before_, above_;
};

// Longer words are nobody's typing error, and the distance costs the product of the lengths.
constexpr size_t kLongestWord = 128;

size_t length_difference(std::string_view a, std::string_view b) {
  return a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
}

}   // namespace

std::optional<std::string> did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  if (word.size() > kLongestWord) return std::nullopt;
  const std::string* best = nullptr;
  size_t limit = word.size() / 3;
  for (const auto& candidate : candidates) {
    if (length_difference(word, candidate) > limit) continue;
    const size_t distance = Distance(word, candidate).compute();
    if (distance > limit || (best && distance == limit)) continue;
    best = &candidate;
    limit = distance;
  }
  return best ? std::optional(*best) : std::nullopt;
}

}   // namespace sluice
