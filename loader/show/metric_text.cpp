// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/metric_text.hpp"

#include <fmt/format.h>

namespace sluice {
namespace {

std::string escaped(std::string_view value) {
  std::string text;
  for (const char byte : value) {
    if (byte == '\n') {
      text += "\\n";
      continue;
    }
    if (byte == '\\' || byte == '"') text += '\\';
    text += byte;
  }
  return text;
}

std::string_view type_word(MetricText::Type type) {
  switch (type) {
    case MetricText::Type::kCounter: return "counter";
    case MetricText::Type::kGauge: return "gauge";
    case MetricText::Type::kHistogram: return "histogram";
  }
  return "untyped";
}

}   // namespace

void MetricText::begin(std::string_view name, Type type, std::string_view help) {
  end();
  name_ = name;
  type_ = type;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type_word(type));
}

void MetricText::put(const Labels& labels, std::string_view value, std::string_view suffix) {
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (const auto& [label, of] : labels) {
    text_ += fmt::format("{}{}=\"{}\"", before, label, escaped(of));
    before = ',';
  }
  if (!labels.empty()) text_ += '}';
  text_ += fmt::format(" {}\n", value);
}

void MetricText::add(const Labels& labels, uint64_t value) {
  if (room_ > 0) {
    --room_;
    return put(labels, fmt::format("{}", value));
  }
  if (type_ != Type::kCounter) return;
  if (others_labels_.empty())
    for (const auto& [label, of] : labels) others_labels_.emplace_back(label, "other");
  others_ += value;
}

void MetricText::add(const Labels& labels, double value) {
  if (room_ == 0) return;
  --room_;
  put(labels, fmt::format("{}", value));
}

void MetricText::add(const Labels& labels, const Histogram& histogram) {
  const size_t series = histogram.buckets.size() + 3;
  if (room_ < series) return;
  room_ -= series;
  Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  const auto put_bucket = [&](std::string bound, uint64_t count) {
    with_bound.back().second = std::move(bound);
    put(with_bound, fmt::format("{}", count), "_bucket");
  };
  for (const auto& [bound, count] : histogram.buckets) put_bucket(fmt::format("{}", bound), count);
  put_bucket("+Inf", histogram.count);
  put(labels, fmt::format("{}", histogram.sum), "_sum");
  put(labels, fmt::format("{}", histogram.count), "_count");
}

void MetricText::end() {
  if (!others_labels_.empty()) put(std::exchange(others_labels_, {}), fmt::format("{}", others_));
  others_ = 0;
}

std::string MetricText::take() {
  end();
  return std::move(text_);
}

}   // namespace sluice
