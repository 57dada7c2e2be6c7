// The floating-point unit, and PIE's loads and stores of four of its registers. No document has the unit's stages: a
// result is there for the fourth instruction behind, as GCC's model of the processor has it, and a loaded one for the
// next, which the published 432 cycles of esp-dsp's dot product of 256 floats take for granted.
#include <bit>
#include <cmath>

#include "tests/pie/machine.h"

namespace thimble::s3 {

std::vector<Instruction> float_instructions() {
  const auto load_four = [](Machine& m, const Operands& o, uint32_t step) {
    const auto four = m.load<std::array<float, 4>>(m.a(o[4]));
    for (size_t i = 0; i < 4; ++i) m.f(o[3 - i]) = four[i];
    m.a(o[4]) += step;
  };
  const auto store_four = [](Machine& m, const Operands& o, uint32_t step) {
    std::array<float, 4> four;
    for (size_t i = 0; i < 4; ++i) four[i] = m.f(o[3 - i]);
    m.store(m.a(o[4]), four);
    m.a(o[4]) += step;
  };
  return {
      {"ee.ldf.128.ip", "f>2 f>2 f>2 f>2 a<1>1 i:-128:112:16", "",
       [load_four](Machine& m, const Operands& o) { load_four(m, o, static_cast<uint32_t>(o[5])); }, Unit::kNone, 4},
      {"ee.ldf.128.xp", "f>2 f>2 f>2 f>2 a<1>1 a<1", "",
       [load_four](Machine& m, const Operands& o) { load_four(m, o, m.a(o[5])); }, Unit::kNone, 4},
      {"ee.stf.128.ip", "f<1 f<1 f<1 f<1 a<1>1 i:-128:112:16", "",
       [store_four](Machine& m, const Operands& o) { store_four(m, o, static_cast<uint32_t>(o[5])); }, Unit::kNone, 4},
      {"ee.stf.128.xp", "f<1 f<1 f<1 f<1 a<1>1 a<1", "",
       [store_four](Machine& m, const Operands& o) { store_four(m, o, m.a(o[5])); }, Unit::kNone, 4},
      {"lsi", "f>2 a<1 i:0:1020:4", "",
       [](Machine& m, const Operands& o) {
         m.f(o[0]) = std::bit_cast<float>(m.load_word(m.a(o[1]) + static_cast<uint32_t>(o[2]), 4));
       }},
      {"ssi", "f<1 a<1 i:0:1020:4", "",
       [](Machine& m, const Operands& o) {
         m.store_word(m.a(o[1]) + static_cast<uint32_t>(o[2]), std::bit_cast<uint32_t>(m.f(o[0])), 4);
       }},
      {"wfr", "f>1 a<1", "", [](Machine& m, const Operands& o) { m.f(o[0]) = std::bit_cast<float>(m.a(o[1])); }},
      {"float.s", "f>5 a<1 i:0:15:1", "",
       [](Machine& m, const Operands& o) {
         m.f(o[0]) = std::ldexp(static_cast<float>(static_cast<int32_t>(m.a(o[1]))), -o[2]);
       }},
      {"const.s", "f>1 i:0:3:1", "",
       [](Machine& m, const Operands& o) {
         m.f(o[0]) = std::array{0.0f, 1.0f, 2.0f, 0.5f}[static_cast<size_t>(o[1])];
       }},
      {"add.s", "f>5 f<2 f<2", "", [](Machine& m, const Operands& o) { m.f(o[0]) = m.f(o[1]) + m.f(o[2]); }},
      {"mul.s", "f>5 f<2 f<2", "", [](Machine& m, const Operands& o) { m.f(o[0]) = m.f(o[1]) * m.f(o[2]); }},
      {"madd.s", "f<2>5 f<2 f<2", "",
       [](Machine& m, const Operands& o) { m.f(o[0]) = std::fma(m.f(o[1]), m.f(o[2]), m.f(o[0])); }},
  };
}

}  // namespace thimble::s3
