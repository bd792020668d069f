// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway's own sshd has to know of users that jump. Pure.
#pragma once

#include <string>

#include "model/ssh.hpp"

namespace sluice {

// A part of sshd_config(5): each user may open connections to his own boxes, and nothing else.
std::string sshd_config(const Ssh& ssh);

}   // namespace sluice
