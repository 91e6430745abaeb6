// Who gains privilege from a file, and where a program is found.
#include "cli/program.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "cli/refusal.h"

namespace padlock::cli {
namespace {

namespace fs = std::filesystem;

TEST(Privilege, ComesFromAnotherOwnerOnly) {
  EXPECT_EQ(gains_privilege({.mode = 04755, .owner = 0, .user = 1000}), "is set-user-ID (to user 0)");
  EXPECT_EQ(gains_privilege({.mode = 04755, .owner = 1000, .user = 1000}), "");
  EXPECT_EQ(gains_privilege({.mode = 0755, .owner = 0, .user = 1000}), "");
}

TEST(Privilege, ComesFromAnotherGroupThatMayExecute) {
  EXPECT_EQ(gains_privilege({.mode = 02755, .group = 5, .user_group = 6}), "is set-group-ID (to group 5)");
  EXPECT_EQ(gains_privilege({.mode = 02755, .group = 6, .user_group = 6}), "");
  EXPECT_EQ(gains_privilege({.mode = 02745, .group = 5, .user_group = 6}), "");  // mandatory locking, once
}

TEST(Privilege, ComesFromCapabilitiesExceptForRoot) {
  EXPECT_EQ(gains_privilege({.mode = 0755, .capabilities = true, .user = 1000}), "has file capabilities");
  EXPECT_EQ(gains_privilege({.mode = 0755, .capabilities = true, .user = 0}), "");
}

TEST(Privilege, IsAskedForWhateverTheUser) {
  EXPECT_TRUE(asks_for_privilege({.mode = 04755}));
  EXPECT_TRUE(asks_for_privilege({.mode = 02755}));
  EXPECT_TRUE(asks_for_privilege({.capabilities = true}));
  EXPECT_FALSE(asks_for_privilege({.mode = 02745}));
  EXPECT_FALSE(asks_for_privilege({.mode = 0755}));
}

class Locate : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    fs::create_directories(root_ / "a/folder");
    fs::create_directories(root_ / "b");
    put("a/plain", 0644);
    put("b/plain", 0755);
    put("b/tool", 0755);
    put("a/only_plain", 0644);
    path_ = (root_ / "a").string() + ":" + (root_ / "b").string();
  }
  void TearDown() override { fs::remove_all(root_); }

  void put(const char* name, mode_t mode) {
    std::ofstream(root_ / name) << "exit 0\n";
    chmod((root_ / name).c_str(), mode);
  }
  Status refusal(const std::string& name) {
    try {
      ADD_FAILURE() << locate_program(name, path_);
    } catch (const Refusal& refusal) {
      return refusal.status();
    }
    return Status::kBadUsage;
  }

  fs::path root_ = fs::temp_directory_path() / ("padlock_locate." + std::to_string(getpid()));
  std::string path_;
};

TEST_F(Locate, FindsTheFirstThatIsExecutable) {
  EXPECT_EQ(locate_program("tool", path_), root_ / "b/tool");
  EXPECT_EQ(locate_program("plain", path_), root_ / "b/plain");
}

TEST_F(Locate, TakesAPathAsItIs) { EXPECT_EQ(locate_program(root_ / "b/tool", ""), root_ / "b/tool"); }

TEST_F(Locate, TellsMissingFromUnfit) {
  EXPECT_EQ(refusal("none"), Status::kNotFound);
  EXPECT_EQ(refusal(root_ / "none"), Status::kNotFound);
  EXPECT_EQ(refusal(""), Status::kNotFound);
  EXPECT_EQ(refusal("only_plain"), Status::kCannotExecute);
  EXPECT_EQ(refusal("folder"), Status::kCannotExecute);
  EXPECT_EQ(refusal(root_ / "a/folder"), Status::kCannotExecute);
}

TEST_F(Locate, EmptyPartOfPathIsTheCurrentFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(root_ / "b");
  EXPECT_EQ(locate_program("tool", ":/nowhere"), "./tool");
  EXPECT_EQ(locate_program("tool", "/nowhere:"), "./tool");
  fs::current_path(before);
}

}  // namespace
}  // namespace padlock::cli
