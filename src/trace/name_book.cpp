// The book: a hash table of addresses, a list of levels, a list of texts.
#include "trace/name_book.h"

#include <cstring>

#include "base/random.h"

namespace padlock::trace {
namespace {

constexpr std::string_view kCut = "...";

}  // namespace

Level NameBook::Names::operator[](std::size_t index) const noexcept {
  const StoredLevel& level = book_->levels_[first_ + index];
  return {&book_->text_[level.function], &book_->text_[level.file], level.line};
}

// Fewer than half of the entries are ever used.
const NameBook::Entry& NameBook::entry_of(std::uintptr_t pc) const noexcept {
  for (std::size_t place = mix64(pc);; ++place) {
    const Entry& entry = entries_[place % kEntries];
    const std::uintptr_t known = entry.pc.load(std::memory_order_acquire);
    if (known == pc || known == 0) return entry;
  }
}

NameBook::Names NameBook::find(std::uintptr_t pc) const noexcept {
  const Entry& entry = entry_of(pc);
  if (pc == 0 || entry.pc.load(std::memory_order_acquire) != pc) return {};
  return {*this, entry.first, entry.count};
}

// Frames of one file follow one another: its name is stored once for them. The first byte is an empty text.
std::uint32_t NameBook::store(std::string_view text, bool keeps_end) noexcept {
  if (text_used_ == 0) text_used_ = 1;
  if (text.empty() || kText - text_used_ <= kLongestText) return 0;
  if (levels_used_ != 0) {
    const std::uint32_t before = levels_[levels_used_ - 1].file;
    if (text == &text_[before]) return before;
  }
  const auto at = static_cast<std::uint32_t>(text_used_);
  const auto append = [this](std::string_view part) {
    text_used_ += part.copy(&text_[text_used_], part.size());
  };
  if (text.size() <= kLongestText) {
    append(text);
  } else if (keeps_end) {
    append(kCut);
    append(text.substr(text.size() - kLongestText + kCut.size()));
  } else {
    append(text.substr(0, kLongestText - kCut.size()));
    append(kCut);
  }
  text_[text_used_++] = '\0';
  return at;
}

bool NameBook::add(std::uintptr_t pc, std::span<const Level> levels) noexcept {
  auto& entry = const_cast<Entry&>(entry_of(pc));
  if (addresses_ == kAddresses || entry.pc.load() == pc) return false;  // also of 0, which no entry has
  entry.first = static_cast<std::uint32_t>(levels_used_);
  entry.count = 0;
  for (const Level& level : levels) {
    if (levels_used_ == kLevels || entry.count == kMostLevels) break;
    const StoredLevel stored = {store(level.function, false), store(level.file, true), level.line};
    levels_[levels_used_++] = stored;
    ++entry.count;
  }
  ++addresses_;
  entry.pc.store(pc, std::memory_order_release);
  return true;
}

// By less than one address's worth it may be more than half.
bool NameBook::is_half_full() const noexcept {
  constexpr std::size_t kMostText = 2 * kMostLevels * (kLongestText + 1);
  return addresses_ >= kAddresses / 2 || levels_used_ + kMostLevels > kLevels / 2 ||
         text_used_ + kMostText > kText / 2;
}

void NameBook::copy(std::uintptr_t pc, const NameBook& from) noexcept {
  const Names names = from.find(pc);
  Level levels[kMostLevels];
  for (std::size_t i = 0; i < names.size(); ++i) levels[i] = names[i];
  add(pc, {levels, names.size()});
}

void NameBook::clear() noexcept {
  for (Entry& entry : entries_) entry.pc.store(0, std::memory_order_relaxed);
  addresses_ = levels_used_ = text_used_ = 0;
}

}  // namespace padlock::trace
