// A vocabulary section as a file that is read, for tests of tokenizers over one: every read is counted, and any of them
// can be made to fail.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "text/vocabulary_layout.h"
#include "thimble/tokenizer.h"

namespace thimble::testing {

class VocabularyFile {
 public:
  static constexpr uint64_t kOffset = 4096;  // of the section in the file
  static constexpr size_t kNever = std::numeric_limits<size_t>::max();

  explicit VocabularyFile(std::span<const std::byte> section) : section_(section) {}

  // Opens it with `scratch` bytes to check it in.
  Status open(uint32_t vocab_size, size_t scratch, Tokenizer* tokenizer) {
    scratch_.assign((scratch + 3) / 4, 0);
    memory_.assign(Tokenizer::kStreamBytes / 8, 0);
    const auto front = section_.first(section_.size() < vocab::kOffsetsAt ? section_.size() : vocab::kOffsetsAt);
    front_.assign(front.begin(), front.end());
    return tokenizer->open_streamed({front_, place(), reader()}, vocab_size, std::as_writable_bytes(std::span(memory_)),
                                    std::as_writable_bytes(std::span(scratch_)));
  }

  SectionPlace place() const { return {kOffset, section_.size(), checksum32(section_), 2}; }
  WeightReader reader() { return {.read = read, .context = this}; }

  size_t reads() const { return reads_; }
  size_t bytes() const { return bytes_; }
  // From read `first` on, counted from now, `count` reads fail.
  void fail(size_t first, size_t count = 1) {
    fail_from_ = first == kNever ? kNever : reads_ + first;
    fail_count_ = count;
  }

 private:
  static Status read(void* context, uint64_t offset, std::span<std::byte> out) {
    auto* file = static_cast<VocabularyFile*>(context);
    const size_t read = file->reads_++;
    std::memset(out.data(), 0xee, out.size());
    if (read >= file->fail_from_ && read - file->fail_from_ < file->fail_count_) {
      return Status::error(Code::kReadFailed, "card").got(0, out.size());
    }
    if (offset < kOffset || offset - kOffset > file->section_.size() ||
        out.size() > file->section_.size() - (offset - kOffset)) {
      return Status::error(Code::kReadFailed, "outside of the section").got(offset, out.size());
    }
    std::memcpy(out.data(), file->section_.data() + (offset - kOffset), out.size());
    file->bytes_ += out.size();
    return {};
  }

  std::span<const std::byte> section_;
  std::vector<std::byte> front_;
  std::vector<uint64_t> memory_;
  std::vector<uint32_t> scratch_;
  size_t reads_ = 0;
  size_t bytes_ = 0;
  size_t fail_from_ = kNever;
  size_t fail_count_ = 0;
};

}  // namespace thimble::testing
