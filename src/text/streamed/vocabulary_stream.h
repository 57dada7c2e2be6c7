// Pieces of a vocabulary that is not in memory, read as they are asked for: a part of the tokenizer that
// THIMBLE_STREAMING links.
//
// A lookup by text reads two neighbouring entries of the bucket table, then the bucket's records; one by id reads an
// entry of the offsets, then the record. That is two reads, and none for what was read lately: records are kept in a
// ring, the oldest of which give way.
//
// Tokenizer::open has checked the section, but a card may be changed under way. So nothing that comes of it is trusted:
// whatever is handed out are whole records inside the ring, with ids and types in their ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "base/streaming.h"
#include "text/piece_record.h"
#include "thimble/weight_reader.h"

namespace thimble {

// Where tables and records lie in a section.
struct SectionShape {
  uint32_t vocab_size = 0;
  uint32_t bucket_count = 0;
  uint32_t max_piece_bytes = 0;
  uint32_t section_bytes = 0;

  size_t buckets_at() const { return vocab::buckets_at(vocab_size); }
  size_t records_at() const { return buckets_at() + (size_t{bucket_count} + 1) * 4; }
};

class VocabularyStream {
 public:
  // A bucket is read as a whole. The fullest of Llama 2's 32,000 pieces has 172 bytes, and a record of the longest text
  // fits, too.
  static constexpr size_t kMaxBucketBytes = 1280;

  VocabularyStream(const WeightReader& reader, uint64_t section_at) : reader_(reader), section_at_(section_at) {}

  // Before any lookup.
  void set_shape(const SectionShape& shape) { shape_ = shape; }
  // Forgets all, and keeps records in `ring` from now on: at least kMaxBucketBytes.
  void use(std::span<std::byte> ring);

  // Bytes of the section from `at` on. False when they could not be read.
  bool read(size_t at, std::span<std::byte> out);

  // Whole records, one behind the other, valid until the next call; none on a failure. index < bucket_count.
  std::span<const std::byte> bucket(uint32_t index);
  // Valid until the next call; on a failure an unused piece without text. id < vocab_size.
  Record record(uint32_t id);

  // The first failure since forgive(); after one nothing is read.
  const Status& status() const { return status_; }
  void forgive() { status_ = {}; }

 private:
  // Records in the ring: a bucket's, or the one of an id.
  struct Item {
    uint32_t key;
    uint16_t at;
    uint16_t bytes;
  };
  static constexpr size_t kMaxItems = 64;
  static constexpr uint32_t kById = 1u << 31;  // of a key, beside an id; else a bucket's index

  const Item* find(uint32_t key) const;
  std::span<std::byte> add(uint32_t key, size_t bytes);
  Item& newest() { return items_[(first_ + count_ - 1) % kMaxItems]; }
  const Item& oldest() const { return items_[first_]; }
  void drop_oldest();
  void drop_newest();
  std::span<const std::byte> bytes_of(const Item& item) const { return ring_.subspan(item.at, item.bytes); }
  bool are_records(std::span<const std::byte> bytes) const;
  bool fail(const char* subject);

  WeightReader reader_;
  uint64_t section_at_;  // in the file
  SectionShape shape_;
  std::span<std::byte> ring_;
  size_t end_ = 0;  // of the newest item
  Item items_[kMaxItems];
  size_t first_ = 0;  // the oldest
  size_t count_ = 0;
  Status status_;
};

// A pointer to one, which takes no room where streams are not linked.
struct NoStream {
  constexpr NoStream() = default;
  constexpr explicit NoStream(VocabularyStream*) {}
  constexpr operator VocabularyStream*() const { return nullptr; }
};
using StreamPointer = std::conditional_t<kStreaming, VocabularyStream*, NoStream>;

}  // namespace thimble
