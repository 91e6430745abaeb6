// A line of a stack, as reports print it: taken apart, and put together again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace padlock::cli {

/// A frame without a source line: `    #N 0xPC [in FUNCTION] (MODULE+0xOFFSET) [(BuildId: HEX)]
/// [(unloaded)]`.
struct OpenFrame {
  std::string pc;  // "0x7f..."
  std::string function;
  std::string module;
  std::uint64_t offset = 0;  // of the return address
  std::string build_id;      // hexadecimal; may be left out where an earlier frame of the stack gave it
  bool unloaded = false;
};

/// Nothing where the line is no frame, or names its source line already.
std::optional<OpenFrame> parse_open_frame(const std::string& line);

/// A summary without a source line: `SUMMARY: Padlock: KIND (MODULE+0xOFFSET)`.
struct OpenSummary {
  std::string words;  // up to the place
  std::string module;
  std::uint64_t offset = 0;
};
std::optional<OpenSummary> parse_open_summary(const std::string& line);

/// Where the line is a frame, with the number `next`, which goes up; it is 0 again at the innermost frame of
/// a stack. Any other line as it is.
std::string renumbered(const std::string& line, unsigned& next);

}  // namespace padlock::cli
