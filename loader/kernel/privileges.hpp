// SPDX-License-Identifier: GPL-2.0-or-later
// What this process may do, and what could forbid it: for the words that explain a refusal. Whether something
// works is never concluded from these; it is tried.
#pragma once

#include <string>

namespace sluice {

bool has_capability(int number);   // CAP_*: in the effective set of this process
bool lacks_verifier_privilege();   // without it the verifier forbids more: CAP_PERFMON
bool has_seccomp_filter();         // a filter of system calls, by a service manager or a container
bool is_in_user_namespace();       // privileges count within a user namespace that is not the machine's
// "none", "integrity" or "confidentiality"; empty: the kernel cannot be locked down, or does not tell.
std::string lockdown_mode();

// What explains EPERM from bpf(), and what can be changed about it.
struct RefusalCause {
  std::string reason, remedy;
};
RefusalCause explain_bpf_refusal();

}   // namespace sluice
