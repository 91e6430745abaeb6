// A GoogleTest listener that checks the heap after each test, and names the test that broke it. The program
// need not be linked with Padlock: without it, built in or preloaded by `padlock run`, the listener does
// nothing.
//
//     #include <padlock/gtest.h>
//
//     int main(int argc, char** argv) {
//       testing::InitGoogleTest(&argc, argv);
//       padlock::watch_tests();
//       return RUN_ALL_TESTS();
//     }
//
// By default Padlock ends the program at the first report, and the line "Padlock: in the test Suite.Name"
// comes after that. With halt_on_error=0 (`padlock run --no-halt`) the test fails, with the report's first
// line, and the other tests run. A fault that is found while no test runs is found by the check after the
// last test, or at exit.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdio>
#include <string>

#include "padlock/padlock.h"

namespace padlock {
namespace gtest_calls {

// References of their own, which may stay unresolved.
[[gnu::weakref("padlock_check_heap"), maybe_unused]] static std::size_t check_heap();
[[gnu::weakref("padlock_leak_check"), maybe_unused]] static std::size_t leak_check();
[[gnu::weakref("padlock_stats"), maybe_unused]] static void stats(padlock_statistics* statistics);
[[gnu::weakref("padlock_set_fault_callback"), maybe_unused]] static padlock_fault_callback set_fault_callback(
    padlock_fault_callback callback, void* context);

}  // namespace gtest_calls

/// What is looked for after each test, besides damage.
enum class TestLeaks {
  kIgnored,
  kFailing,  // blocks that leaked fail the test; a report lists those of earlier tests, too
};

/// Fails each test in which Padlock reported a fault, or after which the heap turns out to be damaged: the
/// write may be older than the test, where that one touched no block of its neighbours before.
class HeapListener : public testing::EmptyTestEventListener {
 public:
  explicit HeapListener(TestLeaks leaks = TestLeaks::kIgnored) : leaks_(leaks) {
    if (is_there()) gtest_calls::set_fault_callback(on_fault, this);
  }
  HeapListener(const HeapListener&) = delete;
  HeapListener& operator=(const HeapListener&) = delete;
  ~HeapListener() override {
    if (is_there()) gtest_calls::set_fault_callback(nullptr, nullptr);
  }

  /// Whether Padlock is in this process.
  static bool is_there() noexcept { return gtest_calls::check_heap != nullptr; }

  void OnTestStart(const testing::TestInfo& test) override {
    std::snprintf(test_, sizeof test_, "%s.%s", test.test_suite_name(), test.name());
    if (is_there()) faults_before_ = faults();
  }

  void OnTestEnd(const testing::TestInfo& /*test*/) override {
    if (!is_there()) return;
    gtest_calls::check_heap();
    const std::size_t found = faults() - faults_before_;
    if (found != 0) {
      ADD_FAILURE() << "Padlock: " << found << (found == 1 ? " fault" : " faults") << " of the heap in "
                    << test_;
    }
    if (leaks_ == TestLeaks::kFailing) fail_for_leaks();
    test_[0] = '\0';
  }

 private:
  static std::size_t faults() noexcept {
    padlock_statistics statistics{};
    statistics.size = sizeof statistics;
    gtest_calls::stats(&statistics);
    return static_cast<std::size_t>(statistics.faults);
  }

  void fail_for_leaks() {
    const std::size_t leaks = gtest_calls::leak_check();
    if (leaks == PADLOCK_LEAKS_UNKNOWN || leaks == leaks_known_) return;
    if (leaks > leaks_known_)
      ADD_FAILURE() << "Padlock: " << leaks - leaks_known_ << " leaked blocks in " << test_;
    leaks_known_ = leaks;
  }

  // After the report, before the process ends.
  static void on_fault(const padlock_fault* /*fault*/, void* context) {
    const auto* const self = static_cast<const HeapListener*>(context);
    if (self->test_[0] != '\0') std::fprintf(stderr, "Padlock: in the test %s\n", self->test_);
  }

  TestLeaks leaks_;
  std::size_t faults_before_ = 0;
  std::size_t leaks_known_ = 0;
  char test_[256] = {};
};

/// Adds the listener to those of GoogleTest, which own it. Before RUN_ALL_TESTS().
inline void watch_tests(TestLeaks leaks = TestLeaks::kIgnored) {
  testing::UnitTest::GetInstance()->listeners().Append(new HeapListener(leaks));
}

}  // namespace padlock
