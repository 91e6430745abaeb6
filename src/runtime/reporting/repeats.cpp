// The table of places: searched from end to end, since it is short and only faults ask.
#include "runtime/reporting/repeats.h"

#include <algorithm>

#include "base/random.h"
#include "trace/word_hash.h"

namespace padlock::runtime {
namespace {

// 0 where two faults cannot be known to be the same: nothing can be said of a block whose header is damaged.
std::uint64_t key_of(const core::Fault& fault, std::span<const std::uintptr_t> found_by) noexcept {
  if (found_by.empty() || (fault.block.present() && !fault.block.sealed)) return 0;
  const auto kind = static_cast<std::uint64_t>(fault.kind);
  const std::uint64_t stack =
      trace::hash_of_stack(found_by.first(std::min(found_by.size(), trace::kMaxDepth)));
  const std::uint64_t key = mix64(stack ^ mix64(fault.block.alloc_trace * 64 + kind));
  return key == 0 ? 1 : key;
}

}  // namespace

bool Repeats::knows_site(core::FaultKind kind, std::uintptr_t site) const noexcept {
  return std::any_of(places_, places_ + size_,
                     [&](const Place& place) { return place.kind == kind && place.site == site; });
}

Repeats::Place* Repeats::find(std::uint64_t key) noexcept {
  Place* const end = places_ + size_;
  Place* const place = std::find_if(places_, end, [key](const Place& other) { return other.key == key; });
  return place != end ? place : nullptr;
}

bool Repeats::count(const core::Fault& fault, std::span<const std::uintptr_t> found_by) noexcept {
  const std::uint64_t key = key_of(fault, found_by);
  Place* const place = key != 0 ? find(key) : nullptr;
  if (place == nullptr) return false;
  ++place->times;
  return true;
}

void Repeats::add(const core::Fault& fault, std::span<const std::uintptr_t> found_by,
                  std::string_view place) noexcept {
  const std::uint64_t key = key_of(fault, found_by);
  if (key == 0 || size_ == kCapacity) return;
  Place& added = places_[size_++];
  added = {.key = key, .site = found_by[0], .kind = fault.kind};
  TextWriter words(added.words);
  words.append(place);
  words.c_str();
}

void Repeats::describe(std::int32_t process, TextWriter& out) noexcept {
  for (Place* place = places_; place != places_ + size_; ++place) {
    if (place->times == 0) continue;
    out.append("==").signed_decimal(process).append("==Padlock: ").append(core::to_string(place->kind));
    out.append(place->words).append(": seen ");
    out.counted(place->times, "more time").append('\n');
    place->times = 0;
  }
}

void Repeats::clear() noexcept { size_ = 0; }

}  // namespace padlock::runtime
