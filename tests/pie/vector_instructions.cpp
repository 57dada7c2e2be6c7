// PIE, without what accumulates: loads and stores, arithmetic on lanes, logic, shifts, and moves between registers
// (Technical Reference Manual 1.6.1 to 1.6.7).
#include "tests/pie/lanes.h"

namespace thimble::s3 {
namespace {

constexpr const char* kBy16 = "i:-2048:2032:16";
constexpr const char* kBy8 = "i:-1024:1016:8";

// --- loads and stores ---

// Two forms of each access: the address moves on by an immediate, or by a register.
template <class Access>
void add_access(std::vector<Instruction>* all, const std::string& name, const std::string& reg, const char* immediate,
                const std::string& implied, Access access, size_t bytes_ip = 3, size_t bytes_xp = 3) {
  all->push_back({name + ".ip", reg + " a<1>1 " + immediate, implied,
                  [access](Machine& m, const Operands& o) {
                    access(m, o);
                    m.a(o[o.size() - 2]) += static_cast<uint32_t>(o[o.size() - 1]);
                  },
                  Unit::kNone, bytes_ip});
  all->push_back({name + ".xp", reg + " a<1>1 a<1", implied,
                  [access](Machine& m, const Operands& o) {
                    const uint32_t step = m.a(o[o.size() - 1]);
                    access(m, o);
                    m.a(o[o.size() - 2]) += step;
                  },
                  Unit::kNone, bytes_xp});
}

using Half = std::array<uint8_t, 8>;

template <class T>
void add_broadcast(std::vector<Instruction>* all, const std::string& name, const char* immediate) {
  const auto access = [](Machine& m, const Operands& o) { m.q(o[0]) = broadcast(m.load<T>(m.a(o[1]))); };
  all->push_back({name, "q>2 a<1", "", access});
  add_access(all, name, "q>2", immediate, "", access);
}

void add_loads(std::vector<Instruction>* all) {
  add_access(all, "ee.vld.128", "q>2", kBy16, "",
             [](Machine& m, const Operands& o) { m.q(o[0]) = m.load<Vector>(m.a(o[1])); });
  // Addresses of any alignment; the bits that are dropped are kept for later.
  add_access(all, "ee.ld.128.usar", "q>2", kBy16, "SAR_BYTE>1", [](Machine& m, const Operands& o) {
    m.sar_byte = m.a(o[1]) & 15;
    m.q(o[0]) = m.load<Vector>(m.a(o[1]), true);
  });
  for (const size_t first : {size_t{0}, size_t{8}}) {
    add_access(all, first == 0 ? "ee.vld.l.64" : "ee.vld.h.64", "q>2", kBy8, "",
               [first](Machine& m, const Operands& o) {
                 const Half half = m.load<Half>(m.a(o[1]));
                 std::copy(half.begin(), half.end(), m.q(o[0]).begin() + static_cast<ptrdiff_t>(first));
               });
    add_access(all, first == 0 ? "ee.vst.l.64" : "ee.vst.h.64", "q<1", kBy8, "",
               [first](Machine& m, const Operands& o) {
                 Half half;
                 std::copy_n(m.q(o[0]).begin() + static_cast<ptrdiff_t>(first), half.size(), half.begin());
                 m.store(m.a(o[1]), half);
               });
  }
  add_broadcast<uint8_t>(all, "ee.vldbc.8", "i:0:127:1");
  add_broadcast<uint16_t>(all, "ee.vldbc.16", "i:0:254:2");
  add_broadcast<uint32_t>(all, "ee.vldbc.32", "i:-512:508:4");
  add_access(all, "ee.vst.128", "q<1", kBy16, "", [](Machine& m, const Operands& o) { m.store(m.a(o[1]), m.q(o[0])); });
  all->push_back({"ee.srcq.128.st.incp", "q<1 q<1 a<1>1", "SAR_BYTE<1", [](Machine& m, const Operands& o) {
                    const uint32_t address = m.a(o[2]);
                    m.store(address & ~15u, funnel(m.q(o[0]), m.q(o[1]), m.sar_byte));
                    m.a(o[2]) = address + 16;
                  }});
}

// --- arithmetic on lanes ---

// op by itself, with a load of another vector, and with a store of one.
template <class Compute>
void add_lane_op(std::vector<Instruction>* all, const std::string& name, int ready, const std::string& implied,
                 Compute compute) {
  const std::string result = "q>" + std::to_string(ready);
  all->push_back({name, result + " q<1 q<1", implied,
                  [compute](Machine& m, const Operands& o) { m.q(o[0]) = compute(m, m.q(o[1]), m.q(o[2])); },
                  Unit::kLanes});
  all->push_back({name + ".ld.incp", "q>2 a<1>1 " + result + " q<1 q<1", implied,
                  [compute](Machine& m, const Operands& o) {
                    if (o[0] == o[2]) throw Error("writes one register twice");
                    const Vector value = compute(m, m.q(o[3]), m.q(o[4]));
                    m.q(o[0]) = m.load<Vector>(m.a(o[1]));
                    m.a(o[1]) += 16;
                    m.q(o[2]) = value;
                  },
                  Unit::kLanes, 4});
  all->push_back({name + ".st.incp", "q<1 a<1>1 " + result + " q<1 q<1", implied,
                  [compute](Machine& m, const Operands& o) {
                    const Vector value = compute(m, m.q(o[3]), m.q(o[4]));
                    m.store(m.a(o[1]), m.q(o[0]));
                    m.a(o[1]) += 16;
                    m.q(o[2]) = value;
                  },
                  Unit::kLanes, 4});
}

template <class T, class F>
Vector each_lane(const Vector& x, const Vector& y, F f) {
  const Lanes<T> left = lanes_of<T>(x);
  const Lanes<T> right = lanes_of<T>(y);
  Lanes<T> result;
  for (size_t i = 0; i < result.size(); ++i) result[i] = static_cast<T>(f(int64_t{left[i]}, int64_t{right[i]}));
  return vector_of<T>(result);
}

template <class T>
void add_arithmetic(std::vector<Instruction>* all, const std::string& type) {
  constexpr int64_t kLeast = std::numeric_limits<T>::min();
  constexpr int64_t kMost = std::numeric_limits<T>::max();
  const auto op = [&](const char* name, auto f) {
    add_lane_op(all, name + type, 1, "",
                [f](Machine&, const Vector& x, const Vector& y) { return each_lane<T>(x, y, f); });
  };
  op("ee.vadds.", [](int64_t x, int64_t y) { return limited(x + y, kLeast, kMost); });
  op("ee.vsubs.", [](int64_t x, int64_t y) { return limited(x - y, kLeast, kMost); });
  op("ee.vmax.", [](int64_t x, int64_t y) { return x > y ? x : y; });
  op("ee.vmin.", [](int64_t x, int64_t y) { return x < y ? x : y; });
  const auto compare = [&](const char* name, auto holds) {
    all->push_back({name + type, "q>1 q<1 q<1", "",
                    [holds](Machine& m, const Operands& o) {
                      m.q(o[0]) = each_lane<T>(m.q(o[1]), m.q(o[2]),
                                               [holds](int64_t x, int64_t y) { return holds(x, y) ? -1 : 0; });
                    },
                    Unit::kLanes});
  };
  compare("ee.vcmp.eq.", [](int64_t x, int64_t y) { return x == y; });
  compare("ee.vcmp.lt.", [](int64_t x, int64_t y) { return x < y; });
  compare("ee.vcmp.gt.", [](int64_t x, int64_t y) { return x > y; });
}

// The lower bits of the product behind SAR; nothing saturates.
template <class T>
void add_product(std::vector<Instruction>* all, const std::string& type) {
  add_lane_op(all, "ee.vmul." + type, 2, "SAR<1", [](Machine& m, const Vector& x, const Vector& y) {
    const uint32_t shift = m.sar & 63;
    return each_lane<T>(x, y, [shift](int64_t a, int64_t b) { return a * b >> shift; });
  });
}

// --- logic, shifts, order ---

template <class F>
Instruction logic(const char* name, F f) {
  return {name, "q>1 q<1 q<1", "",
          [f](Machine& m, const Operands& o) { m.q(o[0]) = each_lane<uint32_t>(m.q(o[1]), m.q(o[2]), f); }};
}

template <class T>
void add_zips(std::vector<Instruction>* all, const std::string& width) {
  constexpr size_t kCount = 16 / sizeof(T);
  using Both = std::array<T, 2 * kCount>;
  const auto rearranged = [](Machine& m, const Operands& o, auto order) {
    const Lanes<T> low = lanes_of<T>(m.q(o[0]));
    const Lanes<T> high = lanes_of<T>(m.q(o[1]));
    Both from;
    std::copy(low.begin(), low.end(), from.begin());
    std::copy(high.begin(), high.end(), from.begin() + kCount);
    Lanes<T> first, second;
    for (size_t i = 0; i < kCount; ++i) {
      first[i] = from[order(i)];
      second[i] = from[order(i + kCount)];
    }
    m.q(o[0]) = vector_of<T>(first);
    m.q(o[1]) = vector_of<T>(second);
  };
  all->push_back({"ee.vzip." + width, "q<1>1 q<1>1", "", [rearranged](Machine& m, const Operands& o) {
                    rearranged(m, o, [](size_t i) { return i / 2 + i % 2 * kCount; });
                  }});
  all->push_back({"ee.vunzip." + width, "q<1>1 q<1>1", "", [rearranged](Machine& m, const Operands& o) {
                    rearranged(m, o, [](size_t i) { return i < kCount ? 2 * i : 2 * (i - kCount) + 1; });
                  }});
}

void add_shifts(std::vector<Instruction>* all) {
  all->push_back({"ee.vsl.32", "q>1 q<1", "SAR<1", [](Machine& m, const Operands& o) {
                    Lanes<uint32_t> lanes = lanes_of<uint32_t>(m.q(o[1]));
                    for (uint32_t& lane : lanes) lane <<= m.sar & 31;
                    m.q(o[0]) = vector_of<uint32_t>(lanes);
                  }});
  all->push_back({"ee.vsr.32", "q>1 q<1", "SAR<1", [](Machine& m, const Operands& o) {
                    Lanes<int32_t> lanes = lanes_of<int32_t>(m.q(o[1]));
                    for (int32_t& lane : lanes) lane >>= m.sar & 31;
                    m.q(o[0]) = vector_of<int32_t>(lanes);
                  }});
  all->push_back({"ee.src.q", "q>1 q<1 q<1", "SAR_BYTE<1",
                  [](Machine& m, const Operands& o) { m.q(o[0]) = funnel(m.q(o[1]), m.q(o[2]), m.sar_byte); }});
  all->push_back({"ee.src.q.qup", "q>1 q<1>1 q<1", "SAR_BYTE<1", [](Machine& m, const Operands& o) {
                    const Vector upper = m.q(o[2]);
                    const Vector value = funnel(m.q(o[1]), upper, m.sar_byte);
                    m.q(o[1]) = upper;
                    m.q(o[0]) = value;
                  }});
  const auto shift_and_load = [](Machine& m, const Operands& o, uint32_t step) {
    const Vector value = funnel(m.q(o[3]), m.q(o[4]), m.sar_byte);
    m.q(o[0]) = m.load<Vector>(m.a(o[1]), true);
    m.a(o[1]) += step;
    m.q(o[3]) = value;
  };
  all->push_back(
      {"ee.src.q.ld.ip", "q>2 a<1>1 " + std::string(kBy16) + " q<1>1 q<1", "SAR_BYTE<1",
       [shift_and_load](Machine& m, const Operands& o) { shift_and_load(m, o, static_cast<uint32_t>(o[2])); },
       Unit::kNone, 4});
  all->push_back({"ee.src.q.ld.xp", "q>2 a<1>1 a<1 q<1>1 q<1", "SAR_BYTE<1",
                  [shift_and_load](Machine& m, const Operands& o) { shift_and_load(m, o, m.a(o[2])); }, Unit::kNone,
                  4});
}

void add_moves(std::vector<Instruction>* all) {
  all->push_back({"ee.zero.q", "q>1", "", [](Machine& m, const Operands& o) { m.q(o[0]).fill(0); }});
  all->push_back({"ee.movi.32.a", "q<1 a>1 i:0:3:1", "", [](Machine& m, const Operands& o) {
                    m.a(o[1]) = lanes_of<uint32_t>(m.q(o[0]))[static_cast<size_t>(o[2])];
                  }});
  all->push_back({"ee.movi.32.q", "q>1 a<1 i:0:3:1", "", [](Machine& m, const Operands& o) {
                    Lanes<uint32_t> lanes = lanes_of<uint32_t>(m.q(o[0]));
                    lanes[static_cast<size_t>(o[2])] = m.a(o[1]);
                    m.q(o[0]) = vector_of<uint32_t>(lanes);
                  }});
  all->push_back(
      {"wur.sar_byte", "a<1", "SAR_BYTE>1", [](Machine& m, const Operands& o) { m.sar_byte = m.a(o[0]) & 15; }});
}

}  // namespace

std::vector<Instruction> vector_instructions() {
  std::vector<Instruction> all = {
      logic("ee.andq", [](int64_t x, int64_t y) { return x & y; }),
      logic("ee.orq", [](int64_t x, int64_t y) { return x | y; }),
      logic("ee.xorq", [](int64_t x, int64_t y) { return x ^ y; }),
      {"ee.notq", "q>1 q<1", "",
       [](Machine& m, const Operands& o) {
         m.q(o[0]) = each_lane<uint32_t>(m.q(o[1]), m.q(o[1]), [](int64_t x, int64_t) { return ~x; });
       }},
  };
  add_loads(&all);
  add_arithmetic<int8_t>(&all, "s8");
  add_arithmetic<int16_t>(&all, "s16");
  add_arithmetic<int32_t>(&all, "s32");
  add_product<int8_t>(&all, "s8");
  add_product<int16_t>(&all, "s16");
  add_product<uint8_t>(&all, "u8");
  add_product<uint16_t>(&all, "u16");
  add_zips<uint8_t>(&all, "8");
  add_zips<uint16_t>(&all, "16");
  add_zips<uint32_t>(&all, "32");
  add_shifts(&all);
  add_moves(&all);
  return all;
}

}  // namespace thimble::s3
