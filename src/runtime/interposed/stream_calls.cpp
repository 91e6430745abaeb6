// The hooks. Each looks at the arguments; few calls concern a stream.
#include "runtime/interposed/stream_calls.h"

#include <cstdio>

#include "os/system_call.h"
#include "runtime/memory/own_memory.h"
#include "runtime/process/last_check.h"
#include "runtime/reporting/reporter.h"

namespace padlock::runtime {
namespace {

constexpr unsigned kNoDescriptor = ~0U;

int as_fd(std::uintptr_t argument) noexcept { return static_cast<int>(argument); }

bool is_kept(unsigned fd) noexcept { return reporter.streams().hold(static_cast<int>(fd)); }

// The program closes [first, last]: carries out what lies below the last kept descriptor, and leaves the
// rest to libc. Nothing is done where the kernel does not know the call.
void close_around_kept(unsigned& first, unsigned& last, unsigned flags) noexcept {
  for (unsigned kept = reporter.streams().next_kept(first); kept <= last && kept != kNoDescriptor;
       kept = reporter.streams().next_kept(kept + 1)) {
    if (!is_kept(kept)) continue;
    if (kept > first && !os::program_call(SYS_close_range, first, kept - 1, flags).ok()) return;
    if (kept == last) {
      first = last = kNoDescriptor;
      return;
    }
    first = kept + 1;
  }
}

void note_closed(unsigned first, unsigned last) noexcept {
  for (const int number : {1, 2}) {
    if (first <= static_cast<unsigned>(number) && static_cast<unsigned>(number) <= last) {
      reporter.streams().on_close(number);
    }
  }
}

int number_of(std::uintptr_t file) noexcept {
  if (file == reinterpret_cast<std::uintptr_t>(stderr)) return 2;
  return file == reinterpret_cast<std::uintptr_t>(stdout) ? 1 : -1;
}

}  // namespace

void on_close_call(PassedCall& call) noexcept {
  const int fd = as_fd(call.argument[0]);
  if (reporter.streams().hold(fd)) {
    call.argument[0] = kNoDescriptor;
  } else {
    reporter.streams().on_close(fd);
  }
}

void on_dup2_call(PassedCall& call) noexcept {
  reporter.streams().on_redirect(as_fd(call.argument[0]), as_fd(call.argument[1]));
}

void on_closefrom_call(PassedCall& call) noexcept {
  if (as_fd(call.argument[0]) < 0) return;
  auto first = static_cast<unsigned>(call.argument[0]);
  unsigned last = kNoDescriptor;
  note_closed(first, last);
  close_around_kept(first, last, 0);
  call.argument[0] = first;
}

void on_close_range_call(PassedCall& call) noexcept {
  auto first = static_cast<unsigned>(call.argument[0]);
  auto last = static_cast<unsigned>(call.argument[1]);
  note_closed(first, last);
  close_around_kept(first, last, static_cast<unsigned>(call.argument[2]));
  call.argument[0] = first;
  call.argument[1] = last;
}

void on_fclose_call(PassedCall& call) noexcept {
  const int number = number_of(call.argument[0]);
  if (number >= 0) reporter.streams().on_close(number);
}

void on_freopen_call(PassedCall& call) noexcept {
  const int number = number_of(call.argument[2]);
  if (number >= 0) reporter.streams().on_reopen(number);
}

void on_setsid_call(PassedCall&) noexcept { reporter.streams().on_detach(); }

// It forks inside libc, where the parent ends as well, by an _exit that nobody else sees.
void on_daemon_call(PassedCall& call) noexcept {
  if (memory_is_own()) make_last_check(core::Moment::kEnd, call.from());
  reporter.streams().detach_next_child();
}

}  // namespace padlock::runtime
