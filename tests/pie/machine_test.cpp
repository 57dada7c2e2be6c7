#include "tests/pie/machine.h"

#include <gtest/gtest.h>

namespace thimble::s3 {
namespace {

TEST(Machine, RunsAFunction) {
  const Program program(R"(
f:  entry a1, 32
    addi  a2, a2, 3
    retw
)");
  Machine machine(program);
  EXPECT_EQ(machine.call("f", {4}), 7u);
}

}  // namespace
}  // namespace thimble::s3
