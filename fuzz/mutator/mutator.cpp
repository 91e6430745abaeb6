// The mutations themselves, chosen by a seed.
#include "mutator/mutator.h"

#include <algorithm>
#include <array>
#include <utility>

namespace padlock::fuzz {
namespace {

constexpr std::size_t kMostErased = 8;

std::vector<std::uint8_t> encode_within(Program& program, std::size_t max_bytes) {
  const std::size_t room = max_bytes < kSetupBytes ? 0 : (max_bytes - kSetupBytes) / kOpBytes;
  program.ops.resize(std::min({program.ops.size(), room, kMaxOps}));
  std::vector<std::uint8_t> bytes = encode(program);
  bytes.resize(std::min(bytes.size(), max_bytes));
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> Mutator::mutate(std::span<const std::uint8_t> bytes, std::size_t max_bytes) {
  Program program = decode(bytes, dialect_);
  for (std::uint32_t left = 1 + below(4); left != 0; --left) mutate_once(program);
  return encode_within(program, max_bytes);
}

// A part of `b` put into `a`, under either one's setup.
std::vector<std::uint8_t> Mutator::cross(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                         std::size_t max_bytes) {
  Program program = decode(a, dialect_);
  const Program other = decode(b, dialect_);
  if (below(4) == 0) program.setup = other.setup;
  const std::size_t first = place(other.ops);
  const std::size_t count = below(other.ops.size() - first + 1);
  const std::size_t at = place(program.ops);
  if (below(2) == 0) program.ops.resize(at);
  const auto from = other.ops.begin() + static_cast<std::ptrdiff_t>(first);
  program.ops.insert(program.ops.begin() + static_cast<std::ptrdiff_t>(at), from,
                     from + static_cast<std::ptrdiff_t>(count));
  return encode_within(program, max_bytes);
}

void Mutator::mutate_once(Program& program) {
  Ops& ops = program.ops;
  switch (below(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return insert(ops);
    case 4:
    case 5:
      return insert_idiom(ops);
    case 6:
    case 7:
      return erase(ops);
    case 8:
      return duplicate(ops);
    case 9:
      return swap(ops);
    case 10:
      return vary_setup(program.setup);
    default:
      return vary(ops);
  }
}

void Mutator::insert(Ops& ops) {
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(place(ops)), random_op());
}

// A few ops that belong together: holes between blocks, a bug and the moment at which it shows.
void Mutator::insert_idiom(Ops& ops) {
  constexpr std::array<OpKind, 8> kMoments = {OpKind::kCheck,      OpKind::kFree,       OpKind::kFlush,
                                              OpKind::kDrain,      OpKind::kReallocate, OpKind::kResize,
                                              OpKind::kUsableSize, OpKind::kGiveUp};
  Ops idiom;
  if (dialect_ == Dialect::kLegal || below(2) == 0) {
    idiom = {op(OpKind::kAllocateMany), op(OpKind::kFreeMany),
             op(below(2) == 0 ? OpKind::kFlush : OpKind::kDrain), op(OpKind::kAllocate)};
    if (below(3) == 0) idiom.insert(idiom.end() - 1, op(OpKind::kGiveUp));
  } else {
    const auto first = static_cast<std::size_t>(Dialect::kLegal);
    const auto bug = static_cast<OpKind>(first + below(static_cast<std::size_t>(dialect_) - first));
    idiom = {op(OpKind::kAllocateMany), op(below(2) == 0 ? OpKind::kFreeMany : OpKind::kAllocate), op(bug),
             op(kMoments[below(kMoments.size())])};
  }
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(place(ops)), idiom.begin(), idiom.end());
}

void Mutator::erase(Ops& ops) {
  if (ops.empty()) return;
  const std::size_t first = below(ops.size());
  const std::size_t count = 1 + below(std::min(kMostErased, ops.size() - first));
  const auto from = ops.begin() + static_cast<std::ptrdiff_t>(first);
  ops.erase(from, from + static_cast<std::ptrdiff_t>(count));
}

void Mutator::duplicate(Ops& ops) {
  if (ops.empty()) return;
  const std::size_t first = below(ops.size());
  const std::size_t count = 1 + below(std::min(kMostErased, ops.size() - first));
  const auto from = ops.begin() + static_cast<std::ptrdiff_t>(first);
  const Ops copy(from, from + static_cast<std::ptrdiff_t>(count));
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(place(ops)), copy.begin(), copy.end());
}

void Mutator::swap(Ops& ops) {
  if (ops.size() >= 2) std::swap(ops[below(ops.size())], ops[below(ops.size())]);
}

void Mutator::vary(Ops& ops) {
  if (ops.empty()) return insert(ops);
  Op& varied = ops[below(ops.size())];
  if (below(8) == 0) {
    varied.kind = static_cast<OpKind>(below(static_cast<std::size_t>(dialect_)));
    return;
  }
  const OpSpec& spec = spec_of(varied.kind);
  const std::size_t index = below(kOperands);
  if (spec.operands[index] == Operand::kUnused) return;
  const std::uint16_t value = varied.operand(index);
  switch (below(4)) {
    case 0:
      return set_operand(varied, index, static_cast<std::uint16_t>(value + 1));
    case 1:
      return set_operand(varied, index, static_cast<std::uint16_t>(value - 1));
    case 2:
      return set_operand(varied, index, static_cast<std::uint16_t>(value ^ (1U << below(16))));
    default:
      return set_operand(varied, index, random_operand(spec.operands[index]));
  }
}

void Mutator::vary_setup(Setup& setup) {
  const auto value = static_cast<std::uint8_t>(below(256));
  std::uint8_t* const fields[] = {
      &setup.key,           &setup.seed,           &setup.quarantine_bytes, &setup.quarantine_slots,
      &setup.pending_bytes, &setup.coalesce_batch, &setup.first_region,     &setup.flags};
  const std::size_t index = below(std::size(fields));
  *fields[index] = index < 2 ? value : value % 8;
  if (index == 7) *fields[index] = value % 16;
}

Op Mutator::random_op() {
  // Half of all ops give or take memory: everything else needs blocks to work on.
  constexpr std::array<OpKind, 8> kCommon = {OpKind::kAllocate,   OpKind::kAllocate, OpKind::kAllocateMany,
                                             OpKind::kFree,       OpKind::kFree,     OpKind::kFreeMany,
                                             OpKind::kReallocate, OpKind::kResize};
  if (below(2) == 0) return op(kCommon[below(kCommon.size())]);
  return op(static_cast<OpKind>(below(static_cast<std::size_t>(dialect_))));
}

Op Mutator::op(OpKind kind) {
  Op made;
  made.kind = kind;
  const OpSpec& spec = spec_of(kind);
  for (std::size_t i = 0; i < kOperands; ++i) set_operand(made, i, random_operand(spec.operands[i]));
  return made;
}

std::uint16_t Mutator::random_operand(Operand operand) {
  const auto any = static_cast<std::uint16_t>(below(65536));
  switch (operand) {
    case Operand::kUnused:
      return 0;
    case Operand::kBlock:
    case Operand::kFreedBlock:
      return static_cast<std::uint16_t>(below(2) == 0 ? any % 4 : any);
    case Operand::kSize:
      // Mostly small, around multiples of a granule; now and then big, rarely absurd.
      if (below(16) == 0) return below(4) == 0 ? static_cast<std::uint16_t>(65530 + below(6)) : any % 16384;
      return static_cast<std::uint16_t>(below(8) == 0 ? any % 2048 : (any % 12) * 16 + below(18));
    case Operand::kCount:
      return any % 24;
    case Operand::kAlignment:
      return static_cast<std::uint16_t>(below(8) == 0 ? any : any % 13);
    case Operand::kOrigin:
      return static_cast<std::uint16_t>(below(4) == 0 ? any : 0);
    case Operand::kOffset:
      return static_cast<std::uint16_t>(below(4) == 0 ? any : any % 40);
    case Operand::kLength:
      return static_cast<std::uint16_t>(below(4) == 0 ? any : any % 50);
    case Operand::kByte:
      return static_cast<std::uint16_t>(below(4) == 0 ? 0 : any);
    case Operand::kBits:
    case Operand::kChoice:
      return any;
  }
  return any;
}

void Mutator::set_operand(Op& op, std::size_t index, std::uint16_t value) noexcept {
  if (index == 1) op.b = value;
  std::uint8_t* const bytes[kOperands] = {&op.a, nullptr, &op.c, &op.d};
  if (bytes[index] != nullptr) *bytes[index] = static_cast<std::uint8_t>(value);
}

}  // namespace padlock::fuzz
