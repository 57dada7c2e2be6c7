// Cycles by the documented rules. ESP32-S3 issues at most one instruction a cycle, in order (Technical Reference Manual
// 1.7):
//   * an operand that is ready behind stage A and read in stage B holds its reader back until A - B + 1 cycles behind
//     its writer (1.7.1; stages of every instruction in its table);
//   * two instructions do not use the same unit in one cycle (1.7.2): what reads the adders of accumulators in stage 1
//     waits one cycle behind any that use them in stage 2, which the assembler's tables list;
//   * a branch that is taken loses two cycles (1.7.3). A third where the target crosses a word of instructions is not
//     counted: kernels align what they branch to.
// A loop of the loop option costs nothing at its end. Memory answers at once, as internal SRAM does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace thimble::s3 {

// Units whose use can hold another instruction back.
enum class Unit : uint8_t {
  kNone,
  kLanes,        // arithmetic on lanes: adders of accumulators in stage 2
  kAccumulator,  // the same adders, in stage 1
};

// Registers, as the pipeline counts them.
inline constexpr size_t kAddressRegisters = 0;
inline constexpr size_t kVectorRegisters = 16;
inline constexpr size_t kFloatRegisters = kVectorRegisters + 8;
inline constexpr size_t kSpecialRegisters = kFloatRegisters + 16;
inline constexpr const char* kSpecialNames[] = {"SAR", "SAR_BYTE", "ACCX", "QACC_L", "QACC_H", "ACC"};
inline constexpr size_t kRegisters = kSpecialRegisters + std::size(kSpecialNames);

struct Use {
  size_t reg;
  int stage;
};
// What one statement reads and writes.
struct Issue {
  std::vector<Use> reads;
  std::vector<Use> writes;
  Unit unit = Unit::kNone;
};

class Pipeline {
 public:
  void issue(const Issue& issue) {
    uint64_t at = next_;
    for (const Use& read : issue.reads) {
      const uint64_t ready = ready_[read.reg];
      if (ready > at + static_cast<uint64_t>(read.stage)) at = ready - static_cast<uint64_t>(read.stage);
    }
    if (issue.unit == Unit::kAccumulator && at == lanes_busy_) ++at;
    if (issue.unit == Unit::kLanes) lanes_busy_ = at + 1;
    for (const Use& write : issue.writes) ready_[write.reg] = at + static_cast<uint64_t>(write.stage) + 1;
    next_ = at + 1;
  }
  void take_branch() { next_ += 2; }
  uint64_t cycles() const { return next_; }

 private:
  uint64_t next_ = 0;  // the earliest cycle of the next instruction
  uint64_t lanes_busy_ = UINT64_MAX;
  std::array<uint64_t, kRegisters> ready_{};
};

}  // namespace thimble::s3
