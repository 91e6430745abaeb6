// Bytes to programs and back. Ops have a fixed length, so that a mutation of one leaves the others alone.
#include <algorithm>
#include <array>

#include "program/program.h"

namespace padlock::fuzz {
namespace {

constexpr std::array<std::size_t, 8> kQuarantineBytes = {0, 48, 128, 512, 2048, 8192, 32768, 1 << 20};
constexpr std::array<std::size_t, 8> kQuarantineSlots = {64, 0, 1, 2, 3, 5, 8, 256};
constexpr std::array<std::size_t, 8> kPendingBytes = {1 << 20, 0, 64, 256, 1024, 4096, 16384, 65536};
constexpr std::array<std::size_t, 8> kBatches = {32, 1, 2, 3, 4, 8, 16, 1000};
constexpr std::array<std::size_t, 8> kRegionBytes = {4096, 48, 64, 256, 1024, 2048, 16384, 65536};
constexpr std::array<std::uint64_t, 4> kFirstNumbers = {0, 0xFFFFFFF8U, 0xFFFFFFFFFFF8U, 0x1234500000001U};

template <typename T>
T choose(const std::array<T, 8>& table, std::uint8_t index) noexcept {
  return table[index % table.size()];
}

// Takes bytes as long as there are any, then zeros.
class Feed {
 public:
  explicit Feed(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}
  [[nodiscard]] bool empty() const noexcept { return at_ >= bytes_.size(); }
  std::uint8_t byte() noexcept { return empty() ? std::uint8_t{0} : bytes_[at_++]; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

Op decode_op(Feed& feed, Dialect dialect) noexcept {
  Op op;
  op.kind = static_cast<OpKind>(feed.byte() % static_cast<std::uint8_t>(dialect));
  op.a = feed.byte();
  const std::uint8_t low = feed.byte();
  op.b = static_cast<std::uint16_t>(low | (feed.byte() << 8));
  op.c = feed.byte();
  op.d = feed.byte();
  return op;
}

}  // namespace

std::size_t Setup::max_quarantine_bytes() const noexcept {
  return choose(kQuarantineBytes, quarantine_bytes);
}
std::size_t Setup::slot_count() const noexcept { return choose(kQuarantineSlots, quarantine_slots); }
std::size_t Setup::max_pending_bytes() const noexcept { return choose(kPendingBytes, pending_bytes); }
std::size_t Setup::batch() const noexcept { return choose(kBatches, coalesce_batch); }
std::size_t Setup::first_region_bytes() const noexcept { return choose(kRegionBytes, first_region); }
std::uint64_t Setup::first_number() const noexcept { return kFirstNumbers[(flags >> 2) % 4]; }

Program decode(std::span<const std::uint8_t> bytes, Dialect dialect) {
  Feed feed(bytes);
  Program program;
  Setup& setup = program.setup;
  for (std::uint8_t* field :
       {&setup.key, &setup.seed, &setup.quarantine_bytes, &setup.quarantine_slots, &setup.pending_bytes,
        &setup.coalesce_batch, &setup.first_region, &setup.flags}) {
    *field = feed.byte();
  }
  while (!feed.empty() && program.ops.size() < kMaxOps) program.ops.push_back(decode_op(feed, dialect));
  return program;
}

std::vector<std::uint8_t> encode(const Program& program) {
  const Setup& setup = program.setup;
  std::vector<std::uint8_t> bytes = {
      setup.key,           setup.seed,           setup.quarantine_bytes, setup.quarantine_slots,
      setup.pending_bytes, setup.coalesce_batch, setup.first_region,     setup.flags};
  for (const Op& op : program.ops) {
    for (const int byte :
         {static_cast<int>(op.kind), int{op.a}, op.b & 0xFF, op.b >> 8, int{op.c}, int{op.d}}) {
      bytes.push_back(static_cast<std::uint8_t>(byte));
    }
  }
  return bytes;
}

}  // namespace padlock::fuzz
