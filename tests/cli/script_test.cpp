// "#!" lines.
#include "cli/script.h"

#include <gtest/gtest.h>

#include <string_view>

namespace padlock::cli {
namespace {

Script read(std::string_view text) { return read_script(std::as_bytes(std::span(text))); }

TEST(Script, InterpreterEndsAtABlankOrTheLine) {
  EXPECT_EQ(read("#!/bin/bash\nexit").interpreter, "/bin/bash");
  EXPECT_EQ(read("#! \t/bin/bash \t-e x\n").interpreter, "/bin/bash");
  EXPECT_EQ(read("#!/bin/bash").interpreter, "/bin/bash");
  EXPECT_TRUE(read("#!/bin/bash").is_script);
}

TEST(Script, EnvNamesTheProgramBehindIt) {
  EXPECT_EQ(read("#!/usr/bin/env python3\n").through_env, "python3");
  EXPECT_EQ(read("#!/usr/bin/env python3\n").interpreter, "/usr/bin/env");
  EXPECT_EQ(read("#!/usr/bin/env -S python3 -u\n").through_env, "python3");
  EXPECT_EQ(read("#!/usr/bin/env -i python3\n").through_env, "");
  EXPECT_EQ(read("#!/usr/bin/env A=1 python3\n").through_env, "");
  EXPECT_EQ(read("#!/usr/bin/env\n").through_env, "");
  EXPECT_EQ(read("#!/bin/bash python3\n").through_env, "");
}

TEST(Script, TextWithoutALineIsForTheShell) {
  EXPECT_TRUE(read("echo hello\n").is_script);
  EXPECT_EQ(read("echo hello\n").interpreter, "/bin/sh");
  EXPECT_EQ(read("").interpreter, "/bin/sh");
  EXPECT_EQ(read("#!\n/bin/bash\n").interpreter, "/bin/sh");
}

TEST(Script, BinaryIsNoScript) { EXPECT_FALSE(read(std::string_view("MZ\0\1", 4)).is_script); }

TEST(Script, OnlyWhatTheKernelReadsCounts) {
  EXPECT_EQ(read("#!" + std::string(1000, 'a')).interpreter, std::string(253, 'a'));
}

}  // namespace
}  // namespace padlock::cli
