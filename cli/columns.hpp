// SPDX-License-Identifier: GPL-2.0-or-later
// The columns of each `show`; a column that a row has no value for shows "-".
#pragma once

#include <span>
#include <string_view>

#include "cli/table.hpp"

namespace sluice::cli {

std::span<const Column> columns_of(std::string_view object);           // "flows"; empty for what is no object
std::span<const Column> further_columns_of(std::string_view object);   // of files of their own; the same
std::span<const Column> certificate_columns();
std::span<const Column> lease_columns();
std::span<const Column> cluster_node_columns();
std::span<const Column> relay_columns();
std::span<const Column> used_relay_columns();
std::span<const Column> ssh_columns();
std::span<const Column> status_columns();   // of its interfaces
std::span<const Column> table_columns();
std::span<const Column> doctor_check_columns();
std::span<const Column> doctor_interface_columns();
std::span<const Column> doctor_setting_columns();
std::span<const Column> whose_columns();
std::span<const Column> explain_columns();

}   // namespace sluice::cli
