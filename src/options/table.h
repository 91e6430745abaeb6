// options.def as data: what the parser and the help text go by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "options/options.h"

namespace padlock::options {

enum class OptionKind : std::uint8_t { kBool, kInt, kText, kChoice };

/// One option. Of the ways to its value the one that `kind` needs is set.
struct OptionEntry {
  std::string_view name = {};
  OptionKind kind = OptionKind::kBool;
  std::string_view fallback = {};  // as it would be written
  std::string_view choices = {};   // of a kChoice: "a|b|c"
  std::string_view help = {};
  std::int64_t low = 0;  // of a kInt, both included
  std::int64_t high = 0;
  bool Options::*as_bool = nullptr;
  std::int64_t& (*as_int)(Options&) = nullptr;  // of a size: in its unit
  Text Options::*as_text = nullptr;
  void (*choose)(Options&, std::size_t index) = nullptr;  // the word at `index` of `choices`
};

/// A name that an option had once.
struct OldName {
  std::string_view old_name;
  std::string_view name;
};

inline constexpr std::size_t kOldNameCount =
    std::initializer_list<const char*>{
#define PADLOCK_OPTION_OLD_NAME(old_name, name) #old_name,
#include "options/options.def"
    }
        .size();

/// Every option, in the order of options.def. Constant-initialized: usable before any constructor has run.
std::span<const OptionEntry> option_table() noexcept;

/// Every old name that is still accepted, likewise.
std::span<const OldName, kOldNameCount> old_names() noexcept;

}  // namespace padlock::options
