// The judge, and the probe that calls it.
#include "reference.h"

#include <gtest/gtest.h>
#include <unwind.h>

#include <memory>

#include "trace/rule_finder.h"

namespace padlock::trace_test {
namespace {

using trace::kMaxDepth;
using Stack = std::vector<std::uintptr_t>;

struct Search {
  trace::FrameState caller;
  Stack pcs;
};

_Unwind_Reason_Code on_frame(_Unwind_Context* context, void* data) {
  auto* search = static_cast<Search*>(data);
  int interrupted = 0;  // 1: the address is the next instruction's, not one behind a call
  std::uintptr_t pc = _Unwind_GetIPInfo(context, &interrupted);
  if (pc != 0) pc += static_cast<std::uintptr_t>(interrupted);
  const bool begins = pc == search->caller.pc && _Unwind_GetCFA(context) == search->caller.sp;
  if ((begins || !search->pcs.empty()) && pc != 0) search->pcs.push_back(pc);
  return search->pcs.size() == kMaxDepth ? _URC_END_OF_STACK : _URC_NO_REASON;
}

struct Probing {
  std::unique_ptr<trace::ThreadUnwinder> unwinder;
  trace::Depot depot;
  Tally tally;
};
thread_local Probing t_probing;

bool simple_but_for_the_last(const Stack& pcs) {
  for (std::size_t i = 0; i + 1 < pcs.size(); ++i) {
    const trace::UnwindRule rule = trace::find_rule(pcs[i]);
    if (rule.cfa != trace::CfaRule::kSignal && !rule.is_simple()) return false;
  }
  return true;
}

Stack walk(const trace::FrameState& caller, trace::UnwindMode mode, std::size_t depth) {
  Stack pcs(depth);
  pcs.resize(t_probing.unwinder->walk(caller, mode, pcs));
  return pcs;
}

Stack capture(const trace::FrameState& caller, std::size_t depth) {
  const trace::TraceId id =
      t_probing.unwinder->capture(caller, depth, trace::UnwindMode::kFast, t_probing.depot);
  Stack pcs(kMaxDepth);
  pcs.resize(t_probing.depot.fetch(id, pcs));
  return pcs;
}

}  // namespace

Stack reference_walk(const trace::FrameState& caller) {
  Search search{caller, {}};
  search.pcs.reserve(kMaxDepth);
  _Unwind_Backtrace(on_frame, &search);
  return search.pcs;
}

void begin_probing(AddressRange stack) {
  t_probing.unwinder = std::make_unique<trace::ThreadUnwinder>();  // zeroed, as the runtime's mappings are
  t_probing.unwinder->set_stack(stack);
  if (t_probing.depot.size() == 0) t_probing.depot.init(std::size_t{8} << 20);
  t_probing.tally = {};
}

void capture_quietly(const trace::FrameState& caller) {
  t_probing.unwinder->capture(caller, kMaxDepth, trace::UnwindMode::kFast, t_probing.depot);
}

Tally tally() { return t_probing.tally; }

[[gnu::noinline]] void probe() {
  const trace::FrameState caller = PADLOCK_CALLER_STATE();
  const Stack expected = reference_walk(caller);
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(walk(caller, trace::UnwindMode::kFast, kMaxDepth), expected);
  EXPECT_EQ(walk(caller, trace::UnwindMode::kExact, kMaxDepth), expected);
  EXPECT_EQ(capture(caller, kMaxDepth), expected);  // new to the memo, or not
  EXPECT_EQ(capture(caller, kMaxDepth), expected);  // the memo knows it if it can
  Stack innermost = expected;
  if (innermost.size() > 3) innermost.resize(3);
  EXPECT_EQ(capture(caller, 3), innermost);
  EXPECT_EQ(walk(caller, trace::UnwindMode::kExact, 3), innermost);
  ++t_probing.tally.probes;
  if (simple_but_for_the_last(expected)) ++t_probing.tally.walked_by_rules;
}

}  // namespace padlock::trace_test
