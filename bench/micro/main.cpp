// SPDX-License-Identifier: GPL-2.0-or-later
// What an apply costs before it touches the machine. The argument of each benchmark is the number of
// forwards; 1,000 policies are always there.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "config/config.hpp"
#include "plan/planner.hpp"
#include "samples.hpp"

namespace sluice::bench {

namespace {

constexpr size_t kPolicies = 1000;

std::string document_for(const benchmark::State& state) {
  return sample_document({.forwards = static_cast<size_t>(state.range(0)), .policies = kPolicies});
}

// A sample that is refused would be measured as fast: rather no figure at all.
Document checked(const std::string& text, benchmark::State& state) {
  auto result = check_document(text, "sample.json");
  if (result) return std::move(result->document);
  state.SkipWithError(result.error().front().text.c_str());
  return {};
}

void check(benchmark::State& state) {
  const std::string text = document_for(state);
  (void)checked(text, state);
  for (auto _ : state) benchmark::DoNotOptimize(check_document(text, "sample.json"));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void plan_from_nothing(benchmark::State& state) {
  const Document document = checked(document_for(state), state);
  const Observed machine = sample_machine();
  if (auto plan = make_plan(document, machine); !plan) state.SkipWithError(plan.error().message.c_str());
  for (auto _ : state) benchmark::DoNotOptimize(make_plan(document, machine));
}

BENCHMARK(check)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(plan_from_nothing)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);

}   // namespace

}   // namespace sluice::bench

BENCHMARK_MAIN();
