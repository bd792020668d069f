// SPDX-License-Identifier: GPL-2.0-or-later
// One backend of a service drains, or does so no more: in a document that is there already.
#pragma once

#include <optional>
#include <string>

#include "base/text_edit.hpp"
#include "model/document.hpp"

namespace sluice {

struct DrainChange {
  std::string service, backend;
  std::optional<Drain> drain;   // none: it takes new flows
};

// In the list of services alone: what they were made into stays. Answers the change that takes it back. None:
// there is no such backend, and nothing has changed.
std::optional<DrainChange> say_drain(Document& document, const DrainChange& change);

// As if the document had said so from the beginning, before health and time made something of its services.
// Answers as say_drain().
std::optional<DrainChange> put_drain(Document& document, const DrainChange& change);

// Where services stand in the text of the document, once that has been edited.
void move_places(Document& document, const TextEdit& edit);

// Whether some backend takes new flows, in each family that the service listens in.
bool is_served(const Document& document, std::string_view service);

}   // namespace sluice
