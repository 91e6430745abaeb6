// Names of addresses that a report has asked for before: the symbolizer is asked once for each.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/name_book.h"

namespace padlock::runtime {

/// In pages of its own, mapped by the first report. Not thread-safe.
class NameCache {
 public:
  constexpr NameCache() noexcept = default;

  /// The book for the names of one report, at least half empty; null where there is no memory. What was in it
  /// before is forgotten if it is fuller, and if modules have been loaded or unloaded since the last call:
  /// their addresses may mean something else now.
  trace::NameBook* open() noexcept;

 private:
  trace::NameBook* book_ = nullptr;
  std::uint32_t generation_ = 0;
};

}  // namespace padlock::runtime
