// Strings of JSON from bytes of unknown making.
#include "report/json/json_writer.h"

namespace padlock::report {
namespace {

constexpr std::size_t kLongestEscape = 6;  // \u001f

bool continues(char character) { return (static_cast<unsigned char>(character) & 0xC0) == 0x80; }

// The length of the character that `text` begins with, and its code point; 0: it begins with none.
std::size_t first_character(std::string_view text, std::uint32_t& code) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) {
    code = lead;
    return 1;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text[i])) return 0;
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return overlong || surrogate || code > 0x10FFFF ? 0 : length;
}

void append_character(std::string_view bytes, std::uint32_t code, TextWriter& out) {
  if (code == '"' || code == '\\') {
    out.append('\\').append(bytes);
  } else if (code == '\n') {
    out.append("\\n");
  } else if (code == '\t') {
    out.append("\\t");
  } else if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
    out.append("\\u").hex(code, 4);
  } else {
    out.append(bytes);
  }
}

}  // namespace

void append_quoted_json(std::string_view text, TextWriter& out) noexcept {
  out.append('"');
  const std::size_t start = out.size();
  while (!text.empty()) {
    if (out.size() - start > kLongestJsonText - kLongestEscape) {
      out.append("...");
      break;
    }
    std::uint32_t code = 0;
    const std::size_t length = first_character(text, code);
    if (length == 0) {
      out.append("\\ufffd");
      text.remove_prefix(1);
    } else {
      append_character(text.substr(0, length), code, out);
      text.remove_prefix(length);
    }
    if (out.truncated()) break;
  }
  out.append('"');
}

}  // namespace padlock::report
