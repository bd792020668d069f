// SPDX-License-Identifier: GPL-2.0-or-later
// The files that a front names: certificates, and keys of tokens. What was good last stays where a file is
// not good any more.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "front/certificates.hpp"
#include "front/paths.hpp"
#include "front/plan.hpp"
#include "model/front.hpp"

namespace sluice {

struct FrontMaterials {
  std::map<std::string, Certificate> certificates;   // by the files that HAProxy has of them
  std::map<std::string, std::string> public_keys;    // the same of tokens' keys; text
  std::vector<std::string> secrets;                  // of HS256
  std::vector<std::string> troubles;                 // sentences
};

class MaterialReader {
 public:
  explicit MaterialReader(FrontPaths paths) : paths_(std::move(paths)) {}

  // A file is read again where its place, size or time is another one.
  FrontMaterials read(const Front& front, const std::vector<OrderedName>& ordered);

 private:
  struct Read {
    std::string stamp, text;
    std::optional<Error> error;
  };
  const Read& file(const std::string& name);
  void add_certificate(const CertificateFiles& files, FrontMaterials& materials);
  void add_token_key(const std::string& name, const TokenRules& tokens, FrontMaterials& materials);
  Result<Certificate> certificate(const CertificateFiles& files);

  FrontPaths paths_;
  std::map<std::string, Read> read_;
  std::map<std::string, Certificate> good_;        // by the files that HAProxy has of them
  std::map<std::string, std::string> good_keys_;   // by the names in the document
};

}   // namespace sluice
