// SPDX-License-Identifier: GPL-2.0-or-later
// The conversation with the driver: one JSON object per line, each way. Throws nlohmann's exceptions
// for what is not understood; main() catches them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "attached.hpp"
#include "lab.hpp"
#include "places.hpp"
#include "program.hpp"
#include "rig.hpp"

namespace sluice::bench {

LabConfig parse_lab(const nlohmann::json& text);
SendOrder parse_send(const nlohmann::json& text);
RateOrder parse_rate(const nlohmann::json& text);
nlohmann::json to_json(const Outcome& outcome);
nlohmann::json to_json(const Program& program);
nlohmann::json to_json(const std::vector<Place>& places);
nlohmann::json to_json(const std::vector<Attached>& programs);

}   // namespace sluice::bench
