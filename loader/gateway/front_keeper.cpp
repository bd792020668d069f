// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/front_keeper.hpp"

#include <spdlog/spdlog.h>

#include "front/process.hpp"

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kBetweenFrontLooks{500};

}   // namespace

FrontPaths front_paths(const std::filesystem::path& state, const std::filesystem::path& pins) {
  return {std::filesystem::path("/run") / pins.filename() / "front", state / "front"};
}

FrontKeeper::FrontKeeper(FrontPaths paths)
    : paths_(std::move(paths)),
      front_end_(paths_),
      worker_([this](const auto& /*stop*/) { return look(); }) {}

void FrontKeeper::want(FrontPlan plan) {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  if (!worker_.is_begun() && !plan.front && !std::filesystem::exists(paths_.base, error)) return;
  if (worker_.is_begun() && plan == wanted_) return;
  wanted_ = std::move(plan);
  worker_.want();
}

bool FrontKeeper::await_look(std::chrono::milliseconds patience) { return worker_.await_look(patience); }

void FrontKeeper::tell(std::function<void()> changed) {
  const std::lock_guard lock(mutex_);
  changed_ = std::move(changed);
}

void FrontKeeper::offer(std::map<std::string, std::string> challenges) {
  const std::lock_guard lock(mutex_);
  if (challenges_ == challenges) return;
  challenges_ = std::move(challenges);
  worker_.ask();
}

std::vector<ServedCertificate> FrontKeeper::certificates() const {
  const std::lock_guard lock(mutex_);
  return certificates_;
}

std::vector<std::string> FrontKeeper::troubles() const {
  const std::lock_guard lock(mutex_);
  return troubles_;
}

std::string FrontKeeper::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

std::optional<Worker::Clock::time_point> FrontKeeper::look() {
  std::unique_lock lock(mutex_);
  FrontPlan plan = wanted_;
  plan.challenges = challenges_;
  lock.unlock();
  look(plan);
  if (!plan.front) return std::nullopt;
  return Worker::Clock::now() + kBetweenFrontLooks;
}

void FrontKeeper::look(const FrontPlan& plan) {
  const auto looked = front_end_.look(plan);
  std::vector<std::string> troubles;
  for (const std::string& trouble : front_end_.troubles()) troubles.push_back("front: " + trouble);
  if (!looked) troubles.push_back("front: " + looked.error().message);
  const std::lock_guard lock(mutex_);
  config_ = front_end_.config();
  certificates_ = front_end_.certificates();
  if (troubles == troubles_) return;
  troubles_ = std::move(troubles);
  if (changed_) changed_();
}

Result<std::vector<std::string>> FrontKeeper::tear_down() {
  worker_.end();
  const std::lock_guard lock(mutex_);
  wanted_ = {};
  troubles_.clear();
  certificates_.clear();
  config_.clear();
  return tear_down(paths_);
}

Result<std::vector<std::string>> FrontKeeper::tear_down(const FrontPaths& paths) {
  std::vector<std::string> ended;
  std::error_code error;
  if (!std::filesystem::exists(paths.base, error)) return ended;
  TRY(HaproxyProcess(paths).stop());
  ended.emplace_back("end the front");
  std::filesystem::remove(paths.base.parent_path(), error);   // if nothing else is in it
  return ended;
}

}   // namespace sluice
