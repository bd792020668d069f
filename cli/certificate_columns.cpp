// SPDX-License-Identifier: GPL-2.0-or-later
// The table of the front's certificates.
#include "cli/cells.hpp"
#include "cli/columns.hpp"

namespace sluice::cli {
namespace {
using enum Align;
using enum Show;

constexpr Column kCertificates[] = {
    {"NAMES", text<"names">},
    {"FROM", text<"from">},
    {"SOURCE", text<"source">, kLeft, kWide},
    {"STATE", text<"state">},
    {"NOT AFTER", text<"not_after">},
    {"NEXT", text<"next">},
    {"FAILURES", count<"failures">, kRight},
    {"ERROR", text<"error">},
};

}   // namespace

std::span<const Column> certificate_columns() { return kCertificates; }

}   // namespace sluice::cli
