// What the bytes of a call mean, and which calls a program of a heap stands for.
#include "differential/call.h"

#include <array>
#include <cerrno>
#include <cstdint>

#include "program/program.h"
#include "support/feed.h"

namespace padlock::fuzz {
namespace {

constexpr const char* kNames[] = {"malloc",        "calloc",
                                  "realloc",       "reallocarray",
                                  "aligned_alloc", "posix_memalign",
                                  "memalign",      "valloc",
                                  "pvalloc",       "new",
                                  "new[]",         "new_nothrow",
                                  "new[]_nothrow", "new_aligned",
                                  "new[]_aligned", "new_aligned_nothrow",
                                  "of_libc",       "free",
                                  "usable_size",   "write",
                                  "nothing",       "trim"};
static_assert(sizeof kNames / sizeof kNames[0] == kFamilies);
static_assert(static_cast<std::size_t>(Family::kTrim) + 1 == kFamilies);

constexpr std::uint16_t kFirstMiddling = 0xF000;
constexpr std::uint16_t kFirstEdge = 0xFFF0;
constexpr std::array<std::size_t, 16> kEdgeSizes = {0,
                                                    1,
                                                    std::size_t{PTRDIFF_MAX},
                                                    std::size_t{PTRDIFF_MAX} + 1,
                                                    SIZE_MAX,
                                                    SIZE_MAX - 15,
                                                    SIZE_MAX - 31,
                                                    SIZE_MAX - 4095,
                                                    SIZE_MAX - 4096,
                                                    SIZE_MAX / 2 - 4096,
                                                    std::size_t{PTRDIFF_MAX} - 15,
                                                    SIZE_MAX - 65535,
                                                    4095,
                                                    4096,
                                                    4097,
                                                    std::size_t{1} << 62};

constexpr std::uint8_t kFirstBadAlignment = 0xE0;
constexpr std::array<std::size_t, 8> kOddAlignments = {
    0, 3, 24, 48, SIZE_MAX, std::size_t{PTRDIFF_MAX} + 1, std::size_t{PTRDIFF_MAX} + 2, 4095};

constexpr std::uint8_t kFirstEdgeCount = 0xF0;
constexpr std::array<std::size_t, 8> kEdgeCounts = {
    SIZE_MAX, SIZE_MAX / 16 + 1, std::size_t{1} << 48, std::size_t{1} << 63, SIZE_MAX / 2, SIZE_MAX / 3, 0,
    1};

bool takes_any_alignment(Family family) noexcept {
  return family == Family::kAlignedAlloc || family == Family::kPosixMemalign || family == Family::kMemalign;
}

// The family of an allocation of a heap program. Its aligned kinds have alignments of their own.
Family family_of(std::uint8_t origin, bool aligned) noexcept {
  constexpr std::array<Family, 4> kPlain = {Family::kMalloc, Family::kNew, Family::kNewArray,
                                            Family::kMemalign};
  constexpr std::array<Family, 4> kAligned = {Family::kMemalign, Family::kNewAligned,
                                              Family::kNewArrayAligned, Family::kPosixMemalign};
  return (aligned ? kAligned : kPlain)[origin % 4];
}

class Translation {
 public:
  std::vector<Call> take(const Program& program) {
    for (const Op& op : program.ops) step(op);
    return std::move(calls_);
  }

 private:
  void step(const Op& op) {
    switch (op.kind) {
      case OpKind::kAllocate:
        return allocate(family_of(op.c, false), op.b, 4);
      case OpKind::kAllocateAligned:
        return allocate(family_of(op.c, true), op.b, static_cast<std::uint8_t>(op.a % 17));
      case OpKind::kAllocateZeroed:
        return allocate(Family::kCalloc, op.b, op.a % kFirstEdgeCount);
      case OpKind::kAllocateMany:
        for (unsigned i = 0; i < op.a % 32U; ++i) allocate(family_of(op.c, false), op.b, 4);
        return;
      case OpKind::kReallocate:
      case OpKind::kResize:
        return add(Family::kRealloc, op.a, op.b, 0);
      case OpKind::kFree:
      case OpKind::kFreeSized:
        return add(Family::kFree, op.a, 0, op.kind == OpKind::kFreeSized ? 1 : 0);
      case OpKind::kFreeMany:
        for (unsigned i = 0; i < op.b % 32U; ++i) {
          add(Family::kFree, static_cast<std::uint8_t>(op.a + i * (op.c % 8U)), 0, 0);
        }
        return;
      case OpKind::kUsableSize:
        return add(Family::kUsableSize, op.a, 0, 0);
      case OpKind::kWrite:
        return add(Family::kWrite, op.a, 0, op.c);
      case OpKind::kCoalesce:
      case OpKind::kDrain:
      case OpKind::kGiveUp:
        return add(Family::kTrim, 0, 0, 0);
      case OpKind::kSwitchThread:
        around_ = (op.a & 1U) != 0 ? 0x10 : 0;
        return;
      default:
        return;
    }
  }

  void allocate(Family family, std::uint16_t size, std::uint8_t extra) { add(family, next_++, size, extra); }
  void add(Family family, std::uint8_t place, std::uint16_t size, std::uint8_t extra) {
    if (calls_.size() < kMostCalls) calls_.push_back({family, place, size, extra, around_});
  }

  std::vector<Call> calls_;
  std::uint8_t next_ = 0;
  std::uint8_t around_ = 0;
};

}  // namespace

std::size_t Call::size() const noexcept {
  if (size_code >= kFirstEdge) return kEdgeSizes[size_code - kFirstEdge];
  if (size_code >= kFirstMiddling) return kFirstMiddling + std::size_t{size_code & 0xFFFU} * 100;
  return size_code;
}

std::size_t Call::alignment() const noexcept {
  if (extra >= kFirstBadAlignment && takes_any_alignment(family))
    return kOddAlignments[extra % kOddAlignments.size()];
  return std::size_t{1} << (extra % 17);
}

std::size_t Call::count() const noexcept {
  return extra >= kFirstEdgeCount ? kEdgeCounts[extra % kEdgeCounts.size()] : extra % 16;
}

int Call::errno_before() const noexcept {
  constexpr std::array<int, 4> kBefore = {0, EBADFD, ENOENT, EINTR};
  return kBefore[around % kBefore.size()];
}

const char* name_of(Family family) noexcept { return kNames[static_cast<std::size_t>(family)]; }

std::vector<Call> decode_calls(std::span<const std::uint8_t> bytes) {
  Feed feed(bytes.data(), bytes.size());
  std::vector<Call> calls;
  while (!feed.empty() && calls.size() < kMostCalls) {
    Call call;
    call.family = static_cast<Family>(feed.byte() % kFamilies);
    call.place = feed.byte();
    call.size_code = feed.number<std::uint16_t>();
    call.extra = feed.byte();
    call.around = feed.byte();
    calls.push_back(call);
  }
  return calls;
}

std::vector<Call> calls_of_program(std::span<const std::uint8_t> bytes) {
  return Translation().take(decode(bytes, Dialect::kLegal));
}

}  // namespace padlock::fuzz
