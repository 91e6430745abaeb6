// The scripts of the runtime harness, with every schedule of the steps that are made together, within bounds:
// threads are preempted at each atomic access of the runtime to a word that others use as well.
//   PADLOCK_SCHEDULE='812:1 1034:0'   this schedule alone, as a failing run has printed it
//   PADLOCK_SCHEDULES=N               at most so many of each script
//   PADLOCK_PREEMPTIONS=N             of a schedule
#include <sys/personality.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "model/require.h"
#include "schedules/explorer.h"
#include "schedules/scheduled_crew.h"
#include "threads/conductor.h"

namespace padlock::fuzz {
namespace {

std::size_t number(const char* name, std::size_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

Bounds bounds() {
  Bounds bounds;
  bounds.preemptions = number("PADLOCK_PREEMPTIONS", bounds.preemptions);
  bounds.deviations = bounds.preemptions;
  bounds.schedules = number("PADLOCK_SCHEDULES", bounds.schedules);
  return bounds;
}

// A schedule is the same run in each process only if memory lies at the same addresses. Where the system does
// not allow that, it is the same in the runs of this one.
__attribute__((constructor)) void fix_addresses(int /*argc*/, char** argv, char** environment) {
  constexpr unsigned long kQuery = 0xFFFFFFFF;
  const int now = personality(kQuery);
  if (now == -1 || (static_cast<unsigned>(now) & ADDR_NO_RANDOMIZE) != 0) return;
  if (personality(static_cast<unsigned>(now) | ADDR_NO_RANDOMIZE) == -1) return;
  execve("/proc/self/exe", argv, environment);
}

}  // namespace
}  // namespace padlock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace padlock::fuzz;
  const std::vector<Step> script = decode_script({data, size});
  Explorer explorer(
      [&] {
        ScheduledCrew crew;
        Conductor(crew, script).play();
      },
      bounds());
  if (const char* const text = std::getenv("PADLOCK_SCHEDULE"); text != nullptr) {
    const std::optional<Schedule> schedule = schedule_of(text);
    require(schedule.has_value(), "PADLOCK_SCHEDULE is a schedule");
    require(explorer.run(*schedule), "PADLOCK_SCHEDULE fits the script");
    return 0;
  }
  const std::size_t ran = explorer.explore();
  std::fprintf(stderr, "%zu schedules%s\n", ran, explorer.is_complete() ? "" : ", of more");
  return 0;
}
