// The names of a fault's parts, and the table of kinds.
#include "core/fault.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/fault_kinds.h"

namespace padlock::core {
namespace {

// All that any value of the byte, or of the low ones of two, behind the enumerator is called.
template <typename Enum>
std::set<std::string> names() {
  constexpr unsigned kValues = sizeof(Enum) == 1 ? 256 : 1024;
  std::set<std::string> all;
  for (unsigned i = 0; i < kValues; ++i) all.insert(to_string(static_cast<Enum>(i)));
  return all;
}

// Not by the names that glibc's headers give to some functions.
std::string as_programs_call_it(const std::string& symbol) {
  return symbol.starts_with("__isoc") ? symbol.substr(sizeof "__isoc99_" - 1) : symbol;
}

TEST(FaultNames, KindsAreSpeltAsTheContractSpellsThem) {
  EXPECT_STREQ(to_string(FaultKind::kHeapBufferOverflow), "heap-buffer-overflow");
  EXPECT_STREQ(to_string(FaultKind::kHeapBufferUnderflow), "heap-buffer-underflow");
  EXPECT_STREQ(to_string(FaultKind::kUseAfterFreeWrite), "use-after-free-write");
  EXPECT_STREQ(to_string(FaultKind::kUseAfterFree), "use-after-free");
  EXPECT_STREQ(to_string(FaultKind::kDoubleFree), "double-free");
  EXPECT_STREQ(to_string(FaultKind::kInvalidFree), "invalid-free");
  EXPECT_STREQ(to_string(FaultKind::kAllocDeallocMismatch), "alloc-dealloc-mismatch");
  EXPECT_STREQ(to_string(FaultKind::kDeleteSizeMismatch), "delete-size-mismatch");
  EXPECT_STREQ(to_string(FaultKind::kDeleteAlignmentMismatch), "delete-alignment-mismatch");
  EXPECT_STREQ(to_string(FaultKind::kMetadataCorruption), "metadata-corruption");
  EXPECT_STREQ(to_string(FaultKind::kInvalidSize), "invalid-size");
  EXPECT_STREQ(to_string(FaultKind::kInvalidAlignment), "invalid-alignment");
  EXPECT_STREQ(to_string(FaultKind::kSignalUnsafeCall), "signal-unsafe-call");
}

TEST(FaultNames, EveryEnumeratorHasANameOfItsOwnAndNoOtherValueHasOne) {
  EXPECT_EQ(names<FaultKind>().size(), kFaultKinds.size() + 2);  // and "none", "unknown"
  EXPECT_EQ(names<Moment>().size(), 14U + 1);
  std::set<std::string> library_calls;
#define PADLOCK_LIBRARY_CALL(call, type, name, ...) library_calls.insert(as_programs_call_it(#name));
#include "core/library_calls.def"
  EXPECT_EQ(names<Call>().size(), 28U + library_calls.size() + 1);
  for (const std::string& name : library_calls) EXPECT_EQ(names<Call>().count(name), 1U) << name;
  EXPECT_EQ(names<Origin>().size(), 4U + 1);
  EXPECT_EQ(names<BlockState>().size(), 6U + 1);
  EXPECT_EQ(names<PointerClass>().size(), 12U);  // one is "unknown"
  EXPECT_STREQ(to_string(static_cast<FaultKind>(200)), "unknown");
}

TEST(FaultKinds, DamageIsFoundLateAndOncePerBlock) {
  const std::set<FaultKind> damage = {FaultKind::kHeapBufferOverflow, FaultKind::kHeapBufferUnderflow,
                                      FaultKind::kUseAfterFreeWrite, FaultKind::kMetadataCorruption};
  std::set<FaultKind> late = damage;
  late.insert(FaultKind::kUseAfterPoison);  // each piece of a pool's is looked at once, when it is given out
  for (const FaultKind kind : kFaultKinds) {
    const KindFacts& facts = facts_of(kind);
    EXPECT_EQ(facts.discovery, late.contains(kind) ? Discovery::kLate : Discovery::kAtOnce) << facts.name;
    EXPECT_EQ(facts.recurrence == Recurrence::kOncePerBlock, damage.contains(kind)) << facts.name;
  }
  EXPECT_EQ(facts_of(FaultKind::kSignalUnsafeCall).recurrence, Recurrence::kOncePerCaller);
}

TEST(FaultKinds, ATrappedAccessIsNotFoundLate) {
  Fault fault;
  fault.kind = FaultKind::kHeapBufferOverflow;
  EXPECT_TRUE(is_found_late(fault));
  fault.moment = Moment::kAccess;
  EXPECT_FALSE(is_found_late(fault));
  fault.kind = FaultKind::kUseAfterFree;
  EXPECT_FALSE(is_found_late(fault));
}

TEST(FaultKinds, AWriteThatWasSeenIsNotFoundLate) {
  Fault fault;
  fault.kind = FaultKind::kHeapBufferOverflow;
  EXPECT_FALSE(is_seen_write(fault));
  for (const Moment moment : {Moment::kWrite, Moment::kKernelWrite}) {
    fault.moment = moment;
    EXPECT_TRUE(is_seen_write(fault));
    EXPECT_FALSE(is_found_late(fault));
  }
}

TEST(Calls, BelongToTheFamilyOfTheBlocksThatTheyTake) {
  EXPECT_EQ(origin_of(Call::kCalloc), Origin::kMalloc);
  EXPECT_EQ(origin_of(Call::kFreeSized), Origin::kMalloc);
  EXPECT_EQ(origin_of(Call::kPosixMemalign), Origin::kAligned);
  EXPECT_EQ(origin_of(Call::kPvalloc), Origin::kAligned);
  EXPECT_EQ(origin_of(Call::kNew), Origin::kNew);
  EXPECT_EQ(origin_of(Call::kDelete), Origin::kNew);
  EXPECT_EQ(origin_of(Call::kDeleteArray), Origin::kNewArray);
}

}  // namespace
}  // namespace padlock::core
