// What the machine refuses, and what its instructions do where that is easily mistaken: saturation, lower bits of
// addresses, order of lanes. Page numbers are those of the Technical Reference Manual 1.8.
#include "tests/pie/machine.h"

#include <gtest/gtest.h>

#include "tests/pie/lanes.h"
#include "tests/pie/run_program.h"

namespace thimble::s3 {
namespace {

Vector counting(int first) {
  Vector v;
  for (size_t i = 0; i < v.size(); ++i) v[i] = static_cast<uint8_t>(first + static_cast<int>(i));
  return v;
}
template <class T>
Vector of(std::initializer_list<T> lanes) {
  Lanes<T> all{};
  std::copy(lanes.begin(), lanes.end(), all.begin());
  return vector_of<T>(all);
}
constexpr const char* kLoadTwo = "ee.vld.128.ip q0, a2, 0\n ee.vld.128.ip q1, a3, 0\n";

// The lines' q2 for these two vectors in q0 and q1.
Vector computed(const std::string& lines, const Vector& q0, const Vector& q1) {
  return vectors_after<3>(kLoadTwo + lines + "\n ee.vst.128.ip q2, a4, 0", {q0, q1, {}})[2];
}

// --- what it refuses ---

TEST(Machine, RefusesInstructionsThatAreNone) {
  EXPECT_EQ(error_of("ee.vmul.s4 q0, q1, q2"), "line 2, ee.vmul.s4: unknown instruction");
  EXPECT_EQ(error_of("addi a2, a3"), "line 2, addi: takes 3 operands");
  EXPECT_EQ(error_of("mov a2, a16"), "line 2, mov: no register a16");
  EXPECT_EQ(error_of("ee.zero.q a2"), "line 2, ee.zero.q: not a register of kind q: a2");
  EXPECT_EQ(error_of("beqz a2, nowhere", {1}), "line 2, beqz: no label nowhere");
}

TEST(Machine, RefusesImmediatesOutOfRange) {
  for (const char* line :
       {"addi a2, a2, 128", "addi a2, a2, -129", "movi a2, 2048", "slli a2, a2, 32", "srli a2, a2, 16",
        "l32i a2, a2, 1024", "l32i a2, a2, 2", "extui a2, a2, 0, 17", "ssai 32", "beqi a2, 9, f",
        "ee.vld.128.ip q0, a2, 2048", "ee.vld.128.ip q0, a2, 8", "ee.vmulas.s8.accx.ld.ip q0, a2, 512, q1, q2",
        "ee.vldbc.8.ip q0, a2, 128", "ee.st.accx.ip a2, 1024", "ee.ldf.128.ip f3, f2, f1, f0, a2, 128",
        "ee.vsmulas.s8.qacc q0, q1, 16", "ee.movi.32.a q0, a2, 4"}) {
    EXPECT_NE(error_of(line, {0}).find("immediate out of range"), std::string::npos) << line;
  }
}

TEST(Machine, RefusesRegistersThatWereNeverWritten) {
  EXPECT_EQ(error_of("mov a2, a8"), "f, line 2: reads a8, which was never written");
  EXPECT_EQ(error_of("ee.zero.q q1\n ee.andq q2, q1, q7"), "f, line 3: reads q7, which was never written");
  EXPECT_EQ(error_of("ee.zero.q q1\n ee.vmulas.s8.accx q1, q1"), "f, line 3: reads ACCX, which was never written");
  EXPECT_EQ(error_of("ee.zero.q q1\n ee.vsl.32 q1, q1"), "f, line 3: reads SAR, which was never written");
  EXPECT_EQ(error_of("add.s f0, f1, f1"), "f, line 2: reads f1, which was never written");
}

TEST(Machine, RefusesMemoryThatNobodyGave) {
  alignas(64) std::array<uint8_t, 64> bytes{};
  const auto refused = [&](const std::string& lines, size_t size, bool writable) -> std::string {
    const Program program(function_of(lines));
    Machine machine(program);
    const uint32_t at =
        writable ? machine.give(bytes.data(), size) : machine.give(static_cast<const uint8_t*>(bytes.data()), size);
    try {
      machine.call("f", {at});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refused("ee.vld.128.ip q0, a2, 16\n ee.vld.128.ip q0, a2, 16", 32, false), "");
  EXPECT_EQ(refused("ee.vld.128.ip q0, a2, 16\n ee.vld.128.ip q0, a2, 16", 31, false),
            "f, line 3: reads 16 bytes outside of all memory at 0x3fc88050");
  EXPECT_EQ(refused("l8ui a2, a2, 32", 32, false), "f, line 2: reads 1 bytes outside of all memory at 0x3fc88060");
  EXPECT_EQ(refused("s32i a2, a2, 0", 4, true), "");
  EXPECT_EQ(refused("s32i a2, a2, 0", 4, false), "f, line 2: writes to memory that is only read, at 0x3fc88040");
  EXPECT_EQ(refused("addi a2, a2, 2\n l32i a2, a2, 0", 64, false), "f, line 3: misaligned: 0x3fc88042");
}

// Page 49: an access of 16 bytes at an address that ends in 4 reads those 4 bytes before.
TEST(Machine, DropsLowerBitsOfAddressesOrRefusesThem) {
  alignas(64) std::array<Vector, 2> vectors = {counting(0), counting(16)};
  const Program program(function_of("addi a2, a2, 20\n ee.vld.128.ip q0, a2, 0\n ee.vst.128.ip q0, a3, 0\n"));
  const auto run = [&](Machine::Misaligned misaligned) {
    alignas(16) Vector result{};
    Machine machine(program, misaligned);
    const uint32_t from = machine.give(vectors.data(), sizeof vectors);
    machine.call("f", {from, machine.give(result.data(), sizeof result)});
    return result;
  };
  EXPECT_EQ(run(Machine::Misaligned::kDrop), counting(16));
  EXPECT_THROW(run(Machine::Misaligned::kRefuse), Error);
}

TEST(Machine, RefusesLoopsThatTheHardwareWouldNotTake) {
  EXPECT_EQ(error_of("loop a2, x\n nop\n x:", {3}), "");
  EXPECT_EQ(error_of("loop a2, x\n nop\n x:", {0}),
            "f, line 2: a loop of no turns, which the hardware runs 2^32 times");
  EXPECT_EQ(error_of("loopnez a2, x\n nop\n x:", {0}), "");
  EXPECT_EQ(error_of("loop a2, x\n loop a3, y\n nop\n y: nop\n x:", {2, 2}), "f, line 3: a loop inside of a loop");
  EXPECT_EQ(error_of("loop a2, x\n x: nop", {1}), "f, line 2: a loop that ends where it begins");
  EXPECT_EQ(error_of("loop a2, x\n .rept 86\n nop\n .endr\n x:", {1}), "f, line 2: a loop of 258 bytes");
}

// --- the core's own instructions ---

TEST(Machine, ComputesAsTheCoreDoes) {
  EXPECT_EQ(result_of("mulsh a2, a2, a3", {0x80000000, 3}), 0xfffffffeu);
  EXPECT_EQ(result_of("extui a2, a2, 4, 8", {0x12345678}), 0x67u);
  EXPECT_EQ(result_of("sext a2, a2, 7", {0x180}), 0xffffff80u);
  EXPECT_EQ(result_of("addx4 a2, a2, a3", {5, 1}), 21u);
  EXPECT_EQ(result_of("ssr a3\n sra a2, a2", {0x80000000, 4}), 0xf8000000u);
  EXPECT_EQ(result_of("ssl a3\n sll a2, a2", {1, 4}), 16u);
  EXPECT_EQ(result_of("ssai 8\n src a2, a2, a3", {0x11223344, 0x55667788}), 0x44556677u);
  EXPECT_EQ(result_of("moveqz a2, a3, a4", {1, 2, 0}), 2u);
  EXPECT_EQ(result_of("movi a5, 0\n loop a2, x\n addi a5, a5, 2\n x: mov a2, a5", {7}), 14u);
}

TEST(Machine, MultipliesHalvesAsMac16Does) {
  EXPECT_EQ(
      result_of("movi a5, -1\n wsr a5, acclo\n wsr a5, acchi\n mula.aa.hl a2, a3\n rsr a2, acclo", {0xfffe0000, 3}),
      static_cast<uint32_t>(-7));
  EXPECT_EQ(
      result_of("movi a5, -1\n wsr a5, acclo\n wsr a5, acchi\n mula.aa.hl a2, a3\n rsr a2, acchi", {0xfffe0000, 3}),
      0xffffffffu);
}

// --- lanes ---

TEST(Machine, SumsSaturate) {  // 1.5.4, page 49
  EXPECT_EQ(computed("ee.vadds.s8 q2, q0, q1", of<int8_t>({100, -100, 5}), of<int8_t>({100, -100, -7})),
            of<int8_t>({127, -128, -2}));
  EXPECT_EQ(computed("ee.vsubs.s16 q2, q0, q1", of<int16_t>({-32768, 32767, 5}), of<int16_t>({1, -1, 7})),
            of<int16_t>({-32768, 32767, -2}));
  EXPECT_EQ(computed("ee.vadds.s32 q2, q0, q1", of<int32_t>({INT32_MIN, INT32_MAX}), of<int32_t>({-1, 1})),
            of<int32_t>({INT32_MIN, INT32_MAX}));
}

TEST(Machine, ProductsWrap) {
  EXPECT_EQ(computed("ssai 4\n ee.vmul.s8 q2, q0, q1", of<int8_t>({-128, -128, 112}), of<int8_t>({-8, 7, 7})),
            of<int8_t>({64, -56, 49}));
  EXPECT_EQ(computed("ssai 0\n ee.vmul.s8 q2, q0, q1", of<int8_t>({0x1f, -1}), of<int8_t>({16, 16})),
            of<int8_t>({-16, -16}));
  EXPECT_EQ(computed("ssai 4\n ee.vmul.u8 q2, q0, q1", of<uint8_t>({200}), of<uint8_t>({200})), of<uint8_t>({0xc4}));
}

TEST(Machine, ComparesAndShifts) {
  EXPECT_EQ(computed("ee.vcmp.lt.s8 q2, q0, q1", of<int8_t>({-1, 3, 3}), of<int8_t>({0, 3, 2})), of<int8_t>({-1}));
  EXPECT_EQ(computed("ssai 4\n ee.vsr.32 q2, q0", of<int32_t>({-256, 256}), {}), of<int32_t>({-16, 16}));
  EXPECT_EQ(computed("ssai 4\n ee.vsl.32 q2, q0", of<uint32_t>({0x89abcdef}), {}), of<uint32_t>({0x9abcdef0}));
}

TEST(Machine, ZipsAndUnzips) {
  const auto pair =
      vectors_after<2>(std::string(kLoadTwo) + "ee.vzip.8 q0, q1\n ee.vst.128.ip q0, a2, 0\n ee.vst.128.ip q1, a3, 0",
                       {counting(0), counting(100)});
  EXPECT_EQ(pair[0], (Vector{0, 100, 1, 101, 2, 102, 3, 103, 4, 104, 5, 105, 6, 106, 7, 107}));
  EXPECT_EQ(pair[1], (Vector{8, 108, 9, 109, 10, 110, 11, 111, 12, 112, 13, 113, 14, 114, 15, 115}));
  const auto back = vectors_after<2>(
      std::string(kLoadTwo) + "ee.vunzip.8 q0, q1\n ee.vst.128.ip q0, a2, 0\n ee.vst.128.ip q1, a3, 0", pair);
  EXPECT_EQ(back, (std::array{counting(0), counting(100)}));
}

// The example of 1.5.3, page 49: 16 bytes from any address.
TEST(Machine, LoadsFromAnyAddress) {
  EXPECT_EQ(vectors_after<3>("addi a5, a2, 5\n ee.ld.128.usar.ip q0, a5, 16\n ee.ld.128.usar.ip q1, a5, 16\n"
                             "ee.src.q q2, q0, q1\n ee.vst.128.ip q2, a4, 0",
                             {counting(0), counting(16), {}})[2],
            counting(5));
}

TEST(Machine, BroadcastsAndSelects) {
  EXPECT_EQ(
      vectors_after<2>("addi a5, a2, 3\n ee.vldbc.8.ip q0, a5, 1\n ee.vst.128.ip q0, a3, 0", {counting(7), {}})[1],
      broadcast<uint8_t>(10));
  EXPECT_EQ(computed("ee.zero.q q2\n ee.movi.32.a q0, a5, 2\n ee.movi.32.q q2, a5, 1", of<uint32_t>({1, 2, 3, 4}), {}),
            of<uint32_t>({0, 3}));
}

// --- accumulators ---

// The sum of sixteen squares of -128, `times` times, taken out shifted.
int32_t sum_of_squares(uint32_t times, uint32_t shift) {
  return static_cast<int32_t>(
      result_of("movi a5, -128\n s8i a5, a1, 0\n mov a5, a1\n ee.vldbc.8.ip q0, a5, 0\n ee.zero.accx\n"
                "loop a2, x\n ee.vmulas.s8.accx q0, q0\n x: ee.srs.accx a2, a3, 0",
                {times, shift}));
}

TEST(Machine, TheSumOfAllLanesSaturatesAt40Bits) {
  EXPECT_EQ(sum_of_squares(3, 0), 3 * 16 * 16384);
  EXPECT_EQ(sum_of_squares(9000, 0), INT32_MAX);  // what is taken out saturates at 32
  EXPECT_EQ(sum_of_squares(9000, 8), 9000 * 1024);
  EXPECT_EQ(sum_of_squares(3'000'000, 10), (1 << 29) - 1);
}

// What an ESP32-S3 v0.2 answered to others: dj-oyu/esp32s3-hw-mcp, data/pie_examples_measured.json.
TEST(Machine, SumsAreReadOutAsSiliconDoes) {
  const auto read_out = [](const std::string& sum, int shift, const Vector& q0, const Vector& q1) {
    const std::string lines =
        sum + "\n movi a8, " + std::to_string(shift) + "\n ee.srs.accx a9, a8, 0\n s32i a9, a4, 0";
    return lanes_of<int32_t>(vectors_after<3>(lines, {q0, q1, {}})[2])[0];
  };
  const auto loaded = [&](int64_t sum, int shift) {
    return read_out("ee.ld.accx.ip a2, 0", shift, of<int64_t>({sum, 0}), {});
  };
  EXPECT_EQ(loaded((int64_t{1} << 38) + 12345, 0), 2147483647);
  EXPECT_EQ(loaded((int64_t{1} << 38) + 12345, 8), 1073741872);
  EXPECT_EQ(loaded(-((int64_t{1} << 38) + 999), 5), INT32_MIN);

  // The sum would be 1,638,400,000,000.
  const Vector large = of<int16_t>({32000, 32000, 32000, 32000, 32000, 32000, 32000, 32000});
  const std::string products =
      std::string(kLoadTwo) + " ee.zero.accx\n movi a8, 200\n loop a8, x\n ee.vmulas.s16.accx q0, q1\n x:";
  EXPECT_EQ(read_out(products, 9, large, large), 1073741823);
  EXPECT_EQ(read_out(products, 0, large, large), 2147483647);
}

TEST(Machine, ASumWithoutSignHasAll40Bits) {
  const auto upper = [](uint32_t times) {
    return result_of(
        "movi a5, -1\n s8i a5, a1, 0\n mov a5, a1\n ee.vldbc.8.ip q0, a5, 0\n ee.zero.accx\n"
        "loop a2, x\n ee.vmulas.u8.accx q0, q0\n x: rur.accx_1 a2",
        {times});
  };
  EXPECT_EQ(upper(800'000), (800'000 * 16 * uint64_t{255 * 255}) >> 32);
  EXPECT_EQ(upper(1'100'000), 0xffu);  // 2^40 - 1
}

TEST(Machine, LanesOfSumsSaturateAt20Bits) {
  const std::string sums = "ee.zero.qacc\n loop a5, x\n ee.vmulas.s8.qacc q0, q1\n x: movi a6, 0\n";
  const auto after = [&](uint32_t times, uint32_t shift) {
    return computed("movi a5, " + std::to_string(times) + "\n" + sums + " movi a6, " + std::to_string(shift) +
                        "\n ee.srcmb.s8.qacc q2, a6, 0",
                    of<int8_t>({127, -128, 1}), of<int8_t>({127, 127, 1}));
  };
  EXPECT_EQ(after(2, 8), of<int8_t>({126, -127, 0}));
  EXPECT_EQ(after(1, 0), of<int8_t>({127, -128, 1}));
  EXPECT_EQ(after(100, 13), of<int8_t>({63, -64, 0}));  // 2^19 - 1 and -2^19
}

TEST(Machine, StoresAndLoadsTheWholeSum) {
  EXPECT_EQ(result_of("movi a5, -5\n wur.accx_0 a5\n movi a5, -1\n wur.accx_1 a5\n mov a6, a1\n ee.st.accx.ip a6, 8\n "
                      "ee.zero.accx\n"
                      "mov a6, a1\n ee.ld.accx.ip a6, 8\n movi a5, 0\n ee.srs.accx a2, a5, 0"),
            static_cast<uint32_t>(-5));
}

TEST(Machine, AFusedLoadComesBehindTheProduct) {
  const auto v = vectors_after<3>(
      "ee.vld.128.ip q0, a2, 16\n ee.zero.accx\n ee.vmulas.s8.accx.ld.ip q0, a2, 16, q0, q0\n"
      "movi a6, 0\n ee.srs.accx a7, a6, 0\n s32i a7, a4, 0\n ee.vst.128.ip q0, a3, 0",
      {broadcast<uint8_t>(2), counting(50), {}});
  EXPECT_EQ(lanes_of<int32_t>(v[2])[0], 16 * 4);
  EXPECT_EQ(v[1], counting(50));
}

TEST(Machine, ConvertsAndComparesAndStoresFourFloats) {
  const auto v = vectors_after<2>(
      "movi a5, -3\n float.s f0, a5, 1\n const.s f1, 3\n mul.s f1, f0, f1\n const.s f2, 1\n const.s f3, 2\n"
      "mov a6, a2\n ee.stf.128.ip f3, f2, f1, f0, a6, 16\n sub a6, a6, a2\n s32i a6, a3, 0",
      {});
  EXPECT_EQ(v[0], of<float>({-1.5f, -0.75f, 1, 2}));
  EXPECT_EQ(lanes_of<int32_t>(v[1])[0], 16);
  EXPECT_EQ(result_of("movi a5, -1\n movi a6, 1\n saltu a2, a6, a5\n salt a7, a6, a5\n addx2 a2, a7, a2"), 1u);
}

TEST(Machine, ArgumentsBehindTheSixthAreOnTheStack) {
  EXPECT_EQ(result_of("l32i a8, a1, 32\n l32i a9, a1, 36\n sub a2, a8, a9", {1, 2, 3, 4, 5, 6, 70, 8}), 62u);
}

TEST(Machine, AVectorTimesALane) {
  EXPECT_EQ(computed("ee.zero.qacc\n ee.vsmulas.s8.qacc q0, q1, 2\n movi a5, 0\n ee.srcmb.s8.qacc q2, a5, 0",
                     of<int8_t>({1, 2, 3}), of<int8_t>({9, 9, -5})),
            of<int8_t>({-5, -10, -15}));
}

}  // namespace
}  // namespace thimble::s3
