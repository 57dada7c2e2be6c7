// Checks a model on a medium by the checksums in it, by one buffer of 2 KB: for a board that a model is brought to
// while its memory is an engine's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/model.h"
#include "thimble/status.h"
#include "thimble/weight_reader.h"

namespace thimble {

// In the order of the file, as far as it has come. Every byte is read and summed but the padding. What the sections
// mean is not looked at: that is for whoever opens the model, and for its self-test.
class ImageCheck {
 public:
  // Of a model of so many bytes, whose header was found good (Model::image_bytes()).
  void start(uint64_t bytes);

  // Goes on until all that has come is checked: the first `received` bytes, which read() of `reader` gives; the rest of
  // it is not used. Errors: those of Model::head_bytes(), kCorrupt (subjects "checksum of section", "checksum of
  // payload block"), kMalformed (a section that lies nowhere), those of the reader.
  Status advance(const WeightReader& reader, uint64_t received);

  // Whether all of the file was checked.
  bool is_whole() const { return section_ > 0 && section_ == section_count_; }

 private:
  struct Section {
    uint32_t kind = 0;
    uint64_t offset = 0;
    uint64_t bytes = 0;
    uint32_t checksum = 0;
  };

  Status take_table(const WeightReader& reader);
  Status next_section(const WeightReader& reader);
  Status end_part(const WeightReader& reader);
  uint64_t part_bytes() const;
  void begin_part();

  uint64_t bytes_ = 0;
  uint32_t section_count_ = 0;  // 0: the table has not come
  uint32_t section_ = 0;        // the one that is being summed; section_count_: all were
  Section now_;
  Section sums_;                   // of the weights
  uint64_t part_at_ = 0;           // in the section: the whole of it, or a block of weights
  uint64_t summed_ = 0;            // bytes of the part
  std::array<uint32_t, 2> sum_{};  // of them, a Checksum32
  alignas(64) std::array<std::byte, Model::kTableBytes> buffer_;
};

}  // namespace thimble
