// `padlock symbolize`: names what a report without symbols left open, on this machine or another one.
//
//     #1 0x7f1100024083 (/lib/libfoo.so+0x24083) (BuildId: 0123...)
//
// becomes a line for each function at that place, inlined ones first:
//
//     #1 0x7f1100024083 in inner /src/foo.c:12 (inlined)
//     #2 0x7f1100024083 in outer /src/foo.c:30
//
// So do the frames of a report as a line of JSON, in members of their own (json_report.h).
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace padlock::cli {

struct SymbolizeRequest {
  std::vector<std::string> files;         // reports; none: standard input
  std::vector<std::string> symbol_paths;  // folders where programs, libraries and debug files are looked for
};

/// Copies the reports to standard output with names filled in; says on standard error which modules have
/// none, and what to install. Throws Refusal.
void symbolize(const SymbolizeRequest& request);

/// The same from one stream to another; `unnamed` gets a line for each module without names.
/// `name`: of the first one, for a refusal.
void symbolize(std::istream& report, const std::string& name, std::ostream& out,
               const std::vector<std::string>& symbol_paths, std::vector<std::string>& unnamed);

}  // namespace padlock::cli
