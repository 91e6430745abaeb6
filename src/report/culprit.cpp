// Which frames count, and what of them goes into the hash.
#include "report/culprit.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace padlock::report {
namespace {

constexpr std::size_t kHashedFrames = 3;

// The beginnings of their files' names. "libc-" and the like are those of older systems: libc-2.31.so.
constexpr std::string_view kRuntimes[] = {"libc.so",  "libc-",    "libm.so",    "libm-",      "libstdc++.so",
                                          "libc++",   "libgcc_s", "libunwind",  "libpthread", "libdl.so",
                                          "ld-linux", "ld-musl",  "libpadlock", "[vdso]"};

std::string_view without_folders(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // none: from the start
}

class Hash {
 public:
  void add(std::string_view text) {
    for (const char character : text) {
      value_ = (value_ ^ static_cast<unsigned char>(character)) * 0x100000001B3;
    }
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325;
};

void add_frame(const Frame& frame, Hash& hash) {
  hash.add("\n");
  const std::string_view function = Frame::text_of(frame.function);
  const std::string_view file = without_folders(Frame::text_of(frame.file));
  const std::string_view module = without_folders(Frame::text_of(frame.module));
  if (!function.empty()) {
    hash.add(function);
    hash.add("@");
    return hash.add(file.empty() ? module : file);
  }
  hash.add(module);
  char digits[20];
  TextWriter offset(digits);
  offset.append('+').hex(frame.offset);
  hash.add(offset.view());
}

bool has_frames(const Report& report, StackRole role) { return stack_of(report, role).depth != 0; }

// Never a block that merely lies before a damaged header: its padding is whole, and nothing shows that the
// write has to do with it.
StackRole owner_of_damaged(const Report& report) {
  const bool freed = report.fault.block.state != core::BlockState::kLive;
  if (freed && has_frames(report, StackRole::kFreed)) return StackRole::kFreed;
  return StackRole::kAllocated;
}

}  // namespace

bool is_for_a_request(const Report& report) noexcept {
  const bool by_kernel = report.fault.moment == core::Moment::kKernelWrite || report.fault.accessed.by_kernel;
  return by_kernel && report.detected.depth != 0 &&
         std::none_of(report.detected.begin(), report.detected.end(), is_of_program);
}

StackRole culprit_of(const Report& report) noexcept {
  const StackRoles& roles = report.diagnosis.stacks;
  const StackRole detected = roles.empty() ? StackRole::kTrapped : *roles.begin();
  if (detected != StackRole::kFoundDamage && !is_for_a_request(report)) return detected;
  if (report.fault.blame == core::Blame::kNearest) return detected;  // whose block it is says nothing
  const StackRole owner = owner_of_damaged(report);
  return has_frames(report, owner) ? owner : detected;
}

bool is_of_program(const Frame& frame) noexcept {
  if (frame.own_entry || frame.passes_on) return false;
  // Headers whose functions are inlined: libstdc++'s, libc's with _FORTIFY_SOURCE, and the compiler's own.
  for (const std::string_view headers : {"/include/c++/", "/usr/include/", "/usr/lib/"}) {
    if (Frame::text_of(frame.file).find(headers) != std::string_view::npos) return false;
  }
  const std::string_view function = Frame::text_of(frame.function);
  if (function == "_start" || function.starts_with("__libc_start_")) return false;
  const std::string_view module = without_folders(Frame::text_of(frame.module));
  return std::none_of(std::begin(kRuntimes), std::end(kRuntimes),
                      [module](std::string_view runtime) { return module.starts_with(runtime); });
}

const Frame* own_frame_of(const Stack& stack) noexcept {
  if (stack.depth == 0) return nullptr;
  const Frame* const own = std::find_if(stack.begin(), stack.end(), is_of_program);
  return own != stack.end() ? own : stack.begin();
}

std::uint64_t stack_hash(std::string_view kind, const Stack& stack) noexcept {
  Hash hash;
  hash.add(kind);
  const bool any_own = std::any_of(stack.begin(), stack.end(), is_of_program);
  std::size_t left = kHashedFrames;
  for (const Frame& frame : stack) {
    if (any_own && !is_of_program(frame)) continue;
    if (left-- == 0) break;
    add_frame(frame, hash);
  }
  return hash.value();
}

}  // namespace padlock::report
