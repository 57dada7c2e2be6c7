// The way through a vocabulary section that is not in memory, for the one check of it.
//
// Records and bucket entries are read in order, in windows. What has no order is the table of offsets, which the record
// of each id is held against; so as much of that as finds room is held, and the section is walked through once for each
// such part: once in all, where the memory for the kv cache can be borrowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "text/streamed/vocabulary_stream.h"

namespace thimble {

class SectionWalk {
 public:
  static constexpr size_t kLeastBytes = VocabularyStream::kMaxBucketBytes + 768;

  // `front`: the section up to its offsets, or all of one that is shorter. `scratch`: at least kLeastBytes, aligned to
  // 4. `stream` answers lookups, in memory of its own.
  SectionWalk(VocabularyStream* stream, std::span<const std::byte> front, uint32_t section_bytes,
              std::span<std::byte> scratch);

  VocabularyStream* stream() const { return stream_; }
  std::span<const std::byte> front() const { return front_; }
  size_t section_bytes() const { return section_bytes_; }
  uint32_t checksum();  // of the whole section

  // Once header and tables are known to make sense.
  void begin(const SectionShape& shape);
  // Makes the next part of the offsets the one that is held. False when none is left.
  bool next_offsets();

  // Of an id whose offset is held, whether it is this one; true of others.
  bool may_have_offset(uint32_t id, size_t at) const;
  uint32_t bucket_entry(uint32_t index);
  // Bytes of the section from `at` on, `bytes` of them or as many as the longest record has; valid until a call that
  // needs others.
  const std::byte* record(size_t at, size_t bytes);
  // From here on the records of [at, at + bytes) are all valid together. At most kMaxBucketBytes.
  void hold_records(size_t at, size_t bytes) { (void)records_.bytes_at(at, bytes, section_bytes_, stream_); }

 private:
  // A part of the section in memory; zeros, where it could not be read.
  struct Window {
    std::span<std::byte> memory;
    size_t at = 0;
    size_t filled = 0;

    // `bytes` from `from` on, and behind them as many as there is room for, up to `end`.
    const std::byte* bytes_at(size_t from, size_t bytes, size_t end, VocabularyStream* stream);
  };

  VocabularyStream* stream_;
  std::span<const std::byte> front_;
  uint32_t section_bytes_;
  SectionShape shape_;
  Window records_;
  Window buckets_;
  Window offsets_;
  uint32_t first_id_ = 0;  // whose offset is held
};

}  // namespace thimble
