// Programs that the options say to leave alone.
#pragma once

#include <string_view>

namespace padlock::runtime {

/// Whether the running program is one of `names`, separated by ':' or ',': by the name of its executable or
/// by the one that it was started under.
bool is_excluded(std::string_view names) noexcept;

}  // namespace padlock::runtime
