// Which Debian package holds the debug information of a file.
#pragma once

#include <string>

namespace padlock::cli {

/// ": install libfoo1-dbgsym", or nothing where the file is no package's.
std::string debug_package_hint(const std::string& path);

}  // namespace padlock::cli
