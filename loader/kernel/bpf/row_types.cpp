// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/row_types.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "kernel/bpf/object.hpp"

namespace sluice {
namespace {

constexpr int kDepth = 16;   // of members of members; a description comes from outside

const btf_type* type_at(const RowType& type) { return btf__type_by_id(type.btf.get(), type.id); }

RowType resolved(const RowType& type) {
  const int id = btf__resolve_type(type.btf.get(), type.id);
  return {type.btf, id < 0 ? 0 : static_cast<uint32_t>(id)};
}

std::string_view name_at(const RowType& type, uint32_t offset) {
  const char* name = btf__name_by_offset(type.btf.get(), offset);
  return name ? name : "";
}

bool is_of_members(const RowType& type) {
  const btf_type* t = type_at(type);
  return t && (btf_is_struct(t) || btf_is_union(t));
}

bool is_number(const RowType& type) {
  const btf_type* t = type_at(type);
  return t && (btf_is_int(t) || btf_is_any_enum(t)) && (t->size & (t->size - 1)) == 0 && t->size <= 8;
}

// __be16, __be32, __be64: a typedef by which the members are known that have no value of their own.
bool is_big_endian(RowType type) {
  for (int depth = 0; depth < kDepth; ++depth) {
    const btf_type* t = type_at(type);
    if (!t) return false;
    if (btf_is_typedef(t) && name_at(type, t->name_off).starts_with("__be")) return true;
    if (!btf_is_mod(t) && !btf_is_typedef(t)) return false;
    type.id = t->type;
  }
  return false;
}

struct Elements {
  RowType type;
  uint32_t count;
};

// Of an array its elements, also of arrays of arrays; anything else is one of itself.
Elements elements_of(const RowType& type) {
  Elements found{type, 1};
  for (int depth = 0; depth < kDepth; ++depth) {
    const RowType whole = resolved(found.type);
    const btf_type* t = type_at(whole);
    if (!t || !btf_is_array(t)) break;
    found.count *= btf_array(t)->nelems;
    found.type.id = btf_array(t)->type;
  }
  return found;
}

struct Member {
  RowType type;
  uint32_t offset;   // bytes
};

// Members of members without a name stand among the others. nullopt: there is none of that name.
Result<std::optional<Member>> member_of(const RowType& row, std::string_view name, int depth) {
  const btf_type* t = type_at(row);
  if (!t || depth > kDepth) return std::nullopt;
  for (uint32_t i = 0; i < btf_vlen(t); ++i) {
    const btf_member& one = btf_members(t)[i];
    const Member member{{row.btf, one.type}, btf_member_bit_offset(t, i) / 8};
    const std::string_view its = name_at(row, one.name_off);
    if (its == name) {
      if (btf_member_bitfield_size(t, i)) return fail(fmt::format("{} has bits of its own", name));
      return member;
    }
    const RowType inner = resolved(member.type);
    if (!its.empty() || !is_of_members(inner)) continue;
    if (auto found = TRY(member_of(inner, name, depth + 1))) {
      found->offset += member.offset;
      return found;
    }
  }
  return std::nullopt;
}

uint64_t number_at(const std::byte* at, uint32_t width) {
  const auto read = [at](auto value) {
    std::memcpy(&value, at, sizeof(value));
    return uint64_t{value};
  };
  switch (width) {
    case 1: return read(uint8_t{});
    case 2: return read(uint16_t{});
    case 4: return read(uint32_t{});
    default: return read(uint64_t{});
  }
}

void put_number(std::byte* at, uint32_t width, uint64_t number) {
  const auto write = [at, number](auto most) {
    const auto value = static_cast<decltype(most)>(std::min<uint64_t>(number, most));
    std::memcpy(at, &value, sizeof(value));
  };
  switch (width) {
    case 1: return write(uint8_t{UINT8_MAX});
    case 2: return write(uint16_t{UINT16_MAX});
    case 4: return write(uint32_t{UINT32_MAX});
    default: return write(uint64_t{UINT64_MAX});
  }
}

}   // namespace

uint32_t RowType::size() const {
  const auto bytes = btf__resolve_size(btf.get(), id);
  return bytes < 0 ? 0 : static_cast<uint32_t>(bytes);
}

Result<MapRows> described_rows(const std::string& name, int map_fd) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (const int rc = bpf_obj_get_info_by_fd(map_fd, &info, &length))
    return fail_errno("ask about map " + name, -rc);
  if (info.btf_id == 0) return fail(fmt::format("map {} has no description of its rows", name));
  btf* loaded = btf__load_from_kernel_by_id(info.btf_id);
  if (!loaded) return fail_errno(fmt::format("read the description of map {}", name), errno);
  const SharedBtf types(loaded, btf__free);
  MapRows rows{{types, info.btf_key_type_id}, {types, info.btf_value_type_id}};
  if (rows.key.size() != info.key_size || rows.value.size() != info.value_size)
    return fail(fmt::format("map {} has rows of another size than its description", name));
  return rows;
}

Result<OwnRows> OwnRows::open() {
  BpfObject object = TRY(open_tc_object(nullptr));
  return OwnRows(std::shared_ptr<bpf_object>(std::move(object)));
}

Result<const bpf_map*> OwnRows::find(const std::string& name) const {
  const bpf_map* map = bpf_object__find_map_by_name(object_.get(), name.c_str());
  return map ? Result<const bpf_map*>(map) : fail(fmt::format("this release has no map {}", name));
}

Result<MapRows> OwnRows::of(const std::string& name) const {
  const bpf_map* map = TRY(find(name));
  const SharedBtf types(object_, bpf_object__btf(object_.get()));
  return MapRows{{types, bpf_map__btf_key_type_id(map)}, {types, bpf_map__btf_value_type_id(map)}};
}

Result<uint32_t> OwnRows::type_of(const std::string& name) const {
  return static_cast<uint32_t>(bpf_map__type(TRY(find(name))));
}

Result<RowMember> find_member(const RowType& row, std::string_view path) {
  RowMember found{row, 0, 1};
  for (std::string_view rest = path; !rest.empty();) {
    const size_t dot = std::min(rest.find('.'), rest.size());
    const auto member = TRY(member_of(resolved(found.type), rest.substr(0, dot), 0));
    if (!member) return fail(fmt::format("its rows have no {}", path));
    const Elements elements = elements_of(member->type);
    found = {elements.type, found.offset + member->offset, elements.count};
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  return found;
}

// Goes through the members of `to`, and finds for each what `from` has of it.
class RowPairing {
 public:
  Result<> pair(const RowType& from, const RowType& to, uint32_t from_at, uint32_t to_at,
                const std::string& path) {
    const Elements theirs = elements_of(from), ours = elements_of(to);
    const RowType a = resolved(theirs.type), b = resolved(ours.type);
    const uint32_t count = std::min(theirs.count, ours.count);
    if (is_number(a) && is_number(b))
      return pair_numbers(theirs.type, ours.type, from_at, to_at, count, path);
    if (!is_of_members(a) || !is_of_members(b) || ++depth_ > kDepth)
      return fail(fmt::format("{} is of another kind there", path));
    for (uint32_t i = 0; i < count; ++i)
      TRY(pair_members(a, b, from_at + i * a.size(), to_at + i * b.size(), path));
    --depth_;
    return {};
  }

  RowCopy copy;

 private:
  Result<> pair_numbers(const RowType& from, const RowType& to, uint32_t from_at, uint32_t to_at,
                        uint32_t count, const std::string& path) {
    const uint32_t a = from.size(), b = to.size();
    if (a != b && (is_big_endian(from) || is_big_endian(to)))
      return fail(fmt::format("{} has another width there, in network byte order", path));
    if (is_big_endian(from) != is_big_endian(to))
      return fail(fmt::format("{} has another byte order there", path));
    auto& pieces = copy.pieces_;
    const bool goes_on = a == b && !pieces.empty() && pieces.back().from_width == 1 &&
                         pieces.back().to_width == 1 && pieces.back().from + pieces.back().count == from_at &&
                         pieces.back().to + pieces.back().count == to_at;
    if (goes_on)
      pieces.back().count += count * a;
    else if (a == b)
      pieces.push_back({from_at, to_at, count * a, 1, 1});
    else
      pieces.push_back({from_at, to_at, count, a, b});
    return {};
  }

  Result<> pair_members(const RowType& from, const RowType& to, uint32_t from_at, uint32_t to_at,
                        const std::string& path) {
    const btf_type* t = type_at(to);
    for (uint32_t i = 0; i < btf_vlen(t); ++i) {
      const btf_member& one = btf_members(t)[i];
      const RowType type{to.btf, one.type};
      const uint32_t at = to_at + btf_member_bit_offset(t, i) / 8;
      const std::string_view name = name_at(to, one.name_off);
      if (name.empty()) {   // its members stand among ours
        TRY(pair_members(from, resolved(type), from_at, at, path));
        continue;
      }
      const auto member = TRY(member_of(from, name, 0));
      if (!member) continue;
      const std::string its = path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
      TRY(pair(member->type, type, from_at + member->offset, at, its));
    }
    return {};
  }

  int depth_ = 0;
};

Result<RowCopy> RowCopy::between(const RowType& from, const RowType& to) {
  RowPairing pairing;
  TRY(pairing.pair(from, to, 0, 0, ""));
  if (pairing.copy.pieces_.empty()) return fail("its rows have nothing in common with those of this release");
  pairing.copy.to_size_ = to.size();
  return std::move(pairing.copy);
}

void RowCopy::operator()(const void* from, void* to) const {
  const auto* source = static_cast<const std::byte*>(from);
  auto* target = static_cast<std::byte*>(to);
  std::memset(target, 0, to_size_);
  for (const Piece& piece : pieces_) {
    if (piece.from_width == piece.to_width) {
      std::memcpy(target + piece.to, source + piece.from, piece.count);
      continue;
    }
    for (uint32_t i = 0; i < piece.count; ++i)
      put_number(target + piece.to + size_t{i} * piece.to_width, piece.to_width,
                 number_at(source + piece.from + size_t{i} * piece.from_width, piece.from_width));
  }
}

}   // namespace sluice
