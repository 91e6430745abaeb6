// Schedules as text, which a failing run prints and a replay reads.
#include "schedules/schedule.h"

#include <sstream>

namespace padlock::fuzz {

std::string to_text(const Schedule& schedule) {
  std::string text;
  for (const Deviation& deviation : schedule) {
    if (!text.empty()) text += ' ';
    text += std::to_string(deviation.event) + ':' + std::to_string(deviation.thread);
  }
  return text.empty() ? "-" : text;
}

std::optional<Schedule> schedule_of(const std::string& text) {
  Schedule schedule;
  std::istringstream words(text);
  for (std::string word; words >> word && word != "-";) {
    unsigned event = 0;
    unsigned thread = 0;
    char colon = '\0';
    std::istringstream one(word);
    if (!(one >> event >> colon >> thread) || colon != ':' || thread > UINT8_MAX) return std::nullopt;
    schedule.push_back({event, static_cast<std::uint8_t>(thread)});
  }
  return schedule;
}

}  // namespace padlock::fuzz
