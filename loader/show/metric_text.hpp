// SPDX-License-Identifier: GPL-2.0-or-later
// Metrics in the text format of Prometheus, version 0.0.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

class MetricText {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string>>;
  enum class Type : uint8_t { kCounter, kGauge, kHistogram };
  // How many were at most `le`, in the base unit, for each bucket; in ascending order, each with those before
  // it.
  struct Histogram {
    std::vector<std::pair<double, uint64_t>> buckets;
    uint64_t count = 0;
    double sum = 0;
  };
  // Of all families together: who collects them keeps each for ever.
  static constexpr size_t kMostSeries = 10'000;

  explicit MetricText(size_t most_series = kMostSeries) : room_(most_series) {}

  // What is added from now on belongs to this family. The name of a counter ends with "_total".
  void begin(std::string_view name, Type type, std::string_view help);
  // Where there is no room any more, counters are added up as a series whose labels all say "other"; gauges
  // and histograms are left out.
  void add(const Labels& labels, uint64_t value);
  void add(const Labels& labels, double value);
  void add(const Labels& labels, const Histogram& histogram);   // as a whole or not at all
  std::string take();

 private:
  void put(const Labels& labels, std::string_view value, std::string_view suffix = "");
  void end();

  std::string text_, name_;
  Type type_ = Type::kGauge;
  size_t room_;
  Labels others_labels_;   // empty: there are no others
  uint64_t others_ = 0;
};

}   // namespace sluice
