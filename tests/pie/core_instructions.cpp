// The processor's own instructions: integers, branches, loops, and those of the options MAC16 and floating point.
#include <bit>

#include "tests/pie/machine.h"

namespace thimble::s3 {
namespace {

int32_t as_signed(uint32_t x) { return static_cast<int32_t>(x); }
uint32_t as_unsigned(int32_t x) { return static_cast<uint32_t>(x); }
int64_t upper_and_lower(int32_t x, int32_t y) { return int64_t{x} * y; }

// rd = f(rs, rt)
template <class F>
Instruction binary(const char* name, F f, int ready = 1) {
  return {name, "a>" + std::to_string(ready) + " a<1 a<1", "",
          [f](Machine& m, const Operands& o) { m.a(o[0]) = f(m.a(o[1]), m.a(o[2])); }};
}
template <class F>
Instruction unary(const char* name, F f) {
  return {name, "a>1 a<1", "", [f](Machine& m, const Operands& o) { m.a(o[0]) = f(m.a(o[1])); }};
}
template <class F>
Instruction with_immediate(const char* name, const char* immediate, F f) {
  return {name, std::string("a>1 a<1 ") + immediate, "",
          [f](Machine& m, const Operands& o) { m.a(o[0]) = f(m.a(o[1]), o[2]); }};
}
template <class F>
Instruction conditional_move(const char* name, F holds) {
  return {name, "a<1>1 a<1 a<1", "", [holds](Machine& m, const Operands& o) {
            if (holds(as_signed(m.a(o[2])))) m.a(o[0]) = m.a(o[1]);
          }};
}
template <class F>
Instruction branch(const char* name, F holds) {  // of a register against zero
  return {name, "a<1 l", "", [holds](Machine& m, const Operands& o) {
            if (holds(as_signed(m.a(o[0])))) m.jump(o[1]);
          }};
}
template <class F>
Instruction branch_pair(const char* name, const char* other, F holds) {
  const bool immediate = other[0] != 'a';
  return {name, std::string("a<1 ") + other + " l", "", [holds, immediate](Machine& m, const Operands& o) {
            if (holds(m.a(o[0]), immediate ? as_unsigned(o[1]) : m.a(o[1]))) m.jump(o[2]);
          }};
}
Instruction load(const char* name, size_t bytes, const char* offset, bool sign = false) {
  return {name, std::string("a>2 a<1 ") + offset, "", [bytes, sign](Machine& m, const Operands& o) {
            uint32_t value = m.load_word(m.a(o[1]) + as_unsigned(o[2]), bytes);
            if (sign) value = as_unsigned(static_cast<int16_t>(value));
            m.a(o[0]) = value;
          }};
}
Instruction store(const char* name, size_t bytes, const char* offset) {
  return {name, std::string("a<1 a<1 ") + offset, "",
          [bytes](Machine& m, const Operands& o) { m.store_word(m.a(o[1]) + as_unsigned(o[2]), m.a(o[0]), bytes); }};
}

std::vector<Instruction> arithmetic() {
  const auto shifted_left = [](uint32_t x, int32_t by) { return x << by; };
  return {
      binary("add", [](uint32_t x, uint32_t y) { return x + y; }),
      binary("addx2", [](uint32_t x, uint32_t y) { return (x << 1) + y; }),
      binary("addx4", [](uint32_t x, uint32_t y) { return (x << 2) + y; }),
      binary("addx8", [](uint32_t x, uint32_t y) { return (x << 3) + y; }),
      binary("sub", [](uint32_t x, uint32_t y) { return x - y; }),
      binary("subx4", [](uint32_t x, uint32_t y) { return (x << 2) - y; }),
      binary("and", [](uint32_t x, uint32_t y) { return x & y; }),
      binary("or", [](uint32_t x, uint32_t y) { return x | y; }),
      binary("xor", [](uint32_t x, uint32_t y) { return x ^ y; }),
      binary("salt", [](uint32_t x, uint32_t y) { return as_signed(x) < as_signed(y) ? 1u : 0u; }),
      binary("saltu", [](uint32_t x, uint32_t y) { return x < y ? 1u : 0u; }),
      binary("min", [](uint32_t x, uint32_t y) { return as_signed(x) < as_signed(y) ? x : y; }),
      binary("max", [](uint32_t x, uint32_t y) { return as_signed(x) > as_signed(y) ? x : y; }),
      binary("minu", [](uint32_t x, uint32_t y) { return x < y ? x : y; }),
      binary("maxu", [](uint32_t x, uint32_t y) { return x > y ? x : y; }),
      binary(
          "mull", [](uint32_t x, uint32_t y) { return x * y; }, 2),
      binary(
          "mulsh",
          [](uint32_t x, uint32_t y) {
            return as_unsigned(static_cast<int32_t>(upper_and_lower(as_signed(x), as_signed(y)) >> 32));
          },
          2),
      binary(
          "mul16s",
          [](uint32_t x, uint32_t y) { return as_unsigned(static_cast<int16_t>(x) * static_cast<int16_t>(y)); }, 2),
      unary("mov", [](uint32_t x) { return x; }),
      unary("neg", [](uint32_t x) { return 0 - x; }),
      unary("abs", [](uint32_t x) { return as_signed(x) < 0 ? 0 - x : x; }),
      unary("nsau", [](uint32_t x) { return static_cast<uint32_t>(std::countl_zero(x)); }),
      with_immediate("addi", "i:-128:127:1", [](uint32_t x, int32_t y) { return x + as_unsigned(y); }),
      with_immediate("addmi", "i:-32768:32512:256", [](uint32_t x, int32_t y) { return x + as_unsigned(y); }),
      with_immediate("slli", "i:1:31:1", shifted_left),
      with_immediate("srli", "i:0:15:1", [](uint32_t x, int32_t by) { return x >> by; }),
      with_immediate("srai", "i:0:31:1", [](uint32_t x, int32_t by) { return as_unsigned(as_signed(x) >> by); }),
      with_immediate("sext", "i:7:22:1",
                     [](uint32_t x, int32_t bit) { return as_unsigned(as_signed(x << (31 - bit)) >> (31 - bit)); }),
      {"movi", "a>1 i:-2048:2047:1", "", [](Machine& m, const Operands& o) { m.a(o[0]) = as_unsigned(o[1]); }},
      {"extui", "a>1 a<1 i:0:31:1 i:1:16:1", "",
       [](Machine& m, const Operands& o) { m.a(o[0]) = m.a(o[1]) >> o[2] & ((1u << o[3]) - 1); }},
      {"l32r", "a>2 d", "", [](Machine& m, const Operands& o) { m.a(o[0]) = m.literal(o[1]); }},
      conditional_move("moveqz", [](int32_t x) { return x == 0; }),
      conditional_move("movnez", [](int32_t x) { return x != 0; }),
      conditional_move("movgez", [](int32_t x) { return x >= 0; }),
      conditional_move("movltz", [](int32_t x) { return x < 0; }),
  };
}

std::vector<Instruction> shifts() {
  const auto set_shift = [](const char* name, auto amount) {
    return Instruction{name, "a<1", "SAR>1", [amount](Machine& m, const Operands& o) { m.sar = amount(m.a(o[0])); }};
  };
  return {
      {"ssai", "i:0:31:1", "SAR>1", [](Machine& m, const Operands& o) { m.sar = as_unsigned(o[0]); }},
      set_shift("ssr", [](uint32_t x) { return x & 31; }),
      set_shift("ssl", [](uint32_t x) { return 32 - (x & 31); }),
      {"sll", "a>1 a<1", "SAR<1",
       [](Machine& m, const Operands& o) { m.a(o[0]) = static_cast<uint32_t>(uint64_t{m.a(o[1])} << (32 - m.sar)); }},
      {"srl", "a>1 a<1", "SAR<1",
       [](Machine& m, const Operands& o) { m.a(o[0]) = static_cast<uint32_t>(uint64_t{m.a(o[1])} >> m.sar); }},
      {"sra", "a>1 a<1", "SAR<1",
       [](Machine& m, const Operands& o) {
         m.a(o[0]) = as_unsigned(static_cast<int32_t>(int64_t{as_signed(m.a(o[1]))} >> m.sar));
       }},
      {"src", "a>1 a<1 a<1", "SAR<1",
       [](Machine& m, const Operands& o) {
         m.a(o[0]) = static_cast<uint32_t>((uint64_t{m.a(o[1])} << 32 | m.a(o[2])) >> m.sar);
       }},
  };
}

std::vector<Instruction> control() {
  const auto ignore = [](Machine&, const Operands&) {};
  const auto loop = [](Machine& m, const Operands& o) { m.begin_loop(m.a(o[0]), o[1]); };
  const auto loop_where = [loop](auto holds) {
    return [loop, holds](Machine& m, const Operands& o) {
      if (holds(as_signed(m.a(o[0])))) {
        loop(m, o);
      } else {
        m.jump(o[1]);
      }
    };
  };
  return {
      {"entry", "a<1>1 i:0:32760:8", "", [](Machine& m, const Operands& o) { m.a(o[0]) -= as_unsigned(o[1]); }},
      {"retw", "", "", [](Machine& m, const Operands&) { m.leave(); }},
      {"nop", "", "", ignore},
      {"j", "l", "", [](Machine& m, const Operands& o) { m.jump(o[0]); }},
      {"loop", "a<1 l", "", loop},
      {"loopnez", "a<1 l", "", loop_where([](int32_t x) { return x != 0; })},
      {"loopgtz", "a<1 l", "", loop_where([](int32_t x) { return x > 0; })},
      branch("beqz", [](int32_t x) { return x == 0; }),
      branch("bnez", [](int32_t x) { return x != 0; }),
      branch("bgez", [](int32_t x) { return x >= 0; }),
      branch("bltz", [](int32_t x) { return x < 0; }),
      branch_pair("beq", "a<1", [](uint32_t x, uint32_t y) { return x == y; }),
      branch_pair("bne", "a<1", [](uint32_t x, uint32_t y) { return x != y; }),
      branch_pair("bge", "a<1", [](uint32_t x, uint32_t y) { return as_signed(x) >= as_signed(y); }),
      branch_pair("blt", "a<1", [](uint32_t x, uint32_t y) { return as_signed(x) < as_signed(y); }),
      branch_pair("bgeu", "a<1", [](uint32_t x, uint32_t y) { return x >= y; }),
      branch_pair("bltu", "a<1", [](uint32_t x, uint32_t y) { return x < y; }),
      branch_pair("beqi", "c", [](uint32_t x, uint32_t y) { return x == y; }),
      branch_pair("bnei", "c", [](uint32_t x, uint32_t y) { return x != y; }),
      branch_pair("bgei", "c", [](uint32_t x, uint32_t y) { return as_signed(x) >= as_signed(y); }),
      branch_pair("blti", "c", [](uint32_t x, uint32_t y) { return as_signed(x) < as_signed(y); }),
      branch_pair("bgeui", "u", [](uint32_t x, uint32_t y) { return x >= y; }),
      branch_pair("bltui", "u", [](uint32_t x, uint32_t y) { return x < y; }),
      branch_pair("bbci", "i:0:31:1", [](uint32_t x, uint32_t bit) { return (x >> bit & 1) == 0; }),
      branch_pair("bbsi", "i:0:31:1", [](uint32_t x, uint32_t bit) { return (x >> bit & 1) != 0; }),
      // A call of another function; kernels have none, and where those of others do it is on a way that is not taken.
      {"call8", "s", "", [](Machine&, const Operands&) { throw Error("calls another function"); }},
  };
}

std::vector<Instruction> memory() {
  return {
      load("l32i", 4, "i:0:1020:4"), load("l16ui", 2, "i:0:510:2"),  load("l16si", 2, "i:0:510:2", true),
      load("l8ui", 1, "i:0:255:1"),  store("s32i", 4, "i:0:1020:4"), store("s16i", 2, "i:0:510:2"),
      store("s8i", 1, "i:0:255:1"),
  };
}

// Products of halves into an accumulator of 40 bits.
std::vector<Instruction> mac16() {
  const auto half = [](uint32_t x, char which) { return static_cast<int16_t>(which == 'h' ? x >> 16 : x); };
  const auto wrapped = [](int64_t x) { return static_cast<int64_t>(static_cast<uint64_t>(x) << 24) >> 24; };
  std::vector<Instruction> all;
  for (const char* halves : {"ll", "lh", "hl", "hh"}) {
    all.push_back({std::string("mula.aa.") + halves, "a<1 a<1", "ACC<2>2",
                   [half, wrapped, halves](Machine& m, const Operands& o) {
                     m.mac16 = wrapped(m.mac16 + half(m.a(o[0]), halves[0]) * half(m.a(o[1]), halves[1]));
                   }});
  }
  return all;
}

// The halves of MAC16's accumulator are written one by one.
std::vector<Instruction> special_registers() {
  constexpr int64_t kLower = 0xffffffff;
  return {
      {"wsr.sar", "a<1", "SAR>1", [](Machine& m, const Operands& o) { m.sar = m.a(o[0]) & 63; }},
      {"rsr.sar", "a>1", "SAR<1", [](Machine& m, const Operands& o) { m.a(o[0]) = m.sar; }},
      {"wsr.acclo", "a<1", "ACC>2",
       [](Machine& m, const Operands& o) { m.mac16 = (m.mac16 & ~kLower) | int64_t{m.a(o[0])}; }},
      {"wsr.acchi", "a<1", "ACC>2",
       [](Machine& m, const Operands& o) {
         m.mac16 = int64_t{static_cast<int8_t>(m.a(o[0]))} * (kLower + 1) + (m.mac16 & kLower);
       }},
      {"rsr.acclo", "a>1", "ACC<1", [](Machine& m, const Operands& o) { m.a(o[0]) = static_cast<uint32_t>(m.mac16); }},
      {"rsr.acchi", "a>1", "ACC<1",
       [](Machine& m, const Operands& o) { m.a(o[0]) = static_cast<uint32_t>(m.mac16 >> 32); }},
  };
}

void append(std::vector<Instruction>* to, std::vector<Instruction> from) {
  to->insert(to->end(), from.begin(), from.end());
}

}  // namespace

std::vector<Instruction> core_instructions() {
  std::vector<Instruction> all = arithmetic();
  for (auto part : {shifts(), control(), memory(), mac16(), special_registers()}) append(&all, part);
  return all;
}

}  // namespace thimble::s3
