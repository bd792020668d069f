// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps HAProxy as a plan says: what its runtime socket can change is changed there, all else by a reload
// that loses nothing.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "front/attempts.hpp"
#include "front/haproxy_config.hpp"
#include "front/maps.hpp"
#include "front/materials.hpp"
#include "front/paths.hpp"
#include "front/process.hpp"
#include "front/runtime.hpp"

namespace sluice {

struct ServedCertificate {
  std::string source, fingerprint;   // the file of the chain
  std::vector<std::string> names;
  std::chrono::system_clock::time_point begins, ends;
  bool is_served = false;   // a handshake has shown it
  bool operator==(const ServedCertificate&) const = default;
};

class FrontEnd {
 public:
  explicit FrontEnd(FrontPaths paths);

  // To be called now and then, and when the plan is another one. Failure: what stands in the way.
  Result<> look(const FrontPlan& plan);
  // Of the last look: what is not as it should be, and in nobody's way.
  const std::vector<std::string>& troubles() const { return troubles_; }
  // That HAProxy has, or is to have; empty: none.
  const std::string& config() const { return config_.text; }
  std::vector<ServedCertificate> certificates() const;
  // Ends it; nothing of it stays.
  Result<> stop();

 private:
  using Clock = std::chrono::steady_clock;

  FrontPlan with_materials(FrontPlan plan) const;
  HaproxyConfig config_beside_others(const FrontPlan& plan);
  Result<> write_files(const FrontPlan& plan);
  Result<> write_changed(const std::filesystem::path& file, const std::string& text);
  Result<> take_config();
  Result<> run(const FrontPlan& plan);
  Result<> start();
  Result<> begin();
  bool runs_with(const HaproxyConfig& config) const;
  Result<> reload();
  void await_counts();
  Result<> change(const FrontPlan& plan);
  Result<> put_rights(const FrontPlan& plan);
  Result<> put_maps(const FrontPlan& plan);
  Result<> put_servers(const FrontPlan& plan);
  Result<> put_server(const FrontServer& wanted, const FrontPool& pool, const RunningServer* seen);
  Result<> retire(const RunningServer& server);
  Result<> put_certificates();
  Result<> put_certificate(const std::string& file, const Certificate& certificate, bool is_new);
  Result<> remove_certificate(const std::string& file);
  Result<> see_certificates_served();
  void close_in_next_looks();
  Result<> close_denied(const FrontPlan& plan);
  Result<> close_denied_of(int worker, const FrontPlan& plan);
  void remove_old_files();

  FrontPaths paths_;
  HaproxyProcess process_;
  HaproxySocket stats_, master_;
  MaterialReader reader_;
  FrontMaterials materials_;
  HaproxyConfig config_;
  std::map<std::filesystem::path, std::string> written_;
  std::vector<std::string> troubles_;
  FrontPlan changed_to_;                        // that the running one was made to be
  std::map<std::string, std::string> served_;   // fingerprints of certificates, by their files
  std::string worker_;                          // that was made to be that; empty: none
  bool retires_ = false;                        // servers go when their connections have ended
  FrontRights rights_;                          // of the last look
  int closes_ = 0;                              // looks in which what is denied is closed
  std::chrono::system_clock::time_point looked_;
  Attempts starts_, reloads_;
  std::vector<Endpoint> taken_;   // by others, when it was last looked
  std::string taken_mark_;        // of the configuration that wanted them
  Clock::time_point taken_until_{};
};

}   // namespace sluice
