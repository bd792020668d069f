// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "show/metric_text.hpp"

namespace sluice {
namespace {

using Type = MetricText::Type;

TEST(MetricText, BeginsEachFamilyWithWhatItIs) {
  MetricText text;
  text.begin("sluice_policy_packets_total", Type::kCounter, "Packets.");
  text.add({{"policy", "lan-out"}}, uint64_t{18'446'744'073'709'551'615u});
  text.begin("sluice_service_backend_latency_seconds", Type::kGauge, "Seconds.");
  text.add({{"service", "web"}, {"backend", "vm7"}}, 0.0025);
  text.begin("sluice_build_info", Type::kGauge, "Always 1.");
  text.add({}, uint64_t{1});
  EXPECT_EQ(text.take(),
            "# HELP sluice_policy_packets_total Packets.\n"
            "# TYPE sluice_policy_packets_total counter\n"
            "sluice_policy_packets_total{policy=\"lan-out\"} 18446744073709551615\n"
            "# HELP sluice_service_backend_latency_seconds Seconds.\n"
            "# TYPE sluice_service_backend_latency_seconds gauge\n"
            "sluice_service_backend_latency_seconds{service=\"web\",backend=\"vm7\"} 0.0025\n"
            "# HELP sluice_build_info Always 1.\n"
            "# TYPE sluice_build_info gauge\n"
            "sluice_build_info 1\n");
}

TEST(MetricText, EscapesWhatWouldEndAValue) {
  MetricText text;
  text.begin("a", Type::kGauge, "A.");
  text.add({{"name", "quote \" backslash \\ line \n end"}}, uint64_t{0});
  EXPECT_NE(text.take().find(R"(a{name="quote \" backslash \\ line \n end"} 0)"), std::string::npos);
}

TEST(MetricText, TellsAHistogramAsAWhole) {
  const MetricText::Histogram times{{{0.001, 2}, {0.5, 3}}, 4, 2.25};
  MetricText text(9);
  text.begin("connect_seconds", Type::kHistogram, "How long.");
  text.add({{"zone", "lan"}}, times);
  text.add({{"zone", "no room for five more"}}, times);
  text.begin("second", Type::kGauge, "Second.");
  text.add({}, uint64_t{1});
  EXPECT_EQ(text.take(),
            "# HELP connect_seconds How long.\n"
            "# TYPE connect_seconds histogram\n"
            "connect_seconds_bucket{zone=\"lan\",le=\"0.001\"} 2\n"
            "connect_seconds_bucket{zone=\"lan\",le=\"0.5\"} 3\n"
            "connect_seconds_bucket{zone=\"lan\",le=\"+Inf\"} 4\n"
            "connect_seconds_sum{zone=\"lan\"} 2.25\n"
            "connect_seconds_count{zone=\"lan\"} 4\n"
            "# HELP second Second.\n"
            "# TYPE second gauge\n"
            "second 1\n");
}

TEST(MetricText, AddsUpCountersThatHaveNoRoomAndLeavesOutGauges) {
  MetricText text(2);
  text.begin("first_total", Type::kCounter, "First.");
  for (uint64_t i = 1; i <= 4; ++i) text.add({{"x", std::to_string(i)}, {"y", "z"}}, i);
  text.begin("second", Type::kGauge, "Second.");
  text.add({{"x", "1"}}, uint64_t{1});
  EXPECT_EQ(text.take(),
            "# HELP first_total First.\n"
            "# TYPE first_total counter\n"
            "first_total{x=\"1\",y=\"z\"} 1\n"
            "first_total{x=\"2\",y=\"z\"} 2\n"
            "first_total{x=\"other\",y=\"other\"} 7\n"
            "# HELP second Second.\n"
            "# TYPE second gauge\n");
}

}   // namespace
}   // namespace sluice
