// SPDX-License-Identifier: GPL-2.0-or-later
// From a backup to what this machine is to become, before anything is changed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "gateway/backup.hpp"

namespace sluice {

// What comes with a revision that is restored.
struct Restoring {
  RestoredState state;
  std::shared_ptr<const KeyTable> keys;
  std::vector<ObjectCount> objects;
  std::vector<EndpointCount> endpoints;
};

// "eth0=ens3" of each. What is none, or names one twice: kUsage.
Result<DeviceMap> parse_device_map(const std::vector<std::string>& words);

// Other names of devices, in every document of the backup and in what is allotted. An old name that the
// backup does not know, and a new one that is in it already or is none: kUsage. Documents of the history that
// this release cannot read stay as they are.
Result<> rename_devices(Backup& backup, const DeviceMap& names);

// Of `document`, that in force in the backup: key files with absolute names are not written by sluice. Where
// such a file has the same key here it is used; otherwise the key goes below the state directory, and the
// text says so. Answers that, in sentences; the text has to be checked again then.
Result<std::vector<std::string>> take_in_key_files(Backup& backup, const Document& document,
                                                   const KeyFiles& here);

// What clients rely on and is something else in the backup, in sentences: numbers, addresses, keys. Failure:
// a key file that is none, or has the name of something else of sluice's.
Result<std::vector<std::string>> lost_by(const Backup& backup, const Document& document,
                                         const Allotments& here, const KeyFiles& files);

// `here`: what of this machine's others may not get at once stays noted.
Restoring restoring_of(Backup backup, const Document& document, const Allotments& here);

}   // namespace sluice
