// Linked with --wrap for each function of this list (soft_float.txt): calls come here first.

#include "firmware/emu/soft_float.h"

namespace {

uint64_t calls = 0;

}  // namespace

namespace thimble::emu {

bool counts_soft_float() { return true; }
uint64_t soft_float_calls() { return calls; }

}  // namespace thimble::emu

// NOLINTBEGIN: the names are the compiler's
#define COUNTED_1(result, name, type)      \
  extern "C" result __real_##name(type x); \
  extern "C" result __wrap_##name(type x); \
  result __wrap_##name(type x) {           \
    ++calls;                               \
    return __real_##name(x);               \
  }
#define COUNTED_2(result, name, type)              \
  extern "C" result __real_##name(type a, type b); \
  extern "C" result __wrap_##name(type a, type b); \
  result __wrap_##name(type a, type b) {           \
    ++calls;                                       \
    return __real_##name(a, b);                    \
  }

COUNTED_2(float, __addsf3, float)
COUNTED_2(float, __subsf3, float)
COUNTED_2(float, __mulsf3, float)
COUNTED_2(float, __divsf3, float)
COUNTED_2(int, __eqsf2, float)
COUNTED_2(int, __nesf2, float)
COUNTED_2(int, __ltsf2, float)
COUNTED_2(int, __lesf2, float)
COUNTED_2(int, __gtsf2, float)
COUNTED_2(int, __gesf2, float)
COUNTED_2(int, __unordsf2, float)
COUNTED_1(int32_t, __fixsfsi, float)
COUNTED_1(uint32_t, __fixunssfsi, float)
COUNTED_1(int64_t, __fixsfdi, float)
COUNTED_1(uint64_t, __fixunssfdi, float)
COUNTED_1(float, __floatsisf, int32_t)
COUNTED_1(float, __floatunsisf, uint32_t)
COUNTED_1(float, __floatdisf, int64_t)
COUNTED_1(float, __floatundisf, uint64_t)
COUNTED_1(double, __extendsfdf2, float)
COUNTED_1(float, __truncdfsf2, double)
COUNTED_2(double, __adddf3, double)
COUNTED_2(double, __subdf3, double)
COUNTED_2(double, __muldf3, double)
COUNTED_2(double, __divdf3, double)
// NOLINTEND
