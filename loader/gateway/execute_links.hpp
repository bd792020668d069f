// SPDX-License-Identifier: GPL-2.0-or-later
// The steps about devices that sluice makes itself, and what is left of them to remove.
#pragma once

#include <span>

#include "gateway/execute.hpp"

namespace sluice {

// As perform(): each answers with its inverse.
Result<std::optional<Step>> perform_link(Machine& machine, const step::MakeLink& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::ChangeLink& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::RemoveLink& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::MakeSpace& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::RemoveSpace& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::SetMaster& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::SetMtu& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::AddEntry& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::RemoveEntry& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::AddPortVlan& step);
Result<std::optional<Step>> perform_link(Machine& machine, const step::RemovePortVlan& step);

// It is about to be made, without the number that nobody knows yet; or it is not made after all.
Result<> note_made(Store& store, const step::MakeLink& step);
Result<> note_made(Store& store, const step::MakeSpace& step);
Result<> forget_made(Store& store, const step::MakeLink& step);
Result<> forget_made(Store& store, const step::MakeSpace& step);

// Ends the devices of pods that these steps begin with removing, and answers how many steps that are. The
// steps are performed as well: they find the devices gone, and forget them.
size_t end_pods_together(std::span<const Step> steps);

// Those that were made since the machine started: numbers of before mean nothing any more, and neither would
// a device of the same name.
Result<std::map<std::string, OwnedLink>> links_made(Store& store);

// What the store says that sluice made and put, beside what carries its mark.
Result<> add_recorded(Store& store, Observed& observed);

// All of them, for good. Adds a sentence about each to `removed`.
Result<> remove_made_links(Machine& machine, const Observed& seen, std::vector<std::string>& removed);

}   // namespace sluice
