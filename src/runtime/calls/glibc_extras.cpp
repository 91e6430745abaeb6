// Padlock's statistics in the forms that glibc's functions return.
#include "runtime/calls/glibc_extras.h"

#include <cerrno>

#include "os/raw_io.h"
#include "runtime/calls/statistics.h"

namespace padlock::runtime {
namespace {

constexpr int kStderr = 2;

}  // namespace

void print_statistics(const trace::FrameState& from) noexcept {
  char buffer[1024];
  TextWriter text(buffer);
  describe_statistics(text, from);
  os::write_all(kStderr, text.view());
}

struct mallinfo2 large_mallinfo(const trace::FrameState& from) noexcept {
  const Statistics all = statistics(from);
  struct mallinfo2 info = {};
  info.arena = all.mapped_bytes - all.live_large_bytes;
  info.hblks = all.live_large_blocks;
  info.hblkhd = all.live_large_bytes;
  info.uordblks = all.live_small_bytes;
  info.fordblks = all.quarantined_bytes + all.idle_blocks_bytes;
  info.keepcost = 0;
  return info;
}

struct mallinfo small_mallinfo(const trace::FrameState& from) noexcept {
  const struct mallinfo2 large = large_mallinfo(from);
  struct mallinfo info = {};
  info.arena = static_cast<int>(large.arena);
  info.hblks = static_cast<int>(large.hblks);
  info.hblkhd = static_cast<int>(large.hblkhd);
  info.uordblks = static_cast<int>(large.uordblks);
  info.fordblks = static_cast<int>(large.fordblks);
  return info;
}

int write_malloc_info(int options, std::FILE* file, const trace::FrameState& from) noexcept {
  if (options != 0) return EINVAL;
  const Statistics all = statistics(from);
  std::fprintf(file, "<malloc version=\"padlock-1\">\n");
  std::fprintf(file, "<total type=\"live\" count=\"%zu\" size=\"%zu\"/>\n", all.live_blocks, all.live_bytes);
  std::fprintf(file, "<total type=\"quarantined\" count=\"%zu\" size=\"%zu\"/>\n", all.quarantined_blocks,
               all.quarantined_bytes);
  std::fprintf(file, "<total type=\"idle\" size=\"%zu\"/>\n", all.idle_blocks_bytes);
  std::fprintf(file, "<system type=\"current\" size=\"%zu\"/>\n</malloc>\n", all.mapped_bytes);
  return 0;
}

}  // namespace padlock::runtime
