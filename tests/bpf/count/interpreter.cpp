// SPDX-License-Identifier: GPL-2.0-or-later
#include "interpreter.hpp"

#include <endian.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <string>

namespace sluice::test {
namespace {

constexpr size_t kStack = 512, kFrames = 8;
constexpr uint64_t kMost = 1'000'000;   // instructions: more is a loop without an end

struct Frame {
  std::array<uint8_t, kStack> stack{};
  std::array<uint64_t, 4> kept{};   // r6 to r9 of the caller
  size_t back = 0;                  // where the caller goes on
};

template <class T>
T load_as(uint64_t address) {
  T value;
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof(T));
  return value;
}

uint64_t load(uint8_t size, uint64_t address) {
  switch (size) {
    case BPF_B: return load_as<uint8_t>(address);
    case BPF_H: return load_as<uint16_t>(address);
    case BPF_W: return load_as<uint32_t>(address);
    default: return load_as<uint64_t>(address);
  }
}

void store(uint8_t size, uint64_t address, uint64_t value) {
  const size_t bytes = size == BPF_B ? 1 : size == BPF_H ? 2 : size == BPF_W ? 4 : 8;
  std::memcpy(reinterpret_cast<void*>(address), &value, bytes);
}

uint64_t swapped(bool to_big, int32_t bits, uint64_t value) {
  switch (bits) {
    case 16: return to_big ? htobe16(static_cast<uint16_t>(value)) : htole16(static_cast<uint16_t>(value));
    case 32: return to_big ? htobe32(static_cast<uint32_t>(value)) : htole32(static_cast<uint32_t>(value));
    default: return to_big ? htobe64(value) : htole64(value);
  }
}

// U is the width of the operation; what is narrower than a register clears the rest of it.
template <class U>
U calculated(uint8_t operation, U a, U b) {
  constexpr unsigned kMask = sizeof(U) * 8 - 1;
  using Signed = std::make_signed_t<U>;
  switch (operation) {
    case BPF_ADD: return a + b;
    case BPF_SUB: return a - b;
    case BPF_MUL: return a * b;
    case BPF_DIV: return b ? a / b : 0;
    case BPF_MOD: return b ? a % b : a;
    case BPF_OR: return a | b;
    case BPF_AND: return a & b;
    case BPF_XOR: return a ^ b;
    case BPF_LSH: return a << (b & kMask);
    case BPF_RSH: return a >> (b & kMask);
    case BPF_ARSH: return static_cast<U>(static_cast<Signed>(a) >> (b & kMask));
    case BPF_NEG: return -a;
    default: return b;   // BPF_MOV
  }
}

template <class U>
bool jumps(uint8_t operation, U a, U b) {
  using Signed = std::make_signed_t<U>;
  const auto x = static_cast<Signed>(a), y = static_cast<Signed>(b);
  switch (operation) {
    case BPF_JEQ: return a == b;
    case BPF_JNE: return a != b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    case BPF_JLT: return a < b;
    case BPF_JLE: return a <= b;
    case BPF_JSET: return a & b;
    case BPF_JSGT: return x > y;
    case BPF_JSGE: return x >= y;
    case BPF_JSLT: return x < y;
    default: return x <= y;   // BPF_JSLE
  }
}

template <class U>
U changed_atomically(int32_t operation, uint64_t address, U operand, uint64_t& compared) {
  const U was = load_as<U>(address);
  U is = operand;
  switch (operation & ~BPF_FETCH) {
    case BPF_ADD: is = was + operand; break;
    case BPF_OR: is = was | operand; break;
    case BPF_AND: is = was & operand; break;
    case BPF_XOR: is = was ^ operand; break;
    case BPF_CMPXCHG & ~BPF_FETCH:
      if (was != static_cast<U>(compared)) is = was;
      compared = was;
      break;
    default: break;   // BPF_XCHG
  }
  std::memcpy(reinterpret_cast<void*>(address), &is, sizeof(U));
  return was;
}

class Machine {
 public:
  Machine(const Recorded& program, World& world) : program_(program), world_(world) {
    execution_.runs.resize(program.code.size());
  }

  Execution run(void* context) {
    registers_[1] = reinterpret_cast<uintptr_t>(context);
    enter(0, 0);
    uint64_t steps = 0;
    while (depth_) {
      if (++steps > kMost) throw std::runtime_error("the program does not end");
      ++execution_.runs[at_];
      step(program_.code[at_++]);
    }
    execution_.answer = registers_[0];
    return execution_;
  }

 private:
  void enter(size_t where, size_t back) {
    if (depth_ == kFrames) throw std::runtime_error("too many calls in one another");
    Frame& frame = frames_[depth_++];
    std::copy_n(&registers_[6], 4, frame.kept.begin());
    frame.back = back;
    registers_[10] = reinterpret_cast<uintptr_t>(frame.stack.data() + kStack);
    at_ = where;
  }

  void leave() {
    const Frame& frame = frames_[--depth_];
    std::copy_n(frame.kept.begin(), 4, &registers_[6]);
    at_ = frame.back;
    if (depth_) registers_[10] = reinterpret_cast<uintptr_t>(frames_[depth_ - 1].stack.data() + kStack);
  }

  uint64_t operand(const bpf_insn& insn) const {
    return BPF_SRC(insn.code) == BPF_X ? registers_[insn.src_reg]
                                       : static_cast<uint64_t>(static_cast<int64_t>(insn.imm));
  }

  void step(const bpf_insn& insn) {
    switch (BPF_CLASS(insn.code)) {
      case BPF_ALU:
      case BPF_ALU64: return calculate(insn);
      case BPF_JMP:
      case BPF_JMP32: return jump(insn);
      case BPF_LD: return load_wide(insn);
      case BPF_LDX: return load_from(insn);
      case BPF_ST:
        return store(BPF_SIZE(insn.code), address(insn.dst_reg, insn),
                     static_cast<uint64_t>(int64_t{insn.imm}));
      default: return store_register(insn);
    }
  }

  uint64_t address(uint8_t base, const bpf_insn& insn) const {
    return registers_[base] + static_cast<uint64_t>(int64_t{insn.off});
  }

  void calculate(const bpf_insn& insn) {
    uint64_t& to = registers_[insn.dst_reg];
    const uint8_t operation = BPF_OP(insn.code);
    if (operation == BPF_END)
      to = swapped(BPF_SRC(insn.code) == BPF_TO_BE, insn.imm, to);
    else if (BPF_CLASS(insn.code) == BPF_ALU64)
      to = calculated<uint64_t>(operation, to, operand(insn));
    else
      to = calculated<uint32_t>(operation, static_cast<uint32_t>(to), static_cast<uint32_t>(operand(insn)));
  }

  void jump(const bpf_insn& insn) {
    const uint8_t operation = BPF_OP(insn.code);
    if (operation == BPF_EXIT) return leave();
    if (operation == BPF_CALL) return call(insn);
    const uint64_t a = registers_[insn.dst_reg], b = operand(insn);
    const bool taken = operation == BPF_JA ||
                       (BPF_CLASS(insn.code) == BPF_JMP
                            ? jumps<uint64_t>(operation, a, b)
                            : jumps<uint32_t>(operation, static_cast<uint32_t>(a), static_cast<uint32_t>(b)));
    if (taken) at_ = static_cast<size_t>(static_cast<int64_t>(at_) + insn.off);
  }

  void call(const bpf_insn& insn) {
    if (insn.src_reg == BPF_PSEUDO_CALL)
      return enter(static_cast<size_t>(static_cast<int64_t>(at_) + insn.imm), at_);
    if (insn.src_reg) throw std::runtime_error("a kernel function is called");
    std::array<uint64_t, 5> arguments;
    std::copy_n(&registers_[1], 5, arguments.begin());
    registers_[0] = world_.helper(static_cast<uint32_t>(insn.imm), arguments);
  }

  void load_wide(const bpf_insn& insn) {
    const bpf_insn& rest = program_.code[at_++];
    uint64_t& to = registers_[insn.dst_reg];
    if (insn.src_reg == BPF_PSEUDO_MAP_FD)
      to = world_.map(program_.maps[static_cast<size_t>(insn.imm)]);
    else if (insn.src_reg == BPF_PSEUDO_MAP_VALUE)
      to = world_.map_value(program_.maps[static_cast<size_t>(insn.imm)], static_cast<uint32_t>(rest.imm));
    else
      to = static_cast<uint32_t>(insn.imm) | uint64_t{static_cast<uint32_t>(rest.imm)} << 32;
  }

  void load_from(const bpf_insn& insn) {
    const uint64_t from = address(insn.src_reg, insn);
    if (!world_.pointer(from, registers_[insn.dst_reg]))
      registers_[insn.dst_reg] = load(BPF_SIZE(insn.code), from);
  }

  void store_register(const bpf_insn& insn) {
    const uint64_t to = address(insn.dst_reg, insn);
    if (BPF_MODE(insn.code) != BPF_ATOMIC) return store(BPF_SIZE(insn.code), to, registers_[insn.src_reg]);
    if (insn.imm == BPF_CMPXCHG) world_.meanwhile(to);
    uint64_t& operand = registers_[insn.src_reg];
    const uint64_t was =
        BPF_SIZE(insn.code) == BPF_DW
            ? changed_atomically<uint64_t>(insn.imm, to, operand, registers_[0])
            : changed_atomically<uint32_t>(insn.imm, to, static_cast<uint32_t>(operand), registers_[0]);
    if (insn.imm & BPF_FETCH && insn.imm != BPF_CMPXCHG) operand = was;
  }

  const Recorded& program_;
  World& world_;
  Execution execution_;
  std::array<uint64_t, 11> registers_{};
  std::array<Frame, kFrames> frames_;
  size_t depth_ = 0, at_ = 0;
};

}   // namespace

uint64_t Execution::total() const { return std::accumulate(runs.begin(), runs.end(), uint64_t{0}); }

Execution interpret(const Recorded& program, World& world, void* context) {
  return Machine(program, world).run(context);
}

}   // namespace sluice::test
