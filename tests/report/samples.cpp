// Sample reports: one fault of each kind, with blocks, stacks and names that never change.
#include "samples.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "report/diagnose/diagnose.h"

namespace padlock::report::samples {

using core::Access;
using core::BlockState;
using core::FaultKind;
using core::Moment;
using core::Origin;
using core::PointerClass;

namespace {

Thread thread(std::uint16_t index, std::int32_t system_id, const char* name) {
  Thread made;
  made.index = index;
  made.system_id = system_id;
  std::strncpy(made.name, name, sizeof made.name - 1);
  return made;
}

Frame named(std::uintptr_t pc, const char* function, const char* file, std::uint32_t line) {
  Frame frame;
  frame.pc = pc;
  frame.function = function;
  frame.file = file;
  frame.line = line;
  return frame;
}

Frame bare(std::uintptr_t pc, const char* module, std::uintptr_t offset) {
  Frame frame;
  frame.pc = pc;
  frame.module = module;
  frame.offset = offset;
  frame.build_id = "0123456789abcdef0123456789abcdef01234567";
  return frame;
}

void push(Stack& stack, const Frame& frame) { stack.frames[stack.depth++] = frame; }

core::BlockSnapshot block_at(std::uintptr_t user, std::uint64_t requested, Origin origin) {
  core::BlockSnapshot block;
  block.header = user - 32;
  block.user = user;
  block.block_size = (32 + requested + 8 + 15) / 16 * 16;
  block.requested = requested;
  block.number = 17;
  block.alloc_trace = 5;
  block.alloc_thread = 1;
  block.origin = origin;
  block.sealed = true;
  return block;
}

}  // namespace

core::BlockSnapshot live_block(std::uint64_t requested, Origin origin) {
  return block_at(kUser, requested, origin);
}

core::BlockSnapshot freed_block(std::uint64_t requested, Origin origin) {
  core::BlockSnapshot block = live_block(requested, origin);
  block.state = BlockState::kQuarantined;
  block.free_trace = 6;
  block.free_thread = 2;
  return block;
}

Report about(FaultKind kind, const core::BlockSnapshot& block, Moment moment) {
  Report report;
  report.fault.kind = kind;
  report.fault.moment = moment;
  report.fault.block = block;
  report.process = 4242;
  report.detected_by = thread(1, 4242, "demo");
  report.allocated_by = thread(1, 4242, "demo");
  report.number_now = 21;
  report.number_last_good = 17;
  push(report.detected, named(0x55d000001234, "finish(list*)", "/src/demo.cpp", 40));
  push(report.detected, bare(0x7f1100024083, "/lib/libc.so.6", 0x24083));
  push(report.allocated, named(0x55d000001180, "make_name(char const*)", "/src/demo.cpp", 12));
  push(report.allocated, named(0x55d000001250, "main", "/src/demo.cpp", 44));
  if (block.state == BlockState::kLive) return report;
  report.freed_by = thread(2, 4243, "worker");
  push(report.freed, named(0x55d0000011c0, "drop(list*)", "/src/demo.cpp", 31));
  return report;
}

Report diagnosed(const Report& report) {
  Report whole = report;
  whole.diagnosis = diagnose(report);
  return whole;
}

void write(const Renderer& renderer, const Report& report, TextWriter& out) {
  renderer.begin(report.fault, report.process, out);
  renderer.write_head(report, out);
  renderer.write_tail(report, out);
}

void forget(Stack& stack) { stack = Stack{}; }

void damage(core::Fault& fault, std::int64_t offset, std::span<const std::uint8_t> bytes) {
  const bool live = fault.block.state == BlockState::kLive;
  const auto requested = static_cast<std::int64_t>(fault.block.requested);
  fault.damage.offset = offset;
  fault.damage.address = fault.block.user + static_cast<std::uint64_t>(offset);
  fault.damage.length = bytes.size();
  core::DamageWindow& window = fault.damage.window;
  window.start = (fault.damage.address - 32) & ~std::uintptr_t{15};
  const std::uintptr_t end = (fault.damage.address + bytes.size() + 15) & ~std::uintptr_t{15};
  window.size = static_cast<std::uint16_t>(std::min<std::uintptr_t>(end - window.start, window.kCapacity));
  for (std::size_t i = 0; i < window.size; ++i) {
    const auto at = static_cast<std::int64_t>(window.start + i - fault.block.user);
    const bool behind = at >= static_cast<std::int64_t>(fault.block.block_size) - 32;  // the next header
    window.known[i] = at >= 0 && !behind && (!live || at >= requested);
    const std::uint8_t whole = behind ? 0x12 : at >= requested ? kCanary : live ? kUserByte : kPoison;
    window.expected[i] = window.known[i] ? whole : 0;
    window.found[i] = at < 0 ? 0x11 : whole;
    const std::int64_t inside = at - offset;
    if (inside >= 0 && static_cast<std::size_t>(inside) < bytes.size()) {
      window.found[i] = bytes[static_cast<std::size_t>(inside)];
    }
  }
}

namespace {

Report string_terminator() {
  Report report = about(FaultKind::kHeapBufferOverflow, live_block(24));
  damage(report.fault, 24, Bytes{0});
  return report;
}

Report overrun() {
  Report report = about(FaultKind::kHeapBufferOverflow, live_block(24), Moment::kCheck);
  report.fault.block.number = 15;
  report.fault.neighbour = block_at(kUser + 64, 100, Origin::kMalloc);
  report.fault.neighbour.sealed = false;
  damage(report.fault, 24, "0123456789abcdefghij");
  report.fault.damage.at_least = true;
  push(report.neighbour_allocated, named(0x55d000001300, "make_index()", "/src/index.cpp", 9));
  return report;
}

Report underflow() {
  Report report = about(FaultKind::kHeapBufferUnderflow, live_block(24));
  report.fault.block.sealed = false;
  report.fault.block.size_shown = report.fault.block.origin_shown = true;
  damage(report.fault, -8, Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  report.fault.damage.at_least = true;
  report.fault.damage.window.known[30] = report.fault.damage.window.known[31] = true;
  return report;
}

Report reference_count() {
  Report report = about(FaultKind::kUseAfterFreeWrite, freed_block(64), Moment::kEviction);
  damage(report.fault, 16, Bytes{kPoison - 1});
  return report;
}

Report unlinked() {
  Report report = about(FaultKind::kUseAfterFreeWrite, freed_block(64), Moment::kReuse);
  damage(report.fault, 8, Bytes{0x20, 0x50, 0, 0, 0, 0x7f, 0, 0});
  report.pointee.value = 0x7f0000005020;
  report.pointee.block = block_at(0x7f0000005020, 32, Origin::kNew);
  push(report.pointee_allocated, named(0x55d000001400, "push(list*)", "/src/list.cpp", 5));
  return report;
}

Report trapped_read() {
  Report report =
      about(FaultKind::kHeapBufferOverflow, live_block(1048576, Origin::kNewArray), Moment::kAccess);
  report.fault.accessed = {.address = kUser + 1048576, .access = Access::kRead};
  report.fault.address = kUser + 1048576;
  return report;
}

Report stopped_call() {
  Report report = about(FaultKind::kHeapBufferOverflow, live_block(40), Moment::kAccess);
  report.fault.call = core::Call::kMemcpy;
  report.fault.accessed = {.address = kUser, .length = 64, .access = Access::kRead};
  report.fault.address = kUser + 40;
  return report;
}

Report stopped_call_after_free() {
  Report report = about(FaultKind::kUseAfterFree, freed_block(24), Moment::kAccess);
  report.fault.call = core::Call::kStrlen;
  report.fault.accessed = {.address = kUser + 16, .length = 1, .access = Access::kRead};
  report.fault.address = kUser + 16;
  return report;
}

Report trapped_after_free() {
  Report report = about(FaultKind::kUseAfterFree, freed_block(1048576), Moment::kAccess);
  report.fault.accessed = {.address = kUser + 16, .access = Access::kWrite};
  report.fault.address = kUser + 16;
  return report;
}

Report freed_realloc() {
  Report report = about(FaultKind::kUseAfterFree, freed_block(24), Moment::kRealloc);
  report.fault.address = kUser;
  report.fault.given = 48;
  return report;
}

Report value_of_freed() {
  Report report = about(FaultKind::kUseAfterFree, freed_block(48, Origin::kNew), Moment::kAccess);
  report.fault.call = core::Call::kTrap;
  report.fault.address = 0x5a21c3d4e5f60718;
  report.fault.read = {
      .use = core::ReadValue::Use::kTable, .value = 0x5a21c3d4e5f60718, .offset = 16, .source = kUser};
  return report;
}

Report never_set() {
  Report report = about(FaultKind::kUninitialized, live_block(16), Moment::kFree);
  report.fault.call = core::Call::kFree;
  report.fault.address = 0xa5de3c2b1a09f8e0;
  report.fault.read = {
      .use = core::ReadValue::Use::kPointer, .value = 0xa5de3c2b1a09f8e0, .source = kUser + 8};
  return report;
}

Report poisoned() {
  Report report = about(FaultKind::kUseAfterPoison, live_block(4096), Moment::kAccess);
  report.fault.call = core::Call::kMemcpy;
  report.fault.accessed = {.address = kUser + 64, .length = 48, .access = Access::kRead};
  report.fault.address = kUser + 96;
  return report;
}

Report overlapping() {
  Report report = about(FaultKind::kOverlappingCopy, live_block(64), Moment::kAccess);
  report.fault.call = core::Call::kMemcpy;
  report.fault.accessed = {.address = kUser + 8, .length = 32, .access = Access::kWrite};
  report.fault.address = kUser;
  return report;
}

Report double_free() {
  Report report = about(FaultKind::kDoubleFree, freed_block(24));
  report.fault.address = kUser;
  return report;
}

Report interior_free() {
  Report report = about(FaultKind::kInvalidFree, live_block(24));
  report.fault.pointer_class = PointerClass::kInterior;
  report.fault.address = kUser + 5;
  return report;
}

Report stack_free() {
  Report report = about(FaultKind::kInvalidFree, core::BlockSnapshot{});
  report.fault.pointer_class = PointerClass::kStack;
  report.fault.address = 0x7ffc00001230;
  forget(report.allocated);
  return report;
}

Report static_free() {
  Report report = stack_free();
  report.fault.pointer_class = PointerClass::kStatic;
  report.fault.address = 0x55d000004010;
  std::strcpy(report.pointer_module, "/usr/bin/demo");
  return report;
}

Report mismatch() {
  Report report = about(FaultKind::kAllocDeallocMismatch, live_block(80, Origin::kNewArray));
  report.fault.given_origin = Origin::kNew;
  report.fault.address = kUser;
  return report;
}

Report wrong_size() {
  Report report = about(FaultKind::kDeleteSizeMismatch, live_block(32, Origin::kNew));
  report.fault.given_origin = Origin::kNew;
  report.fault.given = 16;
  report.fault.address = kUser;
  return report;
}

Report wrong_alignment() {
  Report report = about(FaultKind::kDeleteAlignmentMismatch, live_block(64, Origin::kNew));
  report.fault.block.alignment = 64;
  report.fault.given_origin = Origin::kNew;
  report.fault.address = kUser;
  return report;
}

Report corruption() {
  Report report = about(FaultKind::kMetadataCorruption, live_block(24), Moment::kExit);
  report.fault.block.sealed = false;
  report.fault.neighbour = block_at(kUser - 64, 24, Origin::kMalloc);
  forget(report.allocated);
  push(report.neighbour_allocated, named(0x55d000001180, "make_name(char const*)", "/src/demo.cpp", 12));
  return report;
}

Report negative_size() {
  Report report = about(FaultKind::kInvalidSize, core::BlockSnapshot{}, Moment::kAllocate);
  report.fault.given = static_cast<std::uint64_t>(-16);
  forget(report.allocated);
  return report;
}

Report odd_alignment() {
  Report report = about(FaultKind::kInvalidAlignment, core::BlockSnapshot{}, Moment::kAllocate);
  report.fault.given_origin = Origin::kAligned;
  report.fault.given = 24;
  forget(report.allocated);
  return report;
}

Report in_handler() {
  Report report = about(FaultKind::kSignalUnsafeCall, core::BlockSnapshot{}, Moment::kAllocate);
  forget(report.allocated);
  return report;
}

// Two members of an object that is in use after its free.
Report two_members() {
  Report report = about(FaultKind::kUseAfterFreeWrite, freed_block(64), Moment::kEviction);
  std::array<std::uint8_t, 38> bytes;
  bytes.fill(kPoison);
  for (const std::size_t at : {0U, 1U, 36U, 37U}) bytes[at] = 0x21;
  damage(report.fault, 0, std::span<const std::uint8_t>(bytes));
  report.fault.damage.apart = true;
  report.fault.damage.changed = 4;
  return report;
}

std::vector<Sample> make_all() {
  return {
      {"heap-buffer-overflow", string_terminator()},
      {"heap-buffer-overflow-neighbour", overrun()},
      {"heap-buffer-overflow-trapped", trapped_read()},
      {"heap-buffer-underflow", underflow()},
      {"use-after-free-write", reference_count()},
      {"use-after-free-write-pointer", unlinked()},
      {"use-after-free-write-places", two_members()},
      {"use-after-free", freed_realloc()},
      {"heap-buffer-overflow-call", stopped_call()},
      {"use-after-free-call", stopped_call_after_free()},
      {"use-after-free-trapped", trapped_after_free()},
      {"use-after-free-value", value_of_freed()},
      {"use-of-uninitialized-value", never_set()},
      {"use-after-poison", poisoned()},
      {"overlapping-copy", overlapping()},
      {"double-free", double_free()},
      {"invalid-free", interior_free()},
      {"invalid-free-stack", stack_free()},
      {"invalid-free-static", static_free()},
      {"alloc-dealloc-mismatch", mismatch()},
      {"delete-size-mismatch", wrong_size()},
      {"delete-alignment-mismatch", wrong_alignment()},
      {"metadata-corruption", corruption()},
      {"invalid-size", negative_size()},
      {"invalid-alignment", odd_alignment()},
      {"signal-unsafe-call", in_handler()},
  };
}

}  // namespace

const std::vector<Sample>& all() {
  static const std::vector<Sample> samples = make_all();
  return samples;
}

}  // namespace padlock::report::samples
