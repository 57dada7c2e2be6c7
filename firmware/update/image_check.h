// Checks a model on a medium by the checksums in it, in the order of the file and as far as it has come, by one buffer
// of 2 KB: for a board whose memory is the engine's. Every byte but the padding is read and summed. What the sections
// mean is not looked at: that is for whoever opens the model, and for its self-test.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/checksum.h"
#include "thimble/model.h"
#include "thimble/status.h"

namespace thimble::update {

// Reads from the medium, a range that has come.
class ImageReader {
 public:
  virtual Status read(uint64_t offset, std::span<std::byte> out) = 0;

 protected:
  ~ImageReader() = default;
};

class ImageCheck {
 public:
  // Of a model of so many bytes, whose header was found good.
  void start(uint64_t bytes);

  // Goes on until all that has come is checked: the first `received` bytes. Errors: those of Model::head_bytes(),
  // kCorrupt (subjects "checksum of section", "checksum of payload block"), kMalformed (a section that lies nowhere),
  // those of the reader.
  Status advance(ImageReader& reader, uint64_t received);

  bool is_whole() const { return section_ > 0 && section_ == section_count_; }

 private:
  static constexpr size_t kTableBytes = Model::kTableBytes;
  struct Section {
    uint32_t kind = 0;
    uint64_t offset = 0;
    uint64_t bytes = 0;
    uint32_t checksum = 0;
  };

  Status take_table(ImageReader& reader);
  Status next_section(ImageReader& reader);
  Status end_part(ImageReader& reader);
  uint64_t part_bytes() const;

  uint64_t bytes_ = 0;
  uint32_t section_count_ = 0;  // 0: the table has not come
  uint32_t section_ = 0;        // the one that is being summed; section_count_: all were
  Section now_;
  Section sums_;          // of the weights
  uint64_t part_at_ = 0;  // in the section: the whole of it, or a block of weights
  uint64_t summed_ = 0;   // bytes of the part
  Checksum32 sum_;
  alignas(64) std::array<std::byte, kTableBytes> buffer_;
};

}  // namespace thimble::update
