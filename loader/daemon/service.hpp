// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's side of the control socket.
#pragma once

#include <functional>

#include "api/service.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

// A document that was refused.
std::unexpected<ApiError> refuse(const std::string& file, const std::vector<Complaint>& complaints);

class GatewayService final : public Service {
 public:
  using Listen = std::function<Result<std::shared_ptr<Feed>>(bool now)>;
  // `after_apply` is called when another document is in force, `after_cleanup` when everything was taken
  // down: the daemon has nothing more to do. `listen`: as watch_health().
  GatewayService(Gateway& gateway, std::function<void()> after_apply, std::function<void()> after_cleanup,
                 Listen listen)
      : gateway_(gateway),
        after_apply_(std::move(after_apply)),
        after_cleanup_(std::move(after_cleanup)),
        listen_(std::move(listen)) {}

  Result<nlohmann::json> status() override;
  Result<nlohmann::json> show(std::string_view what) override;
  Result<std::unique_ptr<RowReader>> rows(std::string_view what) override;
  Result<std::string> metrics() override;
  Result<nlohmann::json> explain(const ExplainRequest& packet) override;
  Result<nlohmann::json> document(const RevisionName& revision, bool resolved) override;
  ApiResult plan(const DocumentText& document) override;
  ApiResult apply(DocumentText document) override;
  ApiResult confirm(const RevisionChange& change) override;
  ApiResult roll_back(const RevisionChange& change) override;
  Result<nlohmann::json> history(int64_t limit) override;
  Result<nlohmann::json> backup() override;
  ApiResult restore(RestoreRequest request) override;
  Result<nlohmann::json> diff(const RevisionName& before, const RevisionName& after) override;
  ApiResult add_forward(const ForwardRequest& forward) override;
  ApiResult remove_forward(std::string_view name, std::string_view who) override;
  ApiResult drain_backend(const DrainRequest& backend) override;
  ApiResult add_network(const NetworkRequest& network) override;
  ApiResult remove_network(std::string_view name, std::string_view who) override;
  ApiResult add_pod(const PodRequest& pod) override;
  ApiResult remove_pod(std::string_view name, std::string_view who) override;
  ApiResult add_endpoint(const EndpointRequest& endpoint) override;
  ApiResult remove_endpoint(const EndpointName& endpoint) override;
  ApiResult set_endpoint(const EndpointName& endpoint, bool disabled) override;
  ApiResult forget_endpoint(const EndpointName& endpoint) override;
  ApiResult rotate_endpoint(const KeyChange& change) override;
  ApiResult import_endpoints(const EndpointTable& endpoints) override;
  Result<nlohmann::json> endpoint_config(const EndpointName& endpoint, uint32_t version) override;
  Result<nlohmann::json> endpoint_document(const EndpointName& endpoint) override;
  Result<nlohmann::json> endpoint_history(const EndpointName& endpoint) override;
  Result<std::shared_ptr<Feed>> watch_health(bool now) override { return listen_(now); }
  Result<nlohmann::json> front_config() override;
  Result<nlohmann::json> doctor() override;
  Result<nlohmann::json> cleanup() override;

 private:
  // The text of the document in force, made into another.
  using Edit = std::function<Result<std::string>(std::string_view text, std::string_view file)>;
  ApiResult would_restore(const Gateway::Candidate& candidate, const std::vector<std::string>& notes,
                          const std::vector<std::string>& warnings);
  ApiResult restore_now(Gateway::Candidate candidate, const RestoreRequest& request,
                        const std::vector<std::string>& notes, const std::vector<std::string>& warnings);
  ApiResult answer_of_plan(const Plan& plan, const std::vector<std::string>& warnings);
  ApiResult answer_of(const Applied& applied, const std::vector<std::string>& warnings);
  Result<Revision> find(const RevisionName& revision);
  ApiResult apply_edit(const Edit& edit, std::string who, std::string why);
  ApiResult make_new_key(const EndpointName& endpoint, const std::string& why);
  ApiResult put_new_key(const KeyChange& change, const WireguardKey& key, const std::string& why);

  Gateway& gateway_;
  std::function<void()> after_apply_, after_cleanup_;
  Listen listen_;
};

}   // namespace sluice
