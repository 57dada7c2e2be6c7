// PORT_TEST(Suite, Name) { ... }: a test of ports/esp_idf in a process of its own, as a chip that has just started.
// What the port keeps (memory it took, partitions it mapped) does not reach the next test.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "fakes.h"
#include "sdkconfig.h"

inline bool holds_in_a_process(void (*body)()) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#define PORT_TEST(suite, name)                                                          \
  static void suite##_##name();                                                         \
  TEST(suite, name) { EXPECT_TRUE(holds_in_a_process(suite##_##name)) << "see above"; } \
  static void suite##_##name()
