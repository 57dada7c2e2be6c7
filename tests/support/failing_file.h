// A model's file behind a reader that can be told to fail.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

#include "thimble/weight_reader.h"

namespace thimble::testing {

// A file that counts its reads, and fails those from one of them on.
class FailingFile {
 public:
  explicit FailingFile(std::span<const std::byte> bytes) : bytes_(bytes) {}

  WeightReader reader() { return {.read = read, .context = this}; }
  size_t reads() const { return reads_; }
  void fail_from(size_t read) { failing_ = read; }  // counted from the first one ever
  void come_back() { failing_ = std::numeric_limits<size_t>::max(); }

 private:
  static Status read(void* context, uint64_t offset, std::span<std::byte> out) {
    auto* file = static_cast<FailingFile*>(context);
    if (file->reads_++ >= file->failing_) return Status::error(Code::kReadFailed, "card").got(0, out.size());
    EXPECT_LE(offset + out.size(), file->bytes_.size());
    std::memcpy(out.data(), file->bytes_.data() + offset, out.size());
    return {};
  }

  std::span<const std::byte> bytes_;
  size_t reads_ = 0;
  size_t failing_ = std::numeric_limits<size_t>::max();
};

}  // namespace thimble::testing
