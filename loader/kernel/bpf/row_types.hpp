// SPDX-License-Identifier: GPL-2.0-or-later
// What the rows of a map are made of, as it was described when the map was made (BTF), and how a row of one
// description becomes a row of another: by the names of its members. So tables of another release are read
// without knowing that release.
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace sluice {

using SharedBtf = std::shared_ptr<const btf>;

// A type within a description.
struct RowType {
  SharedBtf btf;
  uint32_t id = 0;

  uint32_t size() const;   // bytes
};

struct MapRows {
  RowType key, value;
};
// Of a map that is there. Needs CAP_SYS_ADMIN, as all that goes by number does.
Result<MapRows> described_rows(const std::string& name, int map_fd);

// The maps of this release, which need not be there.
class OwnRows {
 public:
  static Result<OwnRows> open();
  Result<MapRows> of(const std::string& name) const;
  Result<uint32_t> type_of(const std::string& name) const;   // enum bpf_map_type

 private:
  Result<const bpf_map*> find(const std::string& name) const;
  explicit OwnRows(std::shared_ptr<bpf_object> object) : object_(std::move(object)) {}
  std::shared_ptr<bpf_object> object_;   // it has the description
};

// A member, which may be an array.
struct RowMember {
  RowType type;          // of one element
  uint32_t offset = 0;   // bytes
  uint32_t count = 1;    // elements
};
// "head.word": members of members, also of those without a name.
Result<RowMember> find_member(const RowType& row, std::string_view path);

class RowCopy {
 public:
  // Members are paired by name. Numbers may differ in width (too large ones become the largest), arrays in
  // length. Members that only `from` has are left out, those that only `to` has become zeros. Failure:
  // nothing is common, a member became of another kind, or a member in network byte order of another width.
  static Result<RowCopy> between(const RowType& from, const RowType& to);

  // Both as large as their types. `to` is overwritten as a whole.
  void operator()(const void* from, void* to) const;

 private:
  friend class RowPairing;
  // `count` numbers of `from_width` bytes; where both widths are the same: so many bytes, whatever they are.
  struct Piece {
    uint32_t from, to, count, from_width, to_width;
  };
  std::vector<Piece> pieces_;
  uint32_t to_size_ = 0;
};

}   // namespace sluice
