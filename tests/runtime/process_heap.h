// Tests of calls of the malloc family, on the heap of the process: it goes on after each fault, which is
// noted.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "runtime/calls/allocator.h"
#include "runtime/process/api.h"
#include "runtime/process/init.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

struct NotedFault {
  std::string kind;
  std::string summary;
  std::string report;
  std::string call;
  const void* address = nullptr;
  const void* block = nullptr;
  std::size_t requested = 0;
  std::int64_t offset = 0;
};

class ProcessHeapTest : public testing::Test {
 protected:
  using Kinds = std::vector<std::string>;

  ProcessHeapTest() { set_fault_callback(&note, &noted_); }
  ~ProcessHeapTest() override { set_fault_callback(nullptr, nullptr); }

  // Not inlined: the call has to be one that can be read from the code (own_operators.h).
  [[gnu::noinline]] static trace::FrameState here() { return PADLOCK_CALLER_STATE(); }
  static std::uint8_t* take(std::size_t size, core::Call call = core::Call::kMalloc) {
    return static_cast<std::uint8_t*>(allocate({size, 0, call}, here()));
  }
  static void give(void* block, core::Call call = core::Call::kFree) {
    release(block, {.call = call, .size = {}, .alignment = {}}, here());
  }

  // What was reported since the last call.
  std::vector<NotedFault> faults() { return std::exchange(noted_, {}); }
  [[nodiscard]] std::size_t noted_count() const { return noted_.size(); }
  Kinds kinds() {
    Kinds all;
    for (const NotedFault& fault : faults()) all.push_back(fault.kind);
    return all;
  }

 private:
  static void note(const padlock_fault* fault, void* noted) {
    static_cast<std::vector<NotedFault>*>(noted)->push_back({fault->kind, fault->summary, fault->report,
                                                             fault->call, fault->address, fault->block,
                                                             fault->requested, fault->damage_offset});
  }

  std::vector<NotedFault> noted_;
};

/// Runs `check` in a forked child: for what changes the process for good.
template <typename Check>
void expect_in_child(Check check) {
  const auto check_and_end = [&] {
    check();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  };
  EXPECT_EXIT(check_and_end(), testing::ExitedWithCode(0), "");
}

/// Another value over a scope.
template <typename T>
class Changed {
 public:
  Changed(T& place, T value) : place_(place), before_(std::exchange(place, value)) {}
  ~Changed() { place_ = before_; }
  Changed(const Changed&) = delete;
  Changed& operator=(const Changed&) = delete;

 private:
  T& place_;
  T before_;
};

}  // namespace padlock::runtime
