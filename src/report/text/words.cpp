// Blocks, calls, bytes and threads in words.
#include "report/text/words.h"

#include <algorithm>
#include <iterator>

#include "os/signal_names.h"

namespace padlock::report {
namespace {

// "an" goes before eight, eleven, eighteen and what begins with them (eighty, eleven thousand).
std::string_view article(std::string_view number) {
  const bool teen_group = number.size() % 3 == 2;
  const bool vowel =
      number.front() == '8' || (teen_group && (number.starts_with("11") || number.starts_with("18")));
  return vowel ? "an " : "a ";
}

void escaped(TextWriter& out, std::uint8_t byte) {
  if (byte == '\n') {
    out.append("\\n");
  } else if (byte == '\t') {
    out.append("\\t");
  } else if (byte >= 0x20 && byte < 0x7f) {
    out.append(static_cast<char>(byte));
  } else {
    out.append("\\x").hex(byte, 2);
  }
}

std::string_view allocating_name(const core::Fault& fault) {
  if (fault.call == core::Call::kCalloc) return "calloc()";
  if (fault.call == core::Call::kReallocarray) return "reallocarray()";
  switch (fault.given_origin) {
    case core::Origin::kNew:
      return "new";
    case core::Origin::kNewArray:
      return "new[]";
    case core::Origin::kAligned:
      return "an aligned allocation";
    case core::Origin::kMalloc:
      break;
  }
  return "malloc()";
}

std::string_view ending_access_name(EndingSignal::Access access) {
  switch (access) {
    case EndingSignal::Access::kRead:
      return "read of ";
    case EndingSignal::Access::kWrite:
      return "write of ";
    case EndingSignal::Access::kJump:
      return "jump to ";
    case EndingSignal::Access::kNone:
      break;
  }
  return "";
}

// Of malloc's family only free_sized and free_aligned_sized take a size or an alignment.
std::string_view sized_free_name(const core::Fault& fault) {
  const bool sized = fault.kind == core::FaultKind::kDeleteSizeMismatch;
  const bool aligned = fault.kind == core::FaultKind::kDeleteAlignmentMismatch;
  const std::string_view plain = releaser_name(fault.given_origin);
  if (plain != "free()" || !(sized || aligned)) return plain;
  return aligned || fault.block.origin == core::Origin::kAligned ? "free_aligned_sized()" : "free_sized()";
}

}  // namespace

void bytes_words(TextWriter& out, std::uint64_t count) noexcept { out.counted(count, "byte"); }

void passed_bytes_words(TextWriter& out, std::uint64_t count) noexcept {
  bytes_words(out, count);
  const auto as_signed = static_cast<std::int64_t>(count);
  if (as_signed < 0) out.append(" (that is ").signed_decimal(as_signed).append(')');
}

void block_words(TextWriter& out, const core::BlockSnapshot& block, std::string_view adjective) noexcept {
  char digits[20];
  TextWriter number(digits);
  number.decimal(block.requested);
  const bool sized = block.present() && block.sealed;
  out.append(adjective.empty() && sized ? article(number.view()) : "a ");
  if (!adjective.empty()) out.append(adjective).append(' ');
  if (sized) out.append(number.view()).append("-byte ");
  out.append("block");
}

void quoted(TextWriter& out, const Excerpt& excerpt) noexcept {
  out.append('\'');
  const std::size_t size = std::min<std::uint64_t>(excerpt.length, Excerpt::kCapacity);
  for (const std::uint8_t byte : std::span(excerpt.bytes).first(size)) escaped(out, byte);
  if (excerpt.length > size) out.append("...");
  out.append('\'');
}

void thread_words(TextWriter& out, const Thread& thread) noexcept {
  const std::string_view name = bounded(thread.name);
  if (thread.index == 0 && thread.system_id == 0) {
    out.append("an unknown thread");
    return;
  }
  if (thread.index == 0) {
    out.append("a thread");
  } else {
    out.append('T').decimal(thread.index);
  }
  if (thread.system_id == 0) return;
  out.append(" (tid ").signed_decimal(thread.system_id);
  if (!name.empty()) out.append(", ").printable(name);
  out.append(thread.of_parent ? ", of the parent process)" : ")");
}

std::string_view origin_name(core::Origin origin) noexcept {
  return origin == core::Origin::kAligned ? "an aligned allocation" : core::to_string(origin);
}

std::string_view releaser_name(core::Origin origin) noexcept {
  switch (origin) {
    case core::Origin::kNew:
      return "delete";
    case core::Origin::kNewArray:
      return "delete[]";
    case core::Origin::kMalloc:
    case core::Origin::kAligned:
      break;
  }
  return "free()";
}

std::string_view resize_name(core::Call call) noexcept {
  return call == core::Call::kReallocarray ? "reallocarray()" : "realloc()";
}

std::string_view call_name(const core::Fault& fault) noexcept {
  switch (fault.moment) {
    case core::Moment::kRealloc:
      return "realloc()";
    case core::Moment::kUsableSize:
      return "malloc_usable_size()";
    case core::Moment::kAllocate:
      return allocating_name(fault);
    case core::Moment::kFree:
    case core::Moment::kEviction:
    case core::Moment::kReuse:
    case core::Moment::kCoalesce:
    case core::Moment::kCheck:
    case core::Moment::kExit:
    case core::Moment::kEnd:
    case core::Moment::kAccess:
    case core::Moment::kCall:
    case core::Moment::kWrite:
    case core::Moment::kKernelWrite:
      break;
  }
  return sized_free_name(fault);
}

std::string_view access_name(core::Access access) noexcept {
  switch (access) {
    case core::Access::kRead:
      return "read";
    case core::Access::kWrite:
      return "write";
    case core::Access::kUnknown:
      break;
  }
  return "access";
}

void accessing_words(TextWriter& out, const core::Fault& fault) noexcept {
  out.append(core::to_string(fault.call)).append("() ").append(access_name(fault.accessed.access));
  out.append("s ");
  passed_bytes_words(out, fault.accessed.length);
}

void signal_words(TextWriter& out, std::int32_t signal) noexcept {
  const std::string_view name = os::signal_name(signal);
  if (!name.empty()) {
    out.append(name);
  } else {
    out.append("signal ").signed_decimal(signal);
  }
}

void ending_words(TextWriter& out, const EndingSignal& ending) noexcept {
  out.append(ending.handled ? "at " : "before ");
  signal_words(out, ending.signal);
  const std::string_view access = ending_access_name(ending.access);
  if (!access.empty()) out.append(" (a ").append(access).address(ending.address).append(')');
  if (!ending.handled) out.append(" ends the program");
}

std::string_view state_name(core::BlockState state) noexcept {
  switch (state) {
    case core::BlockState::kLive:
      return "live";
    case core::BlockState::kQuarantined:
      return "freed, in quarantine";
    case core::BlockState::kReady:
      return "freed, ready for reuse";
    case core::BlockState::kFree:
      return "freed and merged with free memory";
    case core::BlockState::kCondemned:
      return "freed, put aside because it was damaged";
    case core::BlockState::kBlank:
      return "never handed out";
  }
  return "in an unknown state";
}

}  // namespace padlock::report
