// Text in XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace padlock::cli {

/// Escaped for content and attributes of both. Control characters, which XML must not hold, become U+FFFD.
std::string escaped(std::string_view text);

}  // namespace padlock::cli
