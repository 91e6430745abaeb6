// The look of the HTML page.
#pragma once

namespace padlock::cli {

/// CSS. It fits narrow and wide windows, light and dark ones, and loads nothing.
extern const char* const page_style;

}  // namespace padlock::cli
