// The first run finds damage; those after it watch the block that was damaged.
#include "cli/pinpoint.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "cli/note_file.h"
#include "cli/passed_signals.h"
#include "cli/refusal.h"
#include "cli/sighting.h"
#include "cli/standard_input.h"
#include "cli/traced_run.h"

namespace padlock::cli {
namespace {

// What reads it may be gone.
void say(const std::string& line) {
  std::fputs(fmt::format("padlock: pinpoint: {}\n", line).c_str(), stderr);
}

// As shells have it.
constexpr int kBySignal = 128;

int exit_status(int status) {
  return WIFSIGNALED(status) ? kBySignal + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string signal_name(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

// How far it had come.
std::string state_words(const std::optional<Sighting>& seen, bool watched) {
  if (seen && !seen->late && !seen->read) return "the report above is of the code that did it";
  if (seen && !seen->late) return "the report above is of a read, not of the write";
  if (watched) return "the write had not been seen";
  return seen ? "damage had been found, but the write not been looked for" : "no damage had been found";
}

std::string fault_words(const Sighting& sighting) {
  return fmt::format("process {} ({})", sighting.process, sighting.kind);
}

// What a run is to look at.
enum class Scope { kNothing, kBlock, kSite, kEverything };

// Which code allocated a block is known of every one that is guarded, whatever was done to it.
Scope first_scope(const Sighting& wanted) {
  if (wanted.site == "0") return Scope::kEverything;
  return wanted.ordinal == 0 ? Scope::kSite : Scope::kBlock;
}

std::string scope_words(Scope scope, const Sighting& wanted) {
  if (scope == Scope::kEverything)
    return "guarding every block, as it is not known which code allocated the damaged one";
  if (scope == Scope::kSite) return "watching every block of that call site";
  return fmt::format("watching block {} of its call site, of {} bytes", wanted.ordinal, wanted.size);
}

Watch watch_for(const Sighting& wanted) {
  return wanted.kind == "use-after-free-write" ? Watch::kTracedBeyondFree : Watch::kTraced;
}

class Pinpoint {
 public:
  explicit Pinpoint(const PinpointRequest& request) : request_(request) {}

  int run() {
    const std::optional<Sighting> first = run_once(Scope::kNothing, {});
    if (end_.interrupted) return stopped(1, first);
    if (!first) {
      say("no damage was found");
      return exit_status(end_.status);
    }
    if (!first->late) {
      say(fmt::format("{} is of the code that did it, seen at once: there is nothing to look for",
                      report_words(*first)));
      say_others(*first);
      return exit_status(end_.status);
    }
    if (first->kind == "use-after-poison") {
      say("what was damaged is a piece of a pool that the program has poisoned: such writes are not watched");
      return static_cast<int>(Status::kNotSeenAgain);
    }
    return look_for(*first);
  }

 private:
  int stopped(unsigned run, const std::optional<Sighting>& seen) const {
    say(fmt::format("stopped by {} {} run {}: {}", signal_name(*end_.interrupted),
                    end_.begun ? "in" : "before", run, state_words(seen, run != 1)));
    return kBySignal + *end_.interrupted;
  }

  int look_for(Sighting wanted) {
    Scope scope = first_scope(wanted);
    for (unsigned run = 2; run <= request_.runs; ++run) {
      if (!input_.is_there_again()) return without_input();
      say(fmt::format("run {}: {}", run, scope_words(scope, wanted)));
      const std::optional<Sighting> seen = run_once(scope, wanted);
      if (end_.interrupted) return stopped(run, seen);
      if (seen && !seen->late) {
        say(seen->read ? fmt::format("{} is of a read, which ended this run before the write came",
                                     report_words(*seen))
                       : fmt::format("seen in run {}: the first stack of {} is of the code that did it", run,
                                     report_words(*seen)));
        say_others(*seen);
        return exit_status(end_.status);
      }
      say_missed(seen, wanted, scope);
      if (scope == Scope::kEverything && seen && seen->site == "0") return unknown();
      scope = next_scope(scope, seen);
      if (seen) wanted = *seen;
    }
    return not_seen();
  }

  // Each process may have written one.
  [[nodiscard]] std::string report_words(const Sighting& sighting) const {
    if (sightings_.size() == 1) return "the report above";
    return fmt::format("the report of {}", fault_words(sighting));
  }

  void say_others(const Sighting& found) const {
    std::string others;
    for (const Sighting& sighting : sightings_) {
      if (sighting.late && sighting != found) others += fmt::format(", {}", fault_words(sighting));
    }
    if (!others.empty()) say(fmt::format("found late, and the write not looked for: {}", others.substr(2)));
  }

  static Scope next_scope(Scope scope, const std::optional<Sighting>& seen) {
    if (seen && (seen->site == "0" || scope == Scope::kEverything)) return first_scope(*seen);
    // Which thread comes first, and so which block is which, may differ from run to run.
    return scope == Scope::kEverything ? scope : Scope::kSite;
  }

  static int unknown() {
    say("which code allocated the damaged block is not known, so no other run can find it again");
    return static_cast<int>(Status::kNotSeenAgain);
  }

  static int without_input() {
    say("standard input was too long to be kept for another run (over 1 GiB, or no room in /tmp): have the "
        "program read a file, < FILE");
    return static_cast<int>(Status::kNotSeenAgain);
  }

  void say_missed(const std::optional<Sighting>& seen, const Sighting& wanted, Scope scope) {
    if (!seen) {
      say(fmt::format("the damage did not come back; the exit status is {}", exit_status(end_.status)));
      return;
    }
    if (scope == Scope::kEverything) {
      if (seen->site != "0") say("damage was found late again; which code allocated the block is known now");
      return;
    }
    const bool was_watched =
        seen->site == wanted.site && (scope == Scope::kSite || seen->ordinal == wanted.ordinal);
    unseen_ = unseen_ || was_watched;
    say(was_watched ? "damage of what was watched was found late again: the write was none that is seen"
                    : "damage was found late again, elsewhere");
  }

  int not_seen() const {
    if (requests_) {
      say("the program uses io_uring or aio: what the kernel writes for it later, beside the program, is not "
          "seen");
    } else if (unseen_) {
      say("not seen are writes by the kernel beside the program (io_uring, aio), in system calls beside "
          "other "
          "threads whose result does not say what was written (ioctl), and by other processes that share the "
          "memory");
    }
    say(fmt::format("in {} runs the write was not seen; --runs makes more of them", request_.runs));
    return static_cast<int>(Status::kNotSeenAgain);
  }

  std::optional<Sighting> run_once(Scope scope, const Sighting& wanted) {
    const bool watched = scope == Scope::kBlock || scope == Scope::kSite;
    RunRequest request = request_.run;
    request.options.push_back("halt_on_error=1");
    request.options.push_back("pinpoint_log=" + notes_.path());
    request.options.push_back("pinpoint_block=" +
                              (watched ? block_to_watch(wanted, scope == Scope::kSite) : ""));
    if (scope == Scope::kEverything) request.options.push_back("guard_all=1");
    // What the user is to know of the program is said once.
    Preparation prepared = prepared_ ? *prepared_ : prepare(request);
    if (prepared_) {
      std::vector<std::string> said;
      prepared.options = composed_options(request, said);
    }
    prepared_ = prepared;
    notes_.renew();
    input_.begin_run();
    end_ = run_as_child(prepared, watched ? watch_for(wanted) : Watch::kNot, signals_);
    input_.end_run();
    requests_ = requests_ || end_.requests;
    sightings_ = notes_.sightings();
    return best_sighting(sightings_);
  }

  const PinpointRequest& request_;
  StandardInput input_;
  PassedSignals signals_;
  NoteFile notes_;
  std::vector<Sighting> sightings_;  // of the last run
  std::optional<Preparation> prepared_;
  RunEnd end_;
  bool requests_ = false;
  bool unseen_ = false;  // damage of a watched block was
};

}  // namespace

int pinpoint(const PinpointRequest& request) { return Pinpoint(request).run(); }

}  // namespace padlock::cli
