// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's side of the control socket.
#pragma once

#include <functional>

#include "api/service.hpp"
#include "daemon/cluster_follower.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

// A document that was refused.
std::unexpected<ApiError> refuse(const std::string& file, const std::vector<Complaint>& complaints);

class GatewayService final : public Service {
 public:
  using Watch = std::function<Result<std::shared_ptr<Feed>>(Watched what, bool now)>;
  using Top = std::function<Result<std::shared_ptr<Feed>>(const TopQuery& query)>;
  using Capture = std::function<Result<HandOver>(const CaptureRequest& wanted)>;
  using Metrics = std::function<Result<std::string>()>;
  // `after_apply` is called when another document is in force, `before_cleanup` when everything is about to
  // be taken down, `after_cleanup` when it was: the daemon has nothing more to do. `watch`: as
  // watch(), `top`: as top(), `capture`: as capture(), `metrics`: as metrics(). `test`: somebody is to ask
  // routers and servers anew.
  GatewayService(Gateway& gateway, std::function<void()> after_apply, std::function<void()> before_cleanup,
                 std::function<void()> after_cleanup, Watch watch, Top top, Capture capture, Metrics metrics,
                 std::function<void()> test)
      : gateway_(gateway),
        after_apply_(std::move(after_apply)),
        before_cleanup_(std::move(before_cleanup)),
        after_cleanup_(std::move(after_cleanup)),
        watch_(std::move(watch)),
        top_(std::move(top)),
        capture_(std::move(capture)),
        metrics_(std::move(metrics)),
        test_(std::move(test)) {}

  void follow(ClusterFollower& cluster) { cluster_ = &cluster; }   // before anything is asked

  Result<nlohmann::json> status() override;
  Result<nlohmann::json> show(std::string_view what) override;
  Result<std::unique_ptr<RowReader>> rows(std::string_view what) override;
  Result<std::string> metrics() override;
  Result<nlohmann::json> bundle(std::string_view part) override;
  Result<std::unique_ptr<RowReader>> bundle_journal() override;
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
  ApiResult add_relay_client(const RelayClientRequest& client) override;
  ApiResult remove_relay_client(std::string_view name, std::string_view who) override;
  Result<nlohmann::json> relay_config(std::string_view name) override;
  Result<nlohmann::json> ssh_config() override;
  Result<nlohmann::json> reachability_key() override;
  ApiResult attach_container(const ContainerRequest& container) override;
  ApiResult detach_container(const ContainerName& container) override;
  Result<nlohmann::json> missing_of_container(const ContainerName& container) override;
  ApiResult add_endpoint(const EndpointRequest& endpoint) override;
  ApiResult remove_endpoint(const EndpointName& endpoint) override;
  ApiResult set_endpoint(const EndpointName& endpoint, bool disabled) override;
  ApiResult forget_endpoint(const EndpointName& endpoint) override;
  ApiResult rotate_endpoint(const KeyChange& change) override;
  ApiResult import_endpoints(const EndpointTable& endpoints) override;
  Result<nlohmann::json> endpoint_config(const EndpointName& endpoint, uint32_t version) override;
  Result<nlohmann::json> endpoint_qr(const EndpointName& endpoint) override;
  Result<nlohmann::json> endpoint_document(const EndpointName& endpoint) override;
  Result<nlohmann::json> endpoint_connect(const EndpointName& endpoint) override;
  Result<nlohmann::json> endpoint_history(const EndpointName& endpoint) override;
  Result<std::shared_ptr<Feed>> watch(Watched what, bool now) override;
  Result<std::shared_ptr<Feed>> top(const TopQuery& query) override { return top_(query); }
  Result<nlohmann::json> end_flow(const FlowName& flow) override;
  Result<HandOver> capture(const CaptureRequest& wanted) override { return capture_(wanted); }
  Result<nlohmann::json> front_config() override;
  Result<nlohmann::json> order_certificate(const CertificateRequest& request) override;
  ApiResult join_cluster(const ClusterRequested& cluster) override;
  ApiResult leave_cluster(const RevisionChange& change) override;
  Result<nlohmann::json> yield_addresses() override;
  Result<nlohmann::json> cluster_status() override { return cluster_->status(); }
  Result<nlohmann::json> device_status() override;
  Result<nlohmann::json> test_reachability() override;
  Result<nlohmann::json> doctor(const std::set<uint16_t>& sshd_ports) override;
  Result<nlohmann::json> cleanup() override;

 private:
  // The text of the document in force, made into another.
  using Edit = std::function<Result<std::string>(std::string_view text, std::string_view file)>;
  ApiResult would_restore(const Gateway::Candidate& candidate, const std::vector<std::string>& notes,
                          const std::vector<std::string>& warnings);
  ApiResult restore_now(Gateway::Candidate candidate, const RestoreRequest& request,
                        const std::vector<std::string>& notes, const std::vector<std::string>& warnings);
  ApiResult answer_of_plan(const Plan& plan, const std::vector<std::string>& warnings);
  Result<> expect_owner(const DocumentText& text) const;
  ApiResult apply_here(DocumentText text);
  ApiResult apply_alone(DocumentText text);
  ApiResult roll_back_everywhere(const RevisionChange& change);
  ApiResult answer_of(const Applied& applied, const std::vector<std::string>& warnings);
  Result<Revision> find(const RevisionName& revision);
  ApiResult apply_edit(const Edit& edit, std::string who, std::string why);
  ApiResult apply_new_endpoints(const std::string& network, const std::vector<EndpointEdit>& endpoints,
                                const Edit& edit, std::string who, std::string why);
  struct DrainValue;
  static DrainValue value_of(const DrainRequest& request);
  Result<std::optional<Applied>> drain_in_place(const DrainRequest& request, const DrainValue& value);
  ApiResult make_new_key(const EndpointName& endpoint, const std::string& why);
  ApiResult put_new_key(const KeyChange& change, const WireguardKey& key, const std::string& why);

  Gateway& gateway_;
  ClusterFollower* cluster_ = nullptr;
  std::function<void()> after_apply_, before_cleanup_, after_cleanup_;
  Watch watch_;
  Top top_;
  Capture capture_;
  Metrics metrics_;
  std::function<void()> test_;
};

}   // namespace sluice
