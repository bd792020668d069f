// SPDX-License-Identifier: GPL-2.0-or-later
// The tables that help, completion, docs/commands.md and the parsing of arguments are made from.
#pragma once

#include <span>

#include "cli/command.hpp"

namespace sluice::cli {

std::span<const Command> commands();
std::span<const Option> global_options();   // accepted by every verb, before it or after it

inline constexpr std::string_view kDefaultSocket = "/run/sluice/sluice.sock";
inline constexpr std::string_view kDefaultState = "/var/lib/sluice";
inline constexpr std::string_view kDefaultPins = "/sys/fs/bpf/sluice";

// One file per verb.
Outcome run_check(Call& call);
Outcome run_plan(Call& call);
Outcome run_apply(Call& call);
Outcome run_status(Call& call);
Outcome run_show(Call& call);
Outcome run_forward_add(Call& call);
Outcome run_forward_remove(Call& call);
Outcome run_network_add(Call& call);
Outcome run_network_remove(Call& call);
Outcome run_network_show(Call& call);
Outcome run_pod_add(Call& call);
Outcome run_pod_remove(Call& call);
Outcome run_pod_show(Call& call);
Outcome run_pod_exec(Call& call);
Outcome run_cluster_join(Call& call);
Outcome run_cluster_leave(Call& call);
Outcome run_cluster_yield(Call& call);
Outcome run_cluster_status(Call& call);
Outcome run_relay_add(Call& call);
Outcome run_relay_remove(Call& call);
Outcome run_relay_config(Call& call);
Outcome run_ssh_config(Call& call);
Outcome run_reachability_key(Call& call);
Outcome run_endpoint_add(Call& call);
Outcome run_endpoint_remove(Call& call);
Outcome run_service_drain(Call& call);
Outcome run_service_undrain(Call& call);
Outcome run_endpoint_disable(Call& call);
Outcome run_endpoint_enable(Call& call);
Outcome run_endpoint_forget(Call& call);
Outcome run_endpoint_rotate(Call& call);
Outcome run_endpoint_history(Call& call);
Outcome run_endpoint_config(Call& call);
Outcome run_connect(Call& call);
Outcome run_endpoint_import(Call& call);
Outcome run_endpoint_export(Call& call);
Outcome run_confirm(Call& call);
Outcome run_rollback(Call& call);
Outcome run_history(Call& call);
Outcome run_diff(Call& call);
Outcome run_backup(Call& call);
Outcome run_bundle(Call& call);
Outcome run_restore(Call& call);
Outcome run_export(Call& call);
Outcome run_fmt(Call& call);
Outcome run_explain(Call& call);
Outcome run_whose(Call& call);
Outcome run_capture(Call& call);
Outcome run_top(Call& call);
Outcome run_flow_kill(Call& call);
Outcome run_monitor(Call& call);
Outcome run_front_config(Call& call);
Outcome run_front_renew(Call& call);
Outcome run_front_revoke(Call& call);
Outcome run_reachability_status(Call& call);
Outcome run_reachability_test(Call& call);
Outcome run_doctor(Call& call);
Outcome run_cleanup(Call& call);
Outcome run_completion(Call& call);
Outcome run_help(Call& call);
Outcome run_version(Call& call);

}   // namespace sluice::cli
