// Names that people know from sanitizers and from Scudo: what stands for them here, or why nothing does.
// Padlock's own names, old ones included, are in options.def.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace padlock::options {

/// Another name of an option.
struct Synonym {
  std::string_view name;
  std::string_view option;       // of options.def; may be `name` itself, where only values differ
  std::int64_t times = 1;        // a number counts so many units of the option's
  std::string_view values = {};  // "theirs=ours|theirs=ours"; other values are the same
};

/// A flag that changes nothing here.
struct Unused {
  std::string_view name;
  std::string_view reason;  // a clause: "freed memory is always filled"
};

/// Constant-initialized: usable before any constructor has run.
std::span<const Synonym> synonyms() noexcept;
std::span<const Unused> unused_names() noexcept;

/// Null where there is none. `name` is compared as it is.
const Synonym* find_synonym(std::string_view name) noexcept;
const Unused* find_unused(std::string_view name) noexcept;

}  // namespace padlock::options
