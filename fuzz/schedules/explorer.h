// Runs a script again and again, each time by another schedule: every schedule with a bounded number of
// deviations, shortest ones first.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "schedules/run_log.h"
#include "schedules/schedule.h"

namespace padlock::fuzz {

struct Bounds {
  std::size_t preemptions = 2;   // of a schedule
  std::size_t deviations = 2;    // preemptions and other threads where one is chosen anyway
  std::size_t schedules = 4000;  // of a script
};

class Explorer {
 public:
  /// `play`: plays the script once, in a process of its own, by what the scheduler has begun.
  Explorer(std::function<void()> play, const Bounds& bounds);
  ~Explorer();
  Explorer(const Explorer&) = delete;
  Explorer& operator=(const Explorer&) = delete;

  /// Aborts with the schedule if one fails. How many there were.
  std::size_t explore();
  /// One schedule; false if it does not fit. Aborts as explore() does.
  bool run(const Schedule& schedule);
  /// Whether all schedules within the bounds were run.
  [[nodiscard]] bool is_complete() const noexcept { return complete_; }

 private:
  struct Moments {
    Schedule schedule;
    std::size_t preemptions = 0;
    std::vector<Event> events;  // of its run, behind its last deviation
    std::size_t first = 0;
  };

  bool visit(const Schedule& schedule, std::size_t preemptions, std::vector<Moments>& next);
  [[nodiscard]] bool is_repeated(const std::vector<Event>& before) const;
  void begin(std::vector<Moments>& level);
  void expand(const Moments& from, std::vector<Moments>& next);

  std::function<void()> play_;
  Bounds bounds_;
  RunLog* log_;
  std::size_t ran_ = 0;
  std::size_t left_out_ = 0;  // of those, they did not fit
  bool complete_ = true;
};

}  // namespace padlock::fuzz
