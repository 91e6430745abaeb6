// The heap around a fault as a picture, and its bytes as a strip: inline SVG and HTML.
#pragma once

#include <string>

#include "cli/report/load.h"

namespace padlock::cli {

/// The block with its header and what lies behind it, the block next to it where it has to do with the fault,
/// and the bytes at fault. "" where the report has no block.
std::string heap_picture(const Json& report);

/// The bytes around the damage, sixteen a row, or eight in a narrow window, with what Padlock had put there.
/// "" where there are none.
std::string bytes_strip(const Json& report);

}  // namespace padlock::cli
