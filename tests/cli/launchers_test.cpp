// Which commands lose Padlock on the way to the program.
#include "cli/launchers.h"

#include <gtest/gtest.h>

namespace padlock::cli {
namespace {

bool noted(const std::vector<std::string>& command, bool is_root = false) {
  return !note_of_launcher(command, is_root).empty();
}

TEST(Launchers, ThoseThatChangeTheUser) {
  EXPECT_EQ(
      note_of_launcher({"/usr/bin/sudo", "-u", "daemon", "prog"}, false),
      "sudo clears LD_PRELOAD, so what it starts is not guarded; write: sudo ... padlock run -- PROGRAM");
  EXPECT_TRUE(noted({"su", "-c", "prog"}));
  EXPECT_FALSE(noted({"sudoku"}));
  EXPECT_FALSE(noted({"prog", "sudo"}));
  EXPECT_FALSE(noted({}));
}

TEST(Launchers, RootKeepsItsEnvironmentUnlessItLogsIn) {
  EXPECT_FALSE(noted({"su", "-c", "prog"}, true));
  EXPECT_FALSE(noted({"su", "daemon", "-s", "/bin/sh", "-c", "-l"}, true));
  EXPECT_FALSE(noted({"su", "-c-l", "daemon"}, true));
  EXPECT_FALSE(noted({"runuser", "-u", "daemon", "--", "prog", "-l"}, true));
  EXPECT_FALSE(noted({"sg", "tape", "-c", "prog"}, true));
  EXPECT_TRUE(noted({"su", "-", "daemon", "-c", "prog"}, true));
  EXPECT_TRUE(noted({"su", "daemon", "-l", "-c", "prog"}, true));
  EXPECT_TRUE(noted({"su", "-plc", "prog"}, true));
  EXPECT_TRUE(noted({"runuser", "--login", "daemon"}, true));
  EXPECT_TRUE(noted({"sudo", "prog"}, true));
}

TEST(Launchers, EnvThatClearsTheEnvironment) {
  EXPECT_EQ(
      note_of_launcher({"env", "-i", "prog"}, false),
      "env takes LD_PRELOAD away, so what it starts is not guarded; write: env ... padlock run -- PROGRAM");
  EXPECT_TRUE(noted({"/usr/bin/env", "-", "A=b", "prog"}));
  EXPECT_TRUE(noted({"env", "--ignore-environment", "prog"}));
  EXPECT_TRUE(noted({"env", "-iv", "prog"}));
  EXPECT_TRUE(noted({"env", "-u", "LD_PRELOAD", "prog"}));
  EXPECT_TRUE(noted({"env", "-uLD_PRELOAD", "prog"}));
  EXPECT_TRUE(noted({"env", "--unset=LD_PRELOAD", "prog"}));
  EXPECT_TRUE(noted({"env", "--unset", "LD_PRELOAD", "prog"}));
  EXPECT_TRUE(noted({"env", "LD_PRELOAD=/lib/other.so", "prog"}));
}

TEST(Launchers, EnvThatKeepsPadlock) {
  EXPECT_FALSE(noted({"env", "prog", "-i"}));
  EXPECT_FALSE(noted({"env", "A=b", "prog"}));
  EXPECT_FALSE(noted({"env", "-u", "HOME", "prog"}));
  EXPECT_FALSE(noted({"env", "-C", "-i", "prog"}));  // a folder of that name
  EXPECT_FALSE(noted({"env", "-i"}));                // prints nothing
  EXPECT_FALSE(noted({"env", "LD_PRELOAD=/lib/other.so:/lib/libpadlock.so", "prog"}));
}

}  // namespace
}  // namespace padlock::cli
