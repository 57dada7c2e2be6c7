#include "tools/convert/image_writer.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/checksum.h"
#include "format/reader.h"

namespace thimble::tools {
namespace {

namespace h = format::header;
namespace s = format::section;

}  // namespace

void ImageWriter::add(uint32_t kind, bool required, std::vector<std::byte> bytes) {
  sections_.push_back({kind, required, bytes.size(), 0, std::move(bytes)});
}

void ImageWriter::add_data(uint64_t data_bytes) {
  const uint64_t blocks = (data_bytes + format::kBlockBytes - 1) / format::kBlockBytes;
  sections_.push_back({s::kBlockSums, true, blocks * sizeof(uint32_t), 0, {}});
  sections_.push_back({s::kData, true, data_bytes, 0, {}});
}

uint64_t ImageWriter::file_bytes() const {
  uint64_t end = format::kHeaderBytes + sections_.size() * format::kSectionEntryBytes;
  for (const Section& section : sections_) end = round_up<uint64_t>(end, format::kSectionAlign) + section.size;
  return end;
}

void ImageWriter::allocate(const ImageMemory& memory) {
  uint64_t end = format::kHeaderBytes + sections_.size() * format::kSectionEntryBytes;
  for (Section& section : sections_) {
    section.offset = round_up<uint64_t>(end, format::kSectionAlign);
    end = section.offset + section.size;
  }
  image_ = memory(end);
  for (const Section& section : sections_) std::ranges::copy(section.bytes, body(section).begin());
}

std::span<std::byte> ImageWriter::body(const Section& section) {
  return image_.subspan(static_cast<size_t>(section.offset), static_cast<size_t>(section.size));
}

std::span<std::byte> ImageWriter::data() { return body(sections_.back()); }

void ImageWriter::replace(uint32_t kind, std::span<const std::byte> bytes) {
  for (const Section& section : sections_) {
    if (section.kind == kind && section.size == bytes.size()) std::ranges::copy(bytes, body(section).begin());
  }
}

void ImageWriter::seal(const ModelConfig& config) {
  write_block_sums();
  write_section_table();
  write_header(config);
}

void ImageWriter::write_block_sums() {
  const auto sums = body(sections_[sections_.size() - 2]);
  const auto payload = data();
  for (size_t at = 0, block = 0; at < payload.size(); at += format::kBlockBytes, ++block) {
    const size_t bytes = std::min<size_t>(format::kBlockBytes, payload.size() - at);
    store_u32(sums.data() + block * sizeof(uint32_t), checksum32(payload.subspan(at, bytes)));
  }
}

void ImageWriter::write_section_table() {
  std::byte* entry = image_.data() + format::kHeaderBytes;
  for (const Section& section : sections_) {
    store_u32(entry + s::kKindAt, section.kind);
    store_u32(entry + s::kFlagsAt, section.required ? s::kRequired : 0);
    store_u64(entry + s::kOffsetAt, section.offset);
    store_u64(entry + s::kBytesAt, section.size);
    // SUMS covers DATA.
    store_u32(entry + s::kChecksumAt, section.kind == s::kData ? 0 : checksum32(body(section)));
    entry += format::kSectionEntryBytes;
  }
}

// No newer than need be, so that older readers read what they can.
uint16_t ImageWriter::minor(uint32_t vocab_size) {
  std::span<const std::byte> vocabulary;
  bool has_words = false;
  for (const Section& section : sections_) {
    if (section.kind == s::kVocab) vocabulary = body(section);
    has_words = has_words || section.kind == s::kWords;
  }
  return least_minor(vocabulary, vocab_size, has_words);
}

void ImageWriter::write_header(const ModelConfig& c) {
  std::byte* p = image_.data();
  std::memcpy(p + h::kMagicAt, format::kMagic.data(), format::kMagic.size());
  store_u16(p + h::kMajorAt, format::kMajor);
  store_u16(p + h::kMinorAt, minor(c.vocab_size));
  store_u32(p + h::kHeaderBytesAt, format::kHeaderBytes);
  store_u64(p + h::kTotalBytesAt, image_.size());
  store_u32(p + h::kSectionCountAt, static_cast<uint32_t>(sections_.size()));
  store_u32(p + h::kFlagsAt, c.tied_classifier ? h::kTiedClassifier : 0);
  store_u32(p + h::kDimAt, c.dim);
  store_u32(p + h::kHiddenDimAt, c.hidden_dim);
  store_u32(p + h::kLayersAt, c.n_layers);
  store_u32(p + h::kHeadsAt, c.n_heads);
  store_u32(p + h::kKvHeadsAt, c.n_kv_heads);
  store_u32(p + h::kHeadDimAt, c.head_dim);
  store_u32(p + h::kVocabAt, c.vocab_size);
  store_u32(p + h::kContextAt, c.max_context);
  store_f32(p + h::kRopeThetaAt, c.rope_theta);
  store_f32(p + h::kNormEpsAt, c.norm_eps);
  const size_t table_bytes = sections_.size() * format::kSectionEntryBytes;
  store_u32(p + h::kTableChecksumAt, checksum32(image_.subspan(format::kHeaderBytes, table_bytes)));
  store_u32(p + h::kChecksumAt, checksum32(image_.first(h::kChecksumAt)));
}

}  // namespace thimble::tools
