// Reports as the runtime would fill them, one a kind, with round addresses.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "report/renderer.h"
#include "report/report.h"

namespace padlock::report::samples {

inline constexpr std::uintptr_t kUser = 0x7f0000001020;
inline constexpr std::uint8_t kCanary = 0xc3;
inline constexpr std::uint8_t kPoison = 0xe6;
inline constexpr std::uint8_t kUserByte = 'u';

using Bytes = std::initializer_list<std::uint8_t>;

core::BlockSnapshot live_block(std::uint64_t requested, core::Origin origin = core::Origin::kMalloc);
core::BlockSnapshot freed_block(std::uint64_t requested, core::Origin origin = core::Origin::kMalloc);

/// A report of `kind` about `block`, with threads, stacks and allocation numbers.
Report about(core::FaultKind kind, const core::BlockSnapshot& block,
             core::Moment moment = core::Moment::kFree);
/// The same report with its diagnosis, as the runtime has it rendered.
Report diagnosed(const Report& report);
/// All of the report, piece by piece.
void write(const Renderer& renderer, const Report& report, TextWriter& out);
/// Takes the stack away.
void forget(Stack& stack);

/// Writes `bytes` at `offset` of the fault's block, whose window then shows up to 32 bytes before and 16
/// behind: user bytes unknown, the padding canary, freed bytes poison.
void damage(core::Fault& fault, std::int64_t offset, std::span<const std::uint8_t> bytes);
inline void damage(core::Fault& fault, std::int64_t offset, Bytes bytes) {
  damage(fault, offset, std::span(bytes.begin(), bytes.size()));
}
inline void damage(core::Fault& fault, std::int64_t offset, std::string_view text) {
  damage(fault, offset, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

struct Sample {
  const char* name;
  Report report;
};
/// At least one for each kind, more where a kind has several faces.
const std::vector<Sample>& all();

}  // namespace padlock::report::samples
