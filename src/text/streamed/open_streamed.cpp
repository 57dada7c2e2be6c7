// Opening a vocabulary that is not in memory.

#include <new>

#include "text/check_section.h"
#include "text/streamed/section_walk.h"
#include "thimble/tokenizer.h"

namespace thimble {

// Half of the memory keeps pieces while the section is checked; the other is scratch, where there is none larger.
Status Tokenizer::open_streamed(const VocabularySource& source, uint32_t vocab_size, std::span<std::byte> memory,
                                std::span<std::byte> scratch) {
  *this = Tokenizer();
  const SectionPlace& place = source.place;
  const size_t front_bytes = place.bytes < vocab::kOffsetsAt ? static_cast<size_t>(place.bytes) : vocab::kOffsetsAt;
  if (source.front.size() != front_bytes) return Status::error(Code::kInvalidArgument, "front of vocabulary");
  if (memory.size() < kStreamBytes || reinterpret_cast<uintptr_t>(memory.data()) % alignof(VocabularyStream) != 0) {
    return Status::error(Code::kInvalidArgument, "memory for vocabulary").got(memory.size(), kStreamBytes);
  }
  if (place.bytes > UINT32_MAX) return Status::error(Code::kLimit, "vocabulary").above(place.bytes, UINT32_MAX);
  const std::span<std::byte> ring = memory.subspan(sizeof(VocabularyStream));
  auto* stream = new (memory.data()) VocabularyStream(source.reader, place.offset);
  stream->use(ring.first(VocabularyStream::kMaxBucketBytes));
  const std::span<std::byte> rest = ring.subspan(VocabularyStream::kMaxBucketBytes);
  SectionWalk walk(stream, source.front, static_cast<uint32_t>(place.bytes),
                   rest.size() > scratch.size() ? rest : scratch);
  const bool same = walk.checksum() == place.checksum;
  THIMBLE_RETURN_IF_ERROR(stream->status());
  if (!same) return Status::error(Code::kCorrupt, "checksum of section").at(place.index);
  THIMBLE_RETURN_IF_ERROR(check_section(&walk, vocab_size, &summary_));
  stream->use(ring);
  stream_ = stream;
  adopt(source.front, vocab_size);
  return {};
}

}  // namespace thimble
