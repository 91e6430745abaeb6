// The one form of a frame's line, whatever is known of it: docs/REPORTS.md promises it.
#include "report/text/stack_text.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

namespace padlock::report {
namespace {

constexpr std::uintptr_t kPc = 0x55d000001234;

Frame frame_of(const char* function, const char* file, std::uint32_t line, const char* module,
               const char* build_id = "") {
  Frame frame;
  frame.pc = kPc;
  frame.function = function;
  frame.file = file;
  frame.line = line;
  frame.module = module;
  frame.offset = 0x1234;
  frame.build_id = build_id;
  return frame;
}

std::string printed(const std::vector<Frame>& frames) {
  Stack stack;
  for (const Frame& frame : frames) stack.frames[stack.depth++] = frame;
  std::string buffer(8192, '\0');
  TextWriter out(buffer);
  print_stack(stack, out);
  return std::string(out.view());
}

struct Known {
  const char* what;
  Frame frame;
  const char* line;
};

const Known kKnown[] = {
    {"with debug information", frame_of("main", "/src/demo.c", 40, "/bin/demo", "ab"),
     "    #0 0x55d000001234 in main /src/demo.c:40\n"},
    {"a file without a line", frame_of("main", "/src/demo.c", 0, "/bin/demo", "ab"),
     "    #0 0x55d000001234 in main /src/demo.c\n"},
    {"a file without a function: the loader's", frame_of("", "rtld.c", 12, "/lib64/ld.so", "ab"),
     "    #0 0x55d000001234 in ?? rtld.c:12\n"},
    {"a file of a module that is not known", frame_of("main", "/src/demo.c", 40, ""),
     "    #0 0x55d000001234 in main /src/demo.c:40\n"},
    {"without debug information", frame_of("qsort", "", 0, "/lib/libc.so.6", "ab"),
     "    #0 0x55d000001234 in qsort (/lib/libc.so.6+0x1234) (BuildId: ab)\n"},
    {"stripped", frame_of("", "", 0, "/bin/demo", "ab"),
     "    #0 0x55d000001234 (/bin/demo+0x1234) (BuildId: ab)\n"},
    {"stripped and without a build id", frame_of("", "", 0, "/bin/demo"),
     "    #0 0x55d000001234 (/bin/demo+0x1234)\n"},
    {"the kernel's code", frame_of("", "", 0, "[vdso]"), "    #0 0x55d000001234 ([vdso]+0x1234)\n"},
    {"the kernel's code, by name", frame_of("__vdso_gettimeofday", "", 0, "[vdso]"),
     "    #0 0x55d000001234 in __vdso_gettimeofday ([vdso]+0x1234)\n"},
    {"a name without a module", frame_of("plugin_run", "", 0, ""),
     "    #0 0x55d000001234 in plugin_run (unknown module)\n"},
    {"code that was made at run time", frame_of("", "", 0, ""), "    #0 0x55d000001234 (unknown module)\n"},
    {"null strings", frame_of(nullptr, nullptr, 0, nullptr, nullptr),
     "    #0 0x55d000001234 (unknown module)\n"},
    {"a file whose name has blanks", frame_of("run(int, char)", "/my src/a b.c", 3, ""),
     "    #0 0x55d000001234 in run(int, char) /my src/a b.c:3\n"},
};

TEST(StackText, AFrameHasOneForm) {
  const std::regex grammar(
      R"(    #\d+ 0x[0-9a-f]+( in .+ [^ ()].*(:\d+)?|( in .+)? (\(.+\+0x[0-9a-f]+\)( \(BuildId: [0-9a-f]+\))?|\(unknown module\))))");
  for (const Known& known : kKnown) {
    const std::string text = printed({known.frame});
    EXPECT_EQ(text, known.line) << known.what;
    EXPECT_TRUE(std::regex_match(text.substr(0, text.size() - 1), grammar)) << known.what;
  }
}

TEST(StackText, PadlocksOwnEntryIsItsFunctionAlone) {
  Frame entry = frame_of("free", "", 0, "");
  entry.own_entry = true;
  EXPECT_EQ(printed({entry}), "    #0 0x55d000001234 in free\n");
}

TEST(StackText, ABuildIdStandsAtTheFirstFrameThatShowsItsModule) {
  const Frame with_file = frame_of("main", "/src/demo.c", 40, "/bin/demo", "ab");
  const Frame without = frame_of("", "", 0, "/bin/demo", "ab");
  EXPECT_EQ(printed({with_file, without, without}),
            "    #0 0x55d000001234 in main /src/demo.c:40\n"
            "    #1 0x55d000001234 (/bin/demo+0x1234) (BuildId: ab)\n"
            "    #2 0x55d000001234 (/bin/demo+0x1234)\n");
  EXPECT_EQ(printed({}), "    <no stack recorded>\n");
}

}  // namespace
}  // namespace padlock::report
