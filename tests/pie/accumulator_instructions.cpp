// PIE, what accumulates: sums of products in ACCX, one for all lanes, and in QACC, one a lane (Technical Reference
// Manual 1.5.1.2 and 1.6.4). Sums saturate: ACCX at 40 bits, lanes of QACC at 20 or 40.
#include "tests/pie/lanes.h"

namespace thimble::s3 {
namespace {

constexpr const char* kBy8 = "i:-1024:1016:8";
constexpr const char* kBy16 = "i:-2048:2032:16";
constexpr const char* kFusedBy16 = "i:-512:496:16";  // of a load within a product

constexpr int64_t kAccxBits = (int64_t{1} << 40) - 1;

int64_t saturated(int64_t value, int bits, bool with_sign) {
  const int64_t range = int64_t{1} << (with_sign ? bits - 1 : bits);
  return limited(value, with_sign ? -range : 0, range - 1);
}
int64_t signed_bits(uint64_t value, int bits) { return static_cast<int64_t>(value << (64 - bits)) >> (64 - bits); }

// --- lanes of QACC: 16 of 20 bits or 8 of 40, the lowest first ---

uint64_t lane_bits(const Machine& m, size_t lane, size_t bits) {
  uint64_t value = 0;
  for (size_t bit = 0; bit < bits; ++bit) {
    const size_t at = lane * bits + bit;
    value |= static_cast<uint64_t>(m.qacc[at / 8] >> at % 8 & 1) << bit;
  }
  return value;
}
void set_lane(Machine& m, size_t lane, size_t bits, int64_t value) {
  for (size_t bit = 0; bit < bits; ++bit) {
    const size_t at = lane * bits + bit;
    const auto one = static_cast<uint8_t>(1u << at % 8);
    m.qacc[at / 8] = static_cast<uint8_t>((value >> bit & 1) != 0 ? m.qacc[at / 8] | one : m.qacc[at / 8] & ~one);
  }
}
template <class T>
constexpr size_t kLaneBits = sizeof(T) == 1 ? 20 : 40;

// --- products ---

template <class T>
void multiply_to_accx(Machine& m, const Vector& x, const Vector& y) {
  const Lanes<T> left = lanes_of<T>(x);
  const Lanes<T> right = lanes_of<T>(y);
  int64_t sum = std::is_signed_v<T> ? m.accx : m.accx & kAccxBits;
  for (size_t i = 0; i < left.size(); ++i) sum += int64_t{left[i]} * right[i];
  m.accx = signed_bits(static_cast<uint64_t>(saturated(sum, 40, std::is_signed_v<T>)), 40);
}

template <class T>
void add_to_lane(Machine& m, size_t lane, int64_t product) {
  constexpr size_t kBits = kLaneBits<T>;
  const uint64_t bits = lane_bits(m, lane, kBits);
  const int64_t before = std::is_signed_v<T> ? signed_bits(bits, kBits) : static_cast<int64_t>(bits);
  set_lane(m, lane, kBits, saturated(before + product, kBits, std::is_signed_v<T>));
}
template <class T>
void multiply_to_qacc(Machine& m, const Vector& x, const Vector& y) {
  const Lanes<T> left = lanes_of<T>(x);
  const Lanes<T> right = lanes_of<T>(y);
  for (size_t i = 0; i < left.size(); ++i) add_to_lane<T>(m, i, int64_t{left[i]} * right[i]);
}

using Multiply = void (*)(Machine&, const Vector&, const Vector&);

// The forms of a product: by itself, with a load, and with that and a funnel shift of two more registers. All read
// before any writes.
void add_products(std::vector<Instruction>* all, const std::string& name, const std::string& accumulator,
                  Multiply multiply) {
  all->push_back({name, "q<1 q<1", accumulator,
                  [multiply](Machine& m, const Operands& o) { multiply(m, m.q(o[0]), m.q(o[1])); }, Unit::kLanes});
  for (const bool by_register : {false, true}) {
    const std::string form = name + (by_register ? ".ld.xp" : ".ld.ip");
    const std::string operands = std::string("q>2 a<1>1 ") + (by_register ? "a<1" : kFusedBy16) + " q<1 q<1";
    const auto run = [multiply, by_register](Machine& m, const Operands& o, bool shifted) {
      multiply(m, m.q(o[3]), m.q(o[4]));
      const uint32_t step = by_register ? m.a(o[2]) : static_cast<uint32_t>(o[2]);
      const Vector loaded = m.load<Vector>(m.a(o[1]), shifted);
      if (shifted) m.q(o[5]) = funnel(m.q(o[5]), m.q(o[6]), m.sar_byte);
      m.q(o[0]) = loaded;
      m.a(o[1]) += step;
    };
    all->push_back(
        {form, operands, accumulator, [run](Machine& m, const Operands& o) { run(m, o, false); }, Unit::kLanes, 4});
    all->push_back({form + ".qup", operands + " q<1>1 q<1", accumulator + " SAR_BYTE<1",
                    [run](Machine& m, const Operands& o) { run(m, o, true); }, Unit::kLanes, 4});
  }
}

// With one element broadcast from memory, the next factor.
template <class T>
void add_broadcasting(std::vector<Instruction>* all, const std::string& name, const std::string& accumulator) {
  all->push_back({name + ".ldbc.incp", "q>2 a<1>1 q<1 q<1", accumulator,
                  [](Machine& m, const Operands& o) {
                    multiply_to_qacc<T>(m, m.q(o[2]), m.q(o[3]));
                    m.q(o[0]) = broadcast(m.load<T>(m.a(o[1])));
                    m.a(o[1]) += sizeof(T);
                  },
                  Unit::kLanes});
}

// A vector times one lane of another.
template <class T>
void add_selecting(std::vector<Instruction>* all, const std::string& name, const std::string& accumulator) {
  const std::string lane = sizeof(T) == 1 ? "i:0:15:1" : "i:0:7:1";
  const auto run = [](Machine& m, int32_t x, int32_t y, int32_t selected) {
    const T factor = lanes_of<T>(m.q(y))[static_cast<size_t>(selected)];
    multiply_to_qacc<T>(m, m.q(x), broadcast(factor));
  };
  all->push_back({name, "q<1 q<1 " + lane, accumulator,
                  [run](Machine& m, const Operands& o) { run(m, o[0], o[1], o[2]); }, Unit::kLanes});
  all->push_back({name + ".ld.incp", "q>2 a<1>1 q<1 q<1 " + lane, accumulator,
                  [run](Machine& m, const Operands& o) {
                    run(m, o[2], o[3], o[4]);
                    m.q(o[0]) = m.load<Vector>(m.a(o[1]));
                    m.a(o[1]) += 16;
                  },
                  Unit::kLanes, 4});
}

template <class T>
void add_type(std::vector<Instruction>* all, const std::string& type) {
  const std::string lanes = "QACC_L<2>2 QACC_H<2>2";
  add_products(all, "ee.vmulas." + type + ".accx", "ACCX<2>2", multiply_to_accx<T>);
  add_products(all, "ee.vmulas." + type + ".qacc", lanes, multiply_to_qacc<T>);
  add_broadcasting<T>(all, "ee.vmulas." + type + ".qacc", lanes);
  if constexpr (std::is_signed_v<T>) add_selecting<T>(all, "ee.vsmulas." + type + ".qacc", lanes);
  // Lanes from memory, or from a vector, extended.
  const auto extend = [](Machine& m, const Vector& from) {
    const Lanes<T> values = lanes_of<T>(from);
    for (size_t i = 0; i < values.size(); ++i) set_lane(m, i, kLaneBits<T>, values[i]);
  };
  all->push_back({"ee.mov." + type + ".qacc", "q<1", "QACC_L>1 QACC_H>1",
                  [extend](Machine& m, const Operands& o) { extend(m, m.q(o[0])); }});
  all->push_back({"ee.ldqa." + type + ".128.ip", std::string("a<1>1 ") + kBy16, "QACC_L>2 QACC_H>2",
                  [extend](Machine& m, const Operands& o) {
                    extend(m, m.load<Vector>(m.a(o[0])));
                    m.a(o[0]) += static_cast<uint32_t>(o[1]);
                  }});
}

// --- what comes out ---

// Every lane moves right, for good, and its lower part is taken out, saturated.
template <class T>
Instruction shift_lanes(const char* name) {
  return {name, "q>1 a<1 i:0:1:1", "QACC_L<1>1 QACC_H<1>1",
          [](Machine& m, const Operands& o) {
            const uint32_t shift = m.a(o[1]) & (sizeof(T) == 1 ? 31 : 63);
            Lanes<T> result;
            for (size_t i = 0; i < result.size(); ++i) {
              const int64_t lane = signed_bits(lane_bits(m, i, kLaneBits<T>), kLaneBits<T>) >> shift;
              set_lane(m, i, kLaneBits<T>, lane);
              result[i] = static_cast<T>(limited(lane, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
            }
            m.q(o[0]) = vector_of<T>(result);
          },
          Unit::kAccumulator};
}

void add_whole_accumulators(std::vector<Instruction>* all) {
  all->push_back({"ee.zero.accx", "", "ACCX>1", [](Machine& m, const Operands&) { m.accx = 0; }});
  all->push_back({"ee.zero.qacc", "", "QACC_L>1 QACC_H>1", [](Machine& m, const Operands&) { m.qacc.fill(0); }});
  all->push_back({"ee.srs.accx", "a>1 a<1 i:0:1:1", "ACCX<1>1",
                  [](Machine& m, const Operands& o) {
                    m.accx >>= m.a(o[1]) & 63;
                    m.a(o[0]) = static_cast<uint32_t>(limited(m.accx, INT32_MIN, INT32_MAX));
                  },
                  Unit::kAccumulator});
  all->push_back({"ee.ld.accx.ip", std::string("a<1>1 ") + kBy8, "ACCX>2", [](Machine& m, const Operands& o) {
                    m.accx = signed_bits(m.load<uint64_t>(m.a(o[0])), 40);
                    m.a(o[0]) += static_cast<uint32_t>(o[1]);
                  }});
  all->push_back({"ee.st.accx.ip", std::string("a<1>1 ") + kBy8, "ACCX<1", [](Machine& m, const Operands& o) {
                    m.store(m.a(o[0]), static_cast<uint64_t>(m.accx & kAccxBits));
                    m.a(o[0]) += static_cast<uint32_t>(o[1]);
                  }});
  for (const size_t half : {size_t{0}, size_t{1}}) {
    const std::string reg = half == 0 ? "QACC_L" : "QACC_H";
    const std::string name = std::string("ee.st.qacc_") + (half == 0 ? "l" : "h");
    all->push_back(
        {name + ".l.128.ip", std::string("a<1>1 ") + kBy16, reg + "<1", [half](Machine& m, const Operands& o) {
           Vector lower;
           std::memcpy(lower.data(), m.qacc.data() + 20 * half, lower.size());
           m.store(m.a(o[0]), lower);
           m.a(o[0]) += static_cast<uint32_t>(o[1]);
         }});
    all->push_back({name + ".h.32.ip", "a<1>1 i:-512:508:4", reg + "<1", [half](Machine& m, const Operands& o) {
                      uint32_t upper;
                      std::memcpy(&upper, m.qacc.data() + 20 * half + 16, sizeof upper);
                      m.store(m.a(o[0]), upper);
                      m.a(o[0]) += static_cast<uint32_t>(o[1]);
                    }});
  }
  // The accumulator in words; the manual gives no stages for these, so the earliest are taken.
  all->push_back({"rur.accx_0", "a>1", "ACCX<1",
                  [](Machine& m, const Operands& o) { m.a(o[0]) = static_cast<uint32_t>(m.accx); }});
  all->push_back({"rur.accx_1", "a>1", "ACCX<1",
                  [](Machine& m, const Operands& o) { m.a(o[0]) = static_cast<uint32_t>(m.accx >> 32) & 0xff; }});
  all->push_back({"wur.accx_0", "a<1", "ACCX>1", [](Machine& m, const Operands& o) {
                    m.accx = (m.accx & ~int64_t{0xffffffff}) | int64_t{m.a(o[0])};
                  }});
  all->push_back({"wur.accx_1", "a<1", "ACCX>1", [](Machine& m, const Operands& o) {
                    const uint64_t upper = uint64_t{m.a(o[0]) & 0xff} << 32;
                    m.accx = signed_bits(upper | (static_cast<uint64_t>(m.accx) & 0xffffffff), 40);
                  }});
}

}  // namespace

std::vector<Instruction> accumulator_instructions() {
  std::vector<Instruction> all;
  add_type<int8_t>(&all, "s8");
  add_type<int16_t>(&all, "s16");
  add_type<uint8_t>(&all, "u8");
  add_type<uint16_t>(&all, "u16");
  add_whole_accumulators(&all);
  all.push_back(shift_lanes<int8_t>("ee.srcmb.s8.qacc"));
  all.push_back(shift_lanes<int16_t>("ee.srcmb.s16.qacc"));
  return all;
}

}  // namespace thimble::s3
