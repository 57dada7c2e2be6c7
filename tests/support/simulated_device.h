// A card that is not there: bytes of a file, brought by a WeightReader with a clock of its own. A read costs a latency
// and the time of its bytes; reads are served one after the other, in the order in which they began. Nothing here
// waits: who waits moves the clock. Reads can be told to fail.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "thimble/weight_reader.h"

namespace thimble::testing {

struct DeviceTiming {
  double bytes_per_second = 17e6;
  double seconds_per_read = 0.3e-3;
  // What the program does with a piece of the file takes as long, for each of its bytes; it passes before the program
  // waits for the next piece.
  double compute_seconds_per_byte = 0;
  // Where in the file what is multiplied begins, when it does so with all of it: also with what stays in memory,
  // between one piece and the next. 0: with the pieces alone.
  uint64_t multiplied_from = 0;
  double deadline_seconds = 2;  // until a read that does not end is given up
};

enum class Fault {
  kShort,  // half of the bytes come, then an error
  kFlip,   // all come, one bit is another
  kFront,  // all come, the first bit is another: of the sector's bytes in front of what is wanted, where there are some
  kGone,   // nothing comes, and the reader says so at once
  kStall,  // nothing comes, until the deadline
  kBegin,  // the read is refused when it begins
};

class SimulatedDevice {
 public:
  explicit SimulatedDevice(std::span<const std::byte> file, const DeviceTiming& timing = {})
      : file_(file), timing_(timing) {
    offsets_.reserve(4096);  // where a trap for allocations is armed, no more are read
  }

  WeightReader reader() { return {read, this, begin, wait}; }
  // Which cannot begin a read and go on: read, then compute.
  WeightReader plain_reader() { return {read, this}; }

  // Reads first .. first + count - 1, counted from 0 since the device was made, fail.
  void fail(size_t first, size_t count, Fault fault) { faults_[first] = {first + count, fault}; }
  void come_back() { faults_.clear(); }

  const DeviceTiming& timing() const { return timing_; }
  size_t reads() const { return offsets_.size(); }
  uint64_t offset_of(size_t number) const { return offsets_.at(number); }  // of a read that has begun
  uint64_t bytes() const { return bytes_; }
  double seconds() const { return now_; }                  // on its clock
  double stalled_seconds() const { return stalled_; }      // of these, spent waiting for a read
  uint64_t unaligned_reads() const { return unaligned_; }  // begun, not of whole sectors into aligned memory

 private:
  struct Pending {
    bool under_way = false;
    uint64_t offset = 0;
    std::span<std::byte> out;
    double ends = 0;
    size_t number = 0;
  };
  struct Failing {
    size_t last = 0;
    Fault fault = Fault::kShort;
  };

  static Status read(void* context, uint64_t offset, std::span<std::byte> out);
  static Status begin(void* context, uint32_t slot, uint64_t offset, std::span<std::byte> out);
  static Status wait(void* context, uint32_t slot);

  const Failing* failing(size_t number) const;
  double serve(size_t bytes);
  void compute(uint64_t next);
  Status deliver(size_t number, uint64_t offset, std::span<std::byte> out);

  std::span<const std::byte> file_;
  const DeviceTiming timing_;
  std::array<Pending, 2> pending_;
  std::map<size_t, Failing> faults_;
  std::vector<uint64_t> offsets_;  // of the reads
  uint64_t bytes_ = 0;
  uint64_t unaligned_ = 0;
  double now_ = 0;
  double free_at_ = 0;  // the device
  double stalled_ = 0;
  uint64_t computed_ = 0;  // up to here in the file; it has the last piece, and what stands behind that
  size_t to_compute_ = 0;  // bytes of the last piece
};

}  // namespace thimble::testing
