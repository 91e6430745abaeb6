// diagnose() as data: the whole diagnosis of a sample of each kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <ostream>
#include <set>
#include <string>
#include <utility>

#include "core/fault_kinds.h"
#include "report/diagnose/diagnose.h"
#include "report/diagnose/kinds.h"
#include "report/names.h"
#include "report/renderer.h"
#include "samples.h"

namespace padlock::report {

// How gtest shows what differs.
void PrintTo(const Diagnosis& diagnosis, std::ostream* out) {
  const Location& location = diagnosis.location;
  *out << "location " << name_of(location.of) << '/' << name_of(location.place) << " offset "
       << location.offset.value_or(-999) << " distance " << location.distance << "; findings";
  for (const Finding& finding : diagnosis.findings) {
    *out << ' ' << name_of(finding.id) << '(' << finding.size << ',' << finding.count << ',' << finding.index
         << ',' << finding.value << ',' << finding.offset << ',' << finding.text.length << ')';
  }
  *out << "; suspect " << name_of(diagnosis.suspect.proof) << "; stacks";
  for (const StackRole role : diagnosis.stacks) *out << ' ' << name_of(role);
  *out << "; since " << name_of(diagnosis.since.what) << ' ' << diagnosis.since.number << "; advice";
  for (const Advice advice : diagnosis.advice) *out << ' ' << name_of(advice);
}

namespace {

using Of = Location::Of;
using Place = Location::Place;
using Id = FindingId;
using Role = StackRole;
using SinceWhat = Since::What;

struct Expected {
  Location location;
  std::initializer_list<Finding> findings;
  std::initializer_list<StackRole> stacks;
  Since since;
  std::initializer_list<Advice> advice;
  Suspect suspect = {};
};

Diagnosis diagnosis_of(const Expected& expected) {
  Diagnosis diagnosis;
  diagnosis.location = expected.location;
  for (const Finding& finding : expected.findings) diagnosis.findings.add(finding);
  diagnosis.suspect = expected.suspect;
  for (const StackRole role : expected.stacks) diagnosis.stacks.add(role);
  diagnosis.since = expected.since;
  for (const Advice advice : expected.advice) diagnosis.advice.add(advice);
  return diagnosis;
}

Report sample_named(std::string_view name) {
  for (const samples::Sample& sample : samples::all()) {
    if (sample.name == name) return sample.report;
  }
  ADD_FAILURE() << "no sample " << name;
  return {};
}

void expect(std::string_view name, const Expected& expected) {
  EXPECT_EQ(diagnose(sample_named(name)), diagnosis_of(expected)) << name;
}

Excerpt text(std::string_view characters) {
  return Excerpt::of({reinterpret_cast<const std::uint8_t*>(characters.data()), characters.size()});
}

constexpr Since kOwn = {SinceWhat::kOwnAllocation, 17};
constexpr Since kVerified = {SinceWhat::kLastVerified, 17};
constexpr Location kNowhere = {};

TEST(Diagnosis, HeapBufferOverflow) {
  expect("heap-buffer-overflow", {{Of::kDamage, Place::kRightAfter, 24},
                                  {{.id = Id::kStringTerminator}},
                                  {Role::kFoundDamage, Role::kAllocated},
                                  kOwn,
                                  {Advice::kNarrowDown}});
}

TEST(Diagnosis, HeapBufferOverflowIntoTheNextHeader) {
  const core::Fault fault = sample_named("heap-buffer-overflow-neighbour").fault;
  expect("heap-buffer-overflow-neighbour", {{Of::kDamage, Place::kRightAfter, 24},
                                            {{.id = Id::kText, .text = text("0123456789abcdefghij")}},
                                            {Role::kFoundDamage, Role::kAllocated, Role::kBlockBehind},
                                            kVerified,
                                            {Advice::kNarrowDown, Advice::kGoOn},
                                            {Suspect::Proof::kOverran, fault.block, fault.neighbour}});
}

TEST(Diagnosis, HeapBufferOverflowThatWasTrapped) {
  expect("heap-buffer-overflow-trapped", {{Of::kAccess, Place::kRightAfter, 1048576},
                                          {{.id = Id::kAccessAtEnd}},
                                          {Role::kTrapped, Role::kAllocated},
                                          {},
                                          {Advice::kFirstStack}});
}

TEST(Diagnosis, HeapBufferOverflowOfACall) {
  expect("heap-buffer-overflow-call", {{Of::kAccess, Place::kRightAfter, 40},
                                       {{.id = Id::kCallTooLong, .size = 24}},
                                       {Role::kCalled, Role::kAllocated},
                                       {},
                                       {Advice::kFirstStack}});
}

TEST(Diagnosis, HeapBufferUnderflow) {
  expect("heap-buffer-underflow", {{Of::kDamage, Place::kRightBefore, -8},
                                   {{.id = Id::kEndsAtStart}, {.id = Id::kFill, .value = 0xff}},
                                   {Role::kFoundDamage, Role::kAllocated},
                                   kVerified,
                                   {Advice::kNarrowDown}});
}

TEST(Diagnosis, UseAfterFreeWrite) {
  expect("use-after-free-write", {{Of::kDamage, Place::kInside, 16},
                                  {{.id = Id::kDecremented, .offset = 16}},
                                  {Role::kFoundDamage, Role::kAllocated, Role::kFreed},
                                  kOwn,
                                  {Advice::kNarrowDown, Advice::kFindKeeper}});
  expect("use-after-free-write-pointer",
         {{Of::kDamage, Place::kInside, 8},
          {{.id = Id::kPointer}},
          {Role::kFoundDamage, Role::kAllocated, Role::kFreed, Role::kPointee},
          kOwn,
          {Advice::kNarrowDown, Advice::kFindKeeper}});
}

TEST(Diagnosis, UseAfterFree) {
  expect("use-after-free",
         {kNowhere, {}, {Role::kPassed, Role::kAllocated, Role::kFreed}, {}, {Advice::kFindKeeper}});
  expect("use-after-free-trapped", {{Of::kAccess, Place::kInside, 16},
                                    {},
                                    {Role::kTrapped, Role::kAllocated, Role::kFreed},
                                    {},
                                    {Advice::kFirstStack, Advice::kFindKeeper}});
}

TEST(Diagnosis, ValuesReadFromMemoryThatHoldsNone) {
  expect("use-after-free-value", {{Of::kSource, Place::kInside, 0},
                                  {{.id = Id::kFreedValue},
                                   {.id = Id::kMemberOfValue, .size = 16, .value = 0x5a21c3d4e5f60718},
                                   {.id = Id::kVirtualCall}},
                                  {Role::kUsed, Role::kAllocated, Role::kFreed},
                                  {},
                                  {Advice::kFirstStack, Advice::kFindKeeper}});
  expect("use-of-uninitialized-value", {{Of::kSource, Place::kInside, 8},
                                        {{.id = Id::kUnsetValue}},
                                        {Role::kPassed, Role::kAllocated},
                                        {},
                                        {Advice::kInitialize}});
}

TEST(Diagnosis, UseAfterFreeByACall) {
  expect("use-after-free-call", {{Of::kAccess, Place::kInside, 16},
                                 {},
                                 {Role::kCalled, Role::kAllocated, Role::kFreed},
                                 {},
                                 {Advice::kFirstStack, Advice::kFindKeeper}});
}

TEST(Diagnosis, DoubleFree) {
  expect("double-free", {kNowhere,
                         {{.id = Id::kOtherThread}},
                         {Role::kFreedAgain, Role::kAllocated, Role::kFirstFreed},
                         {},
                         {Advice::kDecideOnOwner}});
}

TEST(Diagnosis, InvalidFree) {
  expect("invalid-free", {{Of::kPointer, Place::kInside, 5},
                          {{.id = Id::kNotTheStart}},
                          {Role::kPassed, Role::kAllocated},
                          {},
                          {Advice::kFindLastSet}});
  expect("invalid-free-stack",
         {{.of = Of::kPointer}, {{.id = Id::kOnStack}}, {Role::kPassed}, {}, {Advice::kFindLastSet}});
  expect("invalid-free-static",
         {{.of = Of::kPointer}, {{.id = Id::kStaticObject}}, {Role::kPassed}, {}, {Advice::kFindLastSet}});
}

TEST(Diagnosis, Mismatches) {
  const std::initializer_list<StackRole> stacks = {Role::kPassed, Role::kAllocated};
  expect("alloc-dealloc-mismatch", {kNowhere,
                                    {{.id = Id::kReleasedBy}, {.id = Id::kArrayPointers}},
                                    stacks,
                                    {},
                                    {Advice::kAllowMismatch}});
  expect("delete-size-mismatch",
         {kNowhere, {{.id = Id::kTypeSmaller}}, stacks, {}, {Advice::kAllowSizeMismatch}});
  expect("delete-alignment-mismatch",
         {kNowhere, {{.id = Id::kAlignedDelete}}, stacks, {}, {Advice::kAllowSizeMismatch}});
}

TEST(Diagnosis, MetadataCorruption) {
  const core::Fault fault = sample_named("metadata-corruption").fault;
  expect("metadata-corruption", {kNowhere,
                                 {{.id = Id::kHeaderOverwritten}},
                                 {Role::kFoundDamage, Role::kBlockBefore},
                                 kVerified,
                                 {Advice::kNarrowDown, Advice::kGoOn},
                                 {Suspect::Proof::kNearby, fault.neighbour, fault.block}});
}

TEST(Diagnosis, Requests) {
  expect("invalid-size",
         {kNowhere, {{.id = Id::kNegativeSize}}, {Role::kRequested}, {}, {Advice::kReturnNull}});
  expect("invalid-alignment", {kNowhere, {}, {Role::kRequested}, {}, {Advice::kDoAsLibc}});
  expect("signal-unsafe-call",
         {kNowhere, {{.id = Id::kCalledInHandler}}, {Role::kCalled}, {}, {Advice::kLeaveHandler}});
}

TEST(Diagnosis, ArgumentsOfFindings) {
  const auto findings = [](std::uint64_t requested, std::int64_t offset, samples::Bytes bytes) {
    Report report = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(requested));
    samples::damage(report.fault, offset, bytes);
    return diagnose(report).findings;
  };
  Findings element;
  element.add({.id = Id::kOneElement, .size = 4, .count = 10});
  element.add({.id = Id::kElementValue, .value = 42});
  EXPECT_EQ(findings(40, 40, {0x2a, 0, 0, 0}), element);
  Findings gap;
  gap.add({.id = Id::kGap, .size = 8});
  gap.add({.id = Id::kGapIndex, .size = 8, .count = 5, .index = 6});
  EXPECT_EQ(findings(40, 48, {0x2a, 0, 0, 0}), gap);
}

TEST(Diagnosis, DamageOfAHeaderLiesInTheHeader) {
  Report report = samples::about(core::FaultKind::kMetadataCorruption, samples::live_block(24));
  samples::damage(report.fault, -16, samples::Bytes{1, 2});
  EXPECT_EQ(diagnose(report).location, (Location{Of::kDamage, Place::kHeader, -16}));
  report.fault.kind = core::FaultKind::kHeapBufferUnderflow;
  EXPECT_EQ(diagnose(report).location, (Location{Of::kDamage, Place::kBefore, -16}));
}

TEST(Diagnosis, EveryKindHasASample) {
  std::set<core::FaultKind> kinds;
  for (const samples::Sample& sample : samples::all()) kinds.insert(sample.report.fault.kind);
  EXPECT_EQ(kinds, std::set(core::kFaultKinds.begin(), core::kFaultKinds.end()));
}

TEST(Kinds, DamageIsWhatTheStackThatFoundItLookedAt) {
  for (const core::FaultKind kind : core::kFaultKinds) {
    const bool late = core::facts_of(kind).discovery == core::Discovery::kLate;
    EXPECT_EQ(kind_of_report(kind).detected == StackRole::kFoundDamage, late) << core::to_string(kind);
  }
  EXPECT_EQ(kind_of_report(static_cast<core::FaultKind>(200)).detected, StackRole::kPassed);
}

TEST(FixedList, DropsWhatDoesNotFit) {
  FixedList<int, 3> list;
  for (int i = 1; i <= 5; ++i) list.add(i);
  FixedList<int, 3> expected;
  for (int i = 1; i <= 3; ++i) expected.add(i);
  EXPECT_EQ(list, expected);
  EXPECT_EQ(list.size(), 3U);
}

// Who frees a second time: of the report's double free the first finding.
FindingId second_freer(const Thread& first, const Thread& second) {
  Report report = sample_named("double-free");
  report.process = 4242;
  report.freed_by = first;
  report.detected_by = second;
  return diagnose(report).findings.begin()->id;
}

TEST(DoubleFrees, KnowProcessesFromThreads) {
  Thread one;
  one.index = 1;
  one.system_id = 4242;
  Thread other = one;
  other.index = 2;
  other.system_id = 4243;
  EXPECT_EQ(second_freer(one, one), Id::kSameThread);
  EXPECT_EQ(second_freer(other, one), Id::kOtherThread);
  Thread before_fork = one;
  before_fork.of_parent = true;
  before_fork.system_id = 4000;
  EXPECT_EQ(second_freer(before_fork, other), Id::kBeforeFork);
  EXPECT_EQ(second_freer(before_fork, before_fork), Id::kSameThread);
  Thread vfork_parent = one;
  vfork_parent.system_id = 4000;
  EXPECT_EQ(second_freer(vfork_parent, one), Id::kInVforkChild);
}

// The check at exit found it: whose stack that is has nothing to do with the frees.
TEST(DoubleFrees, OfTheSameMomentNameNoSecondFreer) {
  Report report = sample_named("double-free");
  report.fault.moment = core::Moment::kExit;
  report.detected = report.freed;
  const Diagnosis said = diagnose(report);
  ASSERT_EQ(said.findings.size(), 1U);
  EXPECT_EQ(said.findings.begin()->id, Id::kFreedAtOnce);
}

TEST(DoubleFrees, NameTheResizeThatFreed) {
  Report report = sample_named("double-free");
  EXPECT_FALSE(std::ranges::any_of(diagnose(report).findings,
                                   [](const Finding& finding) { return finding.id == Id::kFreedByResize; }));
  report.freed_by_call = core::Call::kReallocarray;
  EXPECT_TRUE(std::ranges::any_of(diagnose(report).findings,
                                  [](const Finding& finding) { return finding.id == Id::kFreedByResize; }));
}

bool finds(const Report& report, Id wanted) {
  return std::ranges::any_of(diagnose(report).findings,
                             [wanted](const Finding& finding) { return finding.id == wanted; });
}

TEST(Diagnosis, APointerIntoTheFirstPageIsAlmostNull) {
  Report report = sample_named("invalid-free");
  report.fault.pointer_class = core::PointerClass::kWild;
  for (const std::uintptr_t address : {1U, 4095U, 4096U, 4097U}) {
    report.fault.address = address;
    EXPECT_EQ(finds(report, Id::kAlmostNull), address < 4096) << address;
    EXPECT_EQ(finds(report, Id::kUnmapped), address >= 4096) << address;
  }
  report.fault.address = 0x7478657420656d6f;
  EXPECT_TRUE(finds(report, Id::kPointerIsText));
  for (unsigned byte = 0; byte < 8; ++byte) {
    report.fault.address = 0x7478657420656d6f & ~(std::uintptr_t{0xff} << (8 * byte));
    EXPECT_FALSE(finds(report, Id::kPointerIsText)) << byte;
  }
}

// Of what nothing was written to, one byte too many is no more than that.
TEST(Diagnosis, ACallIsTooLongByMoreThanAByteThatNothingWasWrittenTo) {
  Report report = sample_named("heap-buffer-overflow-call");
  const std::uintptr_t end = report.fault.accessed.address + report.fault.accessed.length;
  for (const bool unwritten : {false, true}) {
    report.fault.accessed.unwritten = unwritten;
    for (const std::uintptr_t beyond : {1U, 2U}) {
      report.fault.address = end - beyond;
      EXPECT_EQ(finds(report, Id::kCallTooLong), !unwritten || beyond > 1) << unwritten << beyond;
      EXPECT_EQ(finds(report, Id::kReadOfUnwritten), unwritten) << unwritten << beyond;
    }
  }
}

TEST(Diagnosis, ABlockIsNoSuspectOfItsOwnHeader) {
  Report report = sample_named("metadata-corruption");
  report.fault.neighbour = report.fault.block;
  EXPECT_EQ(diagnose(report).suspect.proof, Suspect::Proof::kNone);
  report.fault.neighbour.user -= 16;
  EXPECT_EQ(diagnose(report).suspect.proof, Suspect::Proof::kNearby);
}

bool advises(const Report& report, Advice wanted) {
  const AdviceList advice = diagnose(report).advice;
  return std::find(advice.begin(), advice.end(), wanted) != advice.end();
}

TEST(Advice, DoesNotAskForWhatIsDone) {
  Report report = sample_named("heap-buffer-overflow");
  EXPECT_TRUE(advises(report, Advice::kNarrowDown));
  report.conditions.checks_each_allocation = true;
  EXPECT_FALSE(advises(report, Advice::kNarrowDown));
  EXPECT_TRUE(advises(report, Advice::kCheckAround));
  report.conditions.checks_each_allocation = false;
  report.conditions.is_pinpointed = true;
  EXPECT_FALSE(advises(report, Advice::kNarrowDown));
  EXPECT_TRUE(advises(report, Advice::kIsPinpointed));
}

TEST(Advice, AsksForTheRequestWhereNoFunctionOfTheProgramsMadeTheCall) {
  Report report = sample_named("use-after-free-call");
  report.fault.accessed.by_kernel = true;
  EXPECT_FALSE(advises(report, Advice::kFindRequest)) << "the program's own";
  EXPECT_TRUE(advises(report, Advice::kFirstStack));
  for (Frame& frame : report.detected.frames)
    frame = {.pc = 0x7f0000000010, .module = "/lib/x86_64-linux-gnu/libc.so.6", .offset = 0x10};
  EXPECT_TRUE(advises(report, Advice::kFindRequest));
  EXPECT_FALSE(advises(report, Advice::kFirstStack));
  report.fault.accessed.by_kernel = false;
  EXPECT_FALSE(advises(report, Advice::kFindRequest)) << "no request";
  report.fault.accessed.by_kernel = true;
  report.detected.depth = 0;
  EXPECT_FALSE(advises(report, Advice::kFindRequest)) << "of no stack nothing is known";
}

TEST(Advice, WatchesTheWriteWhereAddressesRepeat) {
  Report report = sample_named("heap-buffer-overflow");
  EXPECT_FALSE(advises(report, Advice::kWatchFromAllocation));
  report.conditions.addresses_repeat = true;
  EXPECT_TRUE(advises(report, Advice::kWatchFromAllocation));
  report.number_batch = 256;  // numbers differ from run to run
  EXPECT_FALSE(advises(report, Advice::kWatchFromAllocation));
  EXPECT_TRUE(advises(report, Advice::kWatch));
  Report call = sample_named("double-free");
  call.conditions.addresses_repeat = true;
  EXPECT_FALSE(advises(call, Advice::kWatchFromAllocation));
  EXPECT_FALSE(advises(call, Advice::kWatch));
}

TEST(Advice, KnowsWhyNamesAreMissing) {
  using Names = Conditions::Names;
  Report report = sample_named("double-free");
  for (Stack* stack : {&report.detected, &report.allocated, &report.freed}) {
    for (Frame& frame : stack->frames) frame.line = 0;
  }
  const std::pair<Names, Advice> expected[] = {{Names::kLookedUp, Advice::kDebugInfo},
                                               {Names::kNotWanted, Advice::kSymbolize},
                                               {Names::kConfined, Advice::kNamesConfined},
                                               {Names::kNoFiles, Advice::kNamesWithoutFiles},
                                               {Names::kNoAnswer, Advice::kNamesTooLate}};
  for (const auto& [names, advice] : expected) {
    report.conditions.names = names;
    for (const auto& [other, its_advice] : expected) {
      EXPECT_EQ(advises(report, its_advice), its_advice == advice) << name_of(advice);
    }
  }
}

TEST(Excerpts, KeepTheBeginningAndTheLength) {
  const std::string longer(40, 'x');
  EXPECT_EQ(text(longer).length, 40U);
  EXPECT_NE(text(longer), text(longer.substr(0, 32)));
  EXPECT_EQ(text("x"), text("x"));
}

TEST(Reports, CompareByWhatTheySay) {
  const Report report = samples::diagnosed(sample_named("double-free"));
  Report other = report;
  EXPECT_EQ(report, other);
  const std::string copy = report.detected.frames[0].function;
  other.detected.frames[0].function = copy.c_str();  // the same words elsewhere
  other.detected.frames[60].pc = 1;                  // beyond the depth
  EXPECT_EQ(report, other);
  other.detected.frames[0].line = 1;
  EXPECT_NE(report, other);
}

// What a form of reports for programs would be made of.
class Names final : public Renderer {
 public:
  void begin(const core::Fault& fault, std::int32_t, TextWriter& out) const noexcept override {
    out.append(core::to_string(fault.kind)).append(':');
  }
  void write_head(const Report& report, TextWriter& out) const noexcept override {
    for (const Finding& finding : report.diagnosis.findings) out.append(' ').append(name_of(finding.id));
  }
  void write_tail(const Report& report, TextWriter& out) const noexcept override {
    for (const Advice advice : report.diagnosis.advice) out.append(' ').append(name_of(advice));
  }
  void begin_leaks(const LeakTotals&, std::int32_t, TextWriter&) const noexcept override {}
  void write_leak(const LeakGroup&, const Stack&, std::int32_t, TextWriter&) const noexcept override {}
  void end_leaks(const LeakTotals&, const Stack&, std::int32_t, TextWriter&) const noexcept override {}
};

TEST(Renderers, NeedTheReportAlone) {
  char buffer[200];
  TextWriter out(buffer);
  samples::write(Names(), samples::diagnosed(sample_named("use-after-free-write")), out);
  EXPECT_EQ(out.view(), "use-after-free-write: decremented narrow-down find-keeper");
}

}  // namespace
}  // namespace padlock::report
