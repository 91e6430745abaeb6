// Plays a script on the process-wide allocator and holds every result, every report and every count against
// what the program holds.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "padlock/padlock.h"
#include "threads/crew.h"
#include "threads/guards.h"
#include "threads/holdings.h"
#include "threads/script.h"

namespace padlock::fuzz {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kThreadSanitized = __has_feature(thread_sanitizer);
#else
inline constexpr bool kThreadSanitized = false;
#endif

class Conductor {
 public:
  /// `crew`: may have played before.
  Conductor(Crew& crew, std::vector<Step> script);
  void play();

 private:
  void step(const Step& step);
  std::size_t play_together(std::size_t first);
  void note_together();
  void verify();

  // What a thread does, for steps of its own as for steps made together
  void make(const Step& step);
  void allocate(const Step& step);
  void take(const Step& step, void* memory, std::size_t alignment, core::Origin origin);
  void note_given(const Step& step, const Given& given);
  void note_freed(const Step& step, const Held& held);
  void release_held(const Step& step);
  void resize(const Step& step);
  void check(const Step& step);
  void fork_child(const Step& step);
  void live_as_child(const Step& step, bool bare);

  // A signal: signals.cpp
  void await_signal(const Step& step);
  void raise_awaited(std::size_t thread);
  static void on_signal(int signal);
  void interrupt(const Step& step);
  void allocate_in_handler(const Step& step, bool enters);
  void free_in_handler(const Step& step, bool enters);

  // A call of libc's: look.cpp
  void look(const Step& step);
  void look_around(const Step& step, const Held& held);
  void look_at_others(const Step& step);

  // Much is idle: idle.cpp
  void leave_idle(const Step& step);
  void await_give_back(const Step& step);

  // Steps that report, by one thread at a time
  void misuse(const Step& step);
  void wound(const Step& step);
  void free_badly(const Step& step, Held& held);
  void free_wild(const Step& step);
  void use_freed(const Step& step, Freed& freed);
  void use_closed(const Step& step, const Closed& closed);
  void wound_guarded(const Step& step, Held& held);
  void probe(const Step& step);
  void free_given_up(const Step& step, const Freed& freed);

  void expect(const Told& told) { expected_.push_back(told); }
  void expect_wounds();
  void expect_wound(Held& held);
  void require_told();

  Crew& crew_;
  std::vector<Step> script_;
  Holdings holdings_;
  Guards guards_;
  std::vector<Told> expected_;
  padlock_statistics before_ = {};
  std::uint64_t told_ = 0;             // faults since then
  std::vector<Told> told_before_;      // which were expected
  std::vector<AddressRange> allowed_;  // what may be reported, by the address
  std::vector<AddressRange> idle_;     // what was freed, and is to go back
  bool together_ = false;
  std::array<Held, kHeld> held_before_;  // the steps that are made together
  std::array<std::vector<Told>, kThreads> told_together_;
  std::array<std::vector<AddressRange>, kThreads> allowed_together_;
  std::atomic<bool> checked_together_{false};
  std::array<Step, kThreads> signals_;
  std::array<bool, kThreads> awaits_signal_{};
  std::size_t wounds_together_ = 0;  // nobody makes or heals one then
  std::array<std::vector<Held>, kThreads>
      given_together_;  // to each thread, whether or not it was freed again
  std::array<std::vector<Held>, kThreads> freed_together_;  // guarded ones
};

}  // namespace padlock::fuzz
