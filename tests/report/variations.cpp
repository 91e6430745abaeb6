// The lists of variations, a function for each part of a report.
#include "variations.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <initializer_list>

#include "samples.h"

namespace padlock::report::samples {
namespace {

using List = std::vector<Variation>;

void add(List& list, const std::string& name, std::function<void(Report&)> make) {
  list.push_back({name, std::move(make)});
}

// Each of `values` becomes what `member` leads to.
template <typename Member>
void add_each(List& list, const std::string& name, std::initializer_list<std::int64_t> values,
              Member member) {
  for (const std::int64_t value : values)
    add(list, name + ' ' + std::to_string(value), [value, member](Report& report) {
      auto& changed = member(report);
      changed = static_cast<std::remove_reference_t<decltype(changed)>>(value);
    });
}

// Every enumerator up to `last`, and one that is none.
template <typename Enum, typename Member>
void add_enum(List& list, const std::string& name, Enum last, Member member) {
  for (int value = 0; value <= static_cast<int>(last) + 1; ++value)
    add(list, name + ' ' + std::to_string(value),
        [value, member](Report& report) { member(report) = static_cast<Enum>(value); });
}

#define PADLOCK_MEMBER(path) \
  [](Report & report) -> auto& { return report.path; }

void vary_enumerators(List& list) {
  using namespace core;
  add_enum(list, "moment", Moment::kKernelWrite, PADLOCK_MEMBER(fault.moment));
  add_enum(list, "blame", Blame::kNearest, PADLOCK_MEMBER(fault.blame));
  add_enum(list, "pointer class", PointerClass::kOwnBlock, PADLOCK_MEMBER(fault.pointer_class));
  add_enum(list, "given origin", Origin::kAligned, PADLOCK_MEMBER(fault.given_origin));
  add_enum(list, "table", Table::kFollowed, PADLOCK_MEMBER(fault.table));
  add_enum(list, "state", BlockState::kBlank, PADLOCK_MEMBER(fault.block.state));
  add_enum(list, "origin", Origin::kAligned, PADLOCK_MEMBER(fault.block.origin));
  add_enum(list, "access", Access::kWrite, PADLOCK_MEMBER(fault.accessed.access));
  add_enum(list, "use", ReadValue::Use::kSize, PADLOCK_MEMBER(fault.read.use));
  add_enum(list, "other allocator", OtherAllocator::Whose::kModule, PADLOCK_MEMBER(other_allocator.whose));
  add_enum(list, "names", Conditions::Names::kNoAnswer, PADLOCK_MEMBER(conditions.names));
  for (const Call call : {Call::kNone, Call::kCalloc, Call::kReallocarray, Call::kFree, Call::kHeapCheck,
                          Call::kTrap, Call::kMemcpy, Call::kMemset, Call::kStrlen, Call::kRead})
    add(list, std::string("call ") + to_string(call), [call](Report& report) { report.fault.call = call; });
  for (const Call call : {Call::kRealloc, Call::kReallocarray})
    add(list, std::string("freed by ") + to_string(call),
        [call](Report& report) { report.freed_by_call = call; });
}

void vary_numbers(List& list) {
  add_each(list, "given", {0, 1, 8, 16, 24, 32, 33, 64, -1, -4096, INT64_MAX / 2, INT64_MAX / 2 + 1},
           PADLOCK_MEMBER(fault.given));
  for (const std::int64_t offset :
       {-64, -33, -9, -8, -1, 0, 1, 5, 8, 15, 16, 23, 24, 25, 32, 40, 63, 64, 200})
    add(list, "address at " + std::to_string(offset), [offset](Report& report) {
      report.fault.address = report.fault.block.user + static_cast<std::uint64_t>(offset);
    });
  add_each(list, "address", {0, 1, 4095, 4096, 0x7478657420656d6f}, PADLOCK_MEMBER(fault.address));
  add_each(list, "requested", {0, 1, 4, 8, 16, 18, 80, 111, 1100, 11000, 18000},
           PADLOCK_MEMBER(fault.block.requested));
  add_each(list, "block size", {48, 64, 32768, 32784, 262144, 262160},
           PADLOCK_MEMBER(fault.block.block_size));
  add_each(list, "alignment", {0, 32, 64}, PADLOCK_MEMBER(fault.block.alignment));
  add_each(list, "number", {0, 1, 20, 21, 22, 63, 64, 65, 1024, 1025, 4096},
           PADLOCK_MEMBER(fault.block.number));
  add_each(list, "now", {0, 16, 17, 18}, PADLOCK_MEMBER(number_now));
  add_each(list, "batch", {1, 256}, PADLOCK_MEMBER(number_batch));
  add_each(list, "last good", {0, 16, 18}, PADLOCK_MEMBER(number_last_good));
  add_each(list, "process", {0, 1, -1}, PADLOCK_MEMBER(process));
}

void vary_endings(List& list) {
  using Access = EndingSignal::Access;
  for (const int signal : {SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGIO, SIGPIPE, SIGQUIT,
                           SIGSEGV, SIGSYS, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGKILL})
    add(list, "before signal " + std::to_string(signal), [signal](Report& report) {
      report.fault.moment = core::Moment::kEnd;
      report.ending = {.signal = signal};
    });
  for (const Access access : {Access::kRead, Access::kWrite, Access::kJump})
    add(list, "before a fault " + std::to_string(static_cast<int>(access)), [access](Report& report) {
      report.fault.moment = core::Moment::kEnd;
      report.ending = {.signal = SIGSEGV, .access = access, .address = 0x10};
    });
  add(list, "before a handler", [](Report& report) {
    report.fault.moment = core::Moment::kEnd;
    report.ending = {.signal = SIGABRT, .handled = true};
  });
}

void vary_flags(List& list) {
  add(list, "start of a block of no bytes", [](Report& report) {
    report.fault.block.requested = 0;
    report.fault.address = report.fault.block.user;
    report.fault.pointer_class = core::PointerClass::kInterior;
  });
  add(list, "no block", [](Report& report) { report.fault.block = {}; });
  add(list, "not sealed", [](Report& report) { report.fault.block.sealed = false; });
  add(list, "size shown", [](Report& report) {
    report.fault.block.sealed = false;
    report.fault.block.size_shown = true;
  });
  add(list, "origin shown", [](Report& report) {
    report.fault.block.sealed = false;
    report.fault.block.size_shown = report.fault.block.origin_shown = true;
  });
  add(list, "origin and alignment shown, no number", [](Report& report) {
    report.fault.block.sealed = false;
    report.fault.block.size_shown = report.fault.block.origin_shown = true;
    report.fault.block.alignment = 32;
    report.fault.block.number = 0;
  });
  add(list, "sealed", [](Report& report) { report.fault.block.sealed = true; });
  add(list, "each allocation", [](Report& report) { report.conditions.checks_each_allocation = true; });
  add(list, "addresses repeat", [](Report& report) { report.conditions.addresses_repeat = true; });
  add(list, "unwritten", [](Report& report) { report.fault.accessed.unwritten = true; });
  add(list, "refused to the kernel", [](Report& report) { report.fault.accessed.by_kernel = true; });
  add(list, "gone", [](Report& report) { report.fault.read.gone = true; });
}

void vary_accesses(List& list) {
  for (const std::int64_t offset : {-16, -1, 0, 8, 24, 39, 40, 41})
    for (const std::uint64_t length : {0U, 1U, 2U, 17U})
      add(list, "access of " + std::to_string(length) + " at " + std::to_string(offset),
          [offset, length](Report& report) {
            report.fault.accessed.address = report.fault.block.user + static_cast<std::uint64_t>(offset);
            report.fault.accessed.length = length;
          });
  const std::int64_t far = std::int64_t{1} << 20;
  for (const std::int64_t length :
       {std::int64_t{-1}, -far, INT64_MIN, (std::int64_t{1} << 32) - 1, (std::int64_t{1} << 32) - far,
        (std::int64_t{1} << 32) - far - 1, (std::int64_t{1} << 31), (std::int64_t{1} << 33) - 1, far})
    add(list, "access of " + std::to_string(length),
        [length](Report& report) { report.fault.accessed.length = static_cast<std::uint64_t>(length); });
  add(list, "one byte too long", [](Report& report) {
    report.fault.accessed.address = report.fault.block.user;
    report.fault.accessed.length = report.fault.block.requested + 1;
    report.fault.address = report.fault.block.user + report.fault.block.requested;
  });
}

void vary_values(List& list) {
  for (const std::int64_t offset : {-8, 0, 1, 8})
    add(list, "value off by " + std::to_string(offset), [offset](Report& report) {
      report.fault.read.offset = offset;
      report.fault.read.value = 0x5a21c3d4e5f60718 + static_cast<std::uint64_t>(offset);
    });
  for (const std::uint64_t offset : {0U, 8U, 1000U})
    add(list, "value from " + std::to_string(offset),
        [offset](Report& report) { report.fault.read.source = report.fault.block.user + offset; });
}

void vary_threads(List& list) {
  const std::pair<const char*, Thread Report::*> threads[] = {{"detected by", &Report::detected_by},
                                                              {"allocated by", &Report::allocated_by},
                                                              {"freed by", &Report::freed_by}};
  for (const auto& [who, thread] : threads) {
    const std::string name = who;
    const auto member = thread;
    add(list, name + " nobody", [member](Report& report) { report.*member = {}; });
    add(list, name + " no index", [member](Report& report) { (report.*member).index = 0; });
    add(list, name + " index 1", [member](Report& report) { (report.*member).index = 1; });
    add(list, name + " no id", [member](Report& report) { (report.*member).system_id = 0; });
    add(list, name + " another id", [member](Report& report) { (report.*member).system_id = 4000; });
    add(list, name + " no name", [member](Report& report) { (report.*member).name[0] = '\0'; });
    add(list, name + " long name",
        [member](Report& report) { std::memset((report.*member).name, 'n', sizeof Thread::name); });
    add(list, name + " parent's", [member](Report& report) { (report.*member).of_parent = true; });
  }
}

void vary_stacks(List& list) {
  for (const std::size_t place : {3U, 4U})
    add(list, "std::allocator in frame " + std::to_string(place), [place](Report& report) {
      for (std::size_t i = report.detected.depth; i <= place; ++i)
        report.detected.frames[i] = report.detected.frames[0];
      report.detected.depth = place + 1;
      report.detected.frames[place].function = "std::allocator<int>::deallocate(int*, unsigned long)";
    });
  const std::pair<const char*, Stack Report::*> stacks[] = {{"detected", &Report::detected},
                                                            {"allocated", &Report::allocated},
                                                            {"freed", &Report::freed},
                                                            {"neighbour's", &Report::neighbour_allocated},
                                                            {"pointee's", &Report::pointee_allocated}};
  for (const auto& [which, stack] : stacks) {
    const std::string name = which;
    const auto member = stack;
    add(list, name + " stack empty", [member](Report& report) { forget(report.*member); });
    add(list, name + " stack as allocated", [member](Report& report) { report.*member = report.allocated; });
    add(list, name + " stack without lines", [member](Report& report) {
      for (Frame& frame : (report.*member).frames) frame.line = 0;
    });
    add(list, name + " stack deep", [member](Report& report) {
      Stack& deep = report.*member;
      for (std::size_t i = deep.depth; i < kMaxFrames; ++i) deep.frames[i] = deep.frames[i % 2];
      deep.depth = kMaxFrames + 1;
    });
    const auto first = [member](Report& report) -> Frame& {
      (report.*member).depth = std::max<std::size_t>((report.*member).depth, 1);
      return (report.*member).frames[0];
    };
    add(list, name + " frame inlined", [first](Report& report) { first(report).inlined = true; });
    add(list, name + " frame unloaded", [first](Report& report) { first(report).unloaded = true; });
    add(list, name + " frame passes on", [first](Report& report) { first(report).passes_on = true; });
    add(list, name + " frame own entry", [first](Report& report) { first(report).own_entry = true; });
    add(list, name + " frame unknown", [first](Report& report) { first(report) = {.pc = 0x1234}; });
    add(list, name + " frame with a file alone",
        [first](Report& report) { first(report) = {.pc = 0x1234, .file = "/a/b.c", .line = 7}; });
    add(list, name + " frame with a module alone", [first](Report& report) {
      first(report) = {.pc = 0x1234, .module = "/lib/m.so", .offset = 0x34, .build_id = "ab"};
    });
    add(list, name + " frame of std::allocator", [first](Report& report) {
      first(report).function = "std::allocator<int>::deallocate(int*, unsigned long)";
    });
  }
}

void vary_others(List& list) {
  const auto block_at = [](const Report& report, std::int64_t distance) {
    core::BlockSnapshot block = report.fault.block;
    block.user += static_cast<std::uint64_t>(distance);
    block.header = block.user - 32;
    block.number = 12;
    return block;
  };
  for (const std::int64_t distance : {-64, 64})
    for (const bool sealed : {false, true})
      add(list, "neighbour at " + std::to_string(distance) + (sealed ? " sealed" : ""), [=](Report& report) {
        report.fault.neighbour = block_at(report, distance);
        report.fault.neighbour.sealed = sealed;
        report.neighbour_allocated = report.allocated;
      });
  add(list, "no neighbour", [](Report& report) { report.fault.neighbour = {}; });
  add(list, "earlier block", [=](Report& report) { report.earlier = block_at(report, 0); });
  for (const std::int64_t distance : {0, 64})
    for (const bool sealed : {false, true})
      add(list, "points to the block at " + std::to_string(distance) + (sealed ? " sealed" : ""),
          [=](Report& report) {
            report.pointee.block = block_at(report, distance);
            report.pointee.block.sealed = sealed;
            report.pointee.value = report.pointee.block.user + 8;
            report.pointee_allocated = report.allocated;
          });
  add(list, "pointer's module", [](Report& report) { std::strcpy(report.pointer_module, "/lib/\x01.so"); });
  add(list, "other allocator's module",
      [](Report& report) { std::strcpy(report.other_allocator.module, "libjemalloc.so.2"); });
  add(list, "modules", [](Report& report) {
    std::strcpy(report.allocating_module, "liba.so");
    std::strcpy(report.releasing_module, "libb.so");
  });
  add(list, "same module", [](Report& report) {
    std::strcpy(report.allocating_module, "liba.so");
    std::strcpy(report.releasing_module, "liba.so");
  });
  add(list, "one module", [](Report& report) { std::strcpy(report.allocating_module, "liba.so"); });
}

#undef PADLOCK_MEMBER

}  // namespace

void vary_damage(std::vector<Variation>& list);  // variations_of_damage.cpp

const std::vector<Variation>& variations() {
  static const List list = [] {
    List made;
    vary_enumerators(made);
    vary_numbers(made);
    vary_flags(made);
    vary_endings(made);
    vary_accesses(made);
    vary_values(made);
    vary_threads(made);
    vary_stacks(made);
    vary_others(made);
    vary_damage(made);
    return made;
  }();
  return list;
}

}  // namespace padlock::report::samples
