// The characters that mean something in markup.
#include "cli/report/markup.h"

namespace padlock::cli {

std::string escaped(std::string_view text) {
  std::string markup;
  for (const char character : text) {
    switch (character) {
      case '&':
        markup += "&amp;";
        break;
      case '<':
        markup += "&lt;";
        break;
      case '>':
        markup += "&gt;";
        break;
      case '"':
        markup += "&quot;";
        break;
      case '\'':
        markup += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(character);
        const bool control = (byte < 0x20 && character != '\n' && character != '\t') || byte == 0x7F;
        markup += control ? std::string("\xef\xbf\xbd") : std::string(1, character);
      }
    }
  }
  return markup;
}

}  // namespace padlock::cli
