// SPDX-License-Identifier: GPL-2.0-or-later
#include "errand/work_folder.hpp"

#include <stdlib.h>

#include <cerrno>

namespace sluice {

Result<WorkFolder> WorkFolder::make() {
  char name[] = "/tmp/errand-XXXXXX";
  if (!::mkdtemp(name)) return fail_errno("make a folder", errno);
  return WorkFolder(name);
}

WorkFolder::~WorkFolder() {
  std::error_code error;
  if (!path_.empty()) std::filesystem::remove_all(path_, error);
}

}   // namespace sluice
