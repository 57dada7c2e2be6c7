// Cycles: the rules of the Technical Reference Manual, 1.7, one by one, and counts that others measured on silicon.
#include "tests/pie/pipeline.h"

#include <gtest/gtest.h>

#include "tests/pie/run_program.h"

namespace thimble::s3 {
namespace {

constexpr const char* kRegisters8 =
    "ee.zero.q q0\n ee.zero.q q1\n ee.zero.q q2\n ee.zero.q q3\n ee.zero.accx\n ee.zero.qacc\n ssai 0\n movi a8, 0\n "
    "nop";

uint64_t cycles(const std::string& lines) { return cycles_of(lines, kRegisters8); }

TEST(Pipeline, OneInstructionACycle) {
  EXPECT_EQ(cycles("addi a8, a8, 1\n addi a8, a8, 1\n addi a8, a8, 1"), 3u);
  EXPECT_EQ(cycles("ee.vld.128.ip q4, a2, 16\n ee.vld.128.ip q5, a2, 16"), 2u);  // addresses are there at once
}

// 1.7.1: what is ready behind stage A is there for stage B after A - B + 1 cycles.
TEST(Pipeline, WaitsForOperands) {
  EXPECT_EQ(cycles("ee.vld.128.ip q4, a2, 16\n ee.andq q5, q4, q4"), 3u);
  EXPECT_EQ(cycles("ee.vld.128.ip q4, a2, 16\n nop\n ee.andq q5, q4, q4"), 3u);
  EXPECT_EQ(cycles("l32i a9, a2, 0\n addi a9, a9, 1"), 3u);
  EXPECT_EQ(cycles("mull a9, a8, a8\n addi a9, a9, 1"), 3u);
  EXPECT_EQ(cycles("ee.vmul.s8 q4, q0, q1\n ee.vst.128.ip q4, a2, 0"), 3u);
  EXPECT_EQ(cycles("ee.vadds.s8 q4, q0, q1\n ee.vst.128.ip q4, a2, 0"), 2u);
  EXPECT_EQ(cycles("ee.ld.128.usar.ip q4, a2, 16\n ee.src.q q5, q0, q1"), 2u);  // SAR_BYTE is there at once
  EXPECT_EQ(cycles("ee.ld.accx.ip a2, 8\n ee.srs.accx a9, a8, 0"), 3u);
}

TEST(Pipeline, SumsFollowEachOtherWithoutWaiting) {
  EXPECT_EQ(cycles("ee.vmulas.s8.accx q0, q1\n ee.vmulas.s8.accx q0, q1\n ee.vmulas.s8.accx q0, q1"), 3u);
  EXPECT_EQ(cycles("ee.vmulas.s8.qacc q0, q1\n ee.vmulas.s8.qacc q0, q1"), 2u);
  EXPECT_EQ(cycles("ee.zero.accx\n ee.vmulas.s8.accx q0, q1"), 2u);
}

// 1.7.1 and 1.7.2: the sum, and the adders that it is shifted by, are free one instruction later.
TEST(Pipeline, TheSumIsReadOneInstructionLater) {
  EXPECT_EQ(cycles("ee.vmulas.s8.accx q0, q1\n ee.srs.accx a9, a8, 0"), 3u);
  EXPECT_EQ(cycles("ee.vmulas.s8.accx q0, q1\n nop\n ee.srs.accx a9, a8, 0"), 3u);
  EXPECT_EQ(cycles("ee.vadds.s8 q4, q0, q1\n ee.srs.accx a9, a8, 0"), 3u);  // the adders alone
  EXPECT_EQ(cycles("ee.andq q4, q0, q1\n ee.srs.accx a9, a8, 0"), 2u);
  EXPECT_EQ(cycles("ee.vmulas.s8.qacc q0, q1\n ee.srcmb.s8.qacc q4, a8, 0"), 3u);
}

// 1.7.3
TEST(Pipeline, ABranchThatIsTakenLosesTwo) {
  EXPECT_EQ(cycles("bnez a8, x\n nop\n x:"), 2u);
  EXPECT_EQ(cycles("beqz a8, x\n nop\n x:"), 3u);
  EXPECT_EQ(cycles("movi a9, 10\n x: addi a9, a9, -1\n bnez a9, x"), 1 + 10 * 2 + 9 * 2u);
}

TEST(Pipeline, ALoopCostsNothingAtItsEnd) {
  EXPECT_EQ(cycles("movi a9, 10\n loop a9, x\n addi a8, a8, 1\n x:"), 2 + 10u);
}

// project-x51/esp32-s3-memorycopy: 12,809 cycles for 3,200 turns of two loads and two stores, 19,408 for 6,400 of one
// each, which waits for its load.
TEST(Pipeline, CopiesAsFastAsSilicon) {
  const auto loop = [](int turns, const std::string& body) {
    return cycles_of("movi a9, " + std::to_string(turns / 16) + "\n slli a9, a9, 4\n loop a9, x\n" + body + "\n x:");
  };
  const uint64_t two = loop(3200,
                            "ee.vld.128.ip q0, a2, 16\n ee.vld.128.ip q1, a2, 16\n"
                            "ee.vst.128.ip q0, a3, 16\n ee.vst.128.ip q1, a3, 16");
  EXPECT_NEAR(static_cast<double>(two), 12809, 20);
  const uint64_t one = loop(4096, "ee.vld.128.ip q0, a2, 16\n ee.vst.128.ip q0, a3, 16");
  EXPECT_NEAR(static_cast<double>(one) / 4096, 19408.0 / 6400, 0.04);
}

// esp-dsp's table: 689 cycles for a dot product of 64 x 64 int8, whose loop is documented to have nine instructions for
// a row of 64 bytes that start anywhere; and 432 for 256 floats. These are loops of that make.
TEST(Pipeline, SumsUpAsFastAsSilicon) {
  const uint64_t rows = cycles_of(
      R"(
    .macro  row shifted, next, behind
    ee.vmulas.s8.accx.ld.ip.qup \shifted, a2, 16, \shifted, q0, \next, \behind
    ee.vld.128.ip   q0, a3, 16
    ee.vmulas.s8.accx.ld.ip.qup \next, a2, 16, \next, q1, \behind, \shifted
    ee.vld.128.ip   q1, a3, 16
    ee.vmulas.s8.accx.ld.xp.qup \next, a2, a10, \behind, q0, \shifted, \next
    ee.ld.128.usar.ip   \behind, a2, 16
    ee.vld.128.ip   q0, a3, 16
    ee.vmulas.s8.accx.ld.ip.qup \shifted, a2, 16, \shifted, q1, \next, \behind
    ee.vld.128.ip   q1, a3, 16
    .endm
    movi    a9, 21
    movi    a10, 16
    loop    a9, x
    row     q4, q5, q6
    row     q5, q6, q4
    row     q6, q4, q5
x:
    row     q4, q5, q6
)",
      "ee.zero.accx\n ee.vld.128.ip q0, a3, 16\n ee.vld.128.ip q1, a3, 16\n ee.ld.128.usar.ip q4, a2, 16\n"
      "ee.vld.128.ip q5, a2, 16\n ee.vld.128.ip q6, a2, 16\n nop");
  EXPECT_EQ(rows, 64 * 9 + 3u);  // and the other 110 before and behind the loop
  const uint64_t floats = cycles_of(
      "movi a9, 64\n const.s f0, 0\n const.s f1, 0\n const.s f2, 0\n const.s f3, 0\n loop a9, x\n"
      "ee.ldf.128.ip f11, f10, f9, f8, a2, 16\n ee.ldf.128.ip f7, f6, f5, f4, a3, 16\n"
      "madd.s f0, f4, f8\n madd.s f1, f5, f9\n madd.s f2, f6, f10\n madd.s f3, f7, f11\n x:\n"
      "add.s f0, f0, f1\n add.s f0, f0, f2\n add.s f0, f0, f3\n ssi f0, a4, 0");
  EXPECT_NEAR(static_cast<double>(floats), 432, 32);
}

}  // namespace
}  // namespace thimble::s3
