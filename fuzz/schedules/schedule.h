// A schedule, as short as it can be: where another thread went on than the one that goes on by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace padlock::fuzz {

/// By itself the running thread goes on for as long as it can, then the next one in order.
struct Deviation {
  std::uint32_t event = 0;  // counted from 0 over all moments of the run
  std::uint8_t thread = 0;  // which goes on; kBySignal of run_log.h
};
using Schedule = std::vector<Deviation>;  // in the order of events

/// "812:1 1034:0"; "-" for the empty one.
std::string to_text(const Schedule& schedule);
/// Nothing if the text is no schedule.
std::optional<Schedule> schedule_of(const std::string& text);

}  // namespace padlock::fuzz
