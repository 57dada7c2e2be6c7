#include "format/reader.h"

#include <cstring>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/checksum.h"
#include "base/quantized_layout.h"

namespace thimble {
namespace {

namespace h = format::header;
namespace s = format::section;
namespace t = format::tensor;

Status malformed(const char* subject) { return Status::error(Code::kMalformed, subject); }

// The counts of the header, which are 1 at least.
struct CountField {
  const char* name;
  size_t at;
  uint32_t ModelConfig::*value;
  uint32_t most;
};
constexpr CountField kCounts[] = {
    {"dim", h::kDimAt, &ModelConfig::dim, format::kMaxDim},
    {"hidden_dim", h::kHiddenDimAt, &ModelConfig::hidden_dim, format::kMaxDim},
    {"n_layers", h::kLayersAt, &ModelConfig::n_layers, format::kMaxLayers},
    {"n_heads", h::kHeadsAt, &ModelConfig::n_heads, format::kMaxHeads},
    {"n_kv_heads", h::kKvHeadsAt, &ModelConfig::n_kv_heads, format::kMaxHeads},
    {"head_dim", h::kHeadDimAt, &ModelConfig::head_dim, format::kMaxDim},
    {"vocab_size", h::kVocabAt, &ModelConfig::vocab_size, format::kMaxVocab},
    {"max_context", h::kContextAt, &ModelConfig::max_context, format::kMaxContext},
};

// A field that must lie in [1, cap].
Status check_count(const char* subject, uint32_t value, uint32_t cap) {
  if (value == 0) return malformed(subject).got(0, 1);
  if (value > cap) return Status::error(Code::kLimit, subject).above(value, cap);
  return {};
}

bool is_finite(float f) {
  constexpr uint32_t kExponent = 0x7f800000;
  return (std::bit_cast<uint32_t>(f) & kExponent) != kExponent;
}

bool all_zero(std::span<const std::byte> bytes) {
  for (const std::byte b : bytes) {
    if (b != std::byte{0}) return false;
  }
  return true;
}

}  // namespace

uint16_t least_minor(std::span<const std::byte> vocabulary, uint32_t vocab_size, bool has_words) {
  if (has_words) return 3;
  constexpr size_t kFlagsAt = format::vocabulary::kFlagsAt;
  if (vocabulary.size() < kFlagsAt + sizeof(uint32_t)) return 0;
  if (load_u32(vocabulary.data() + format::vocabulary::kSizeAt) > vocab_size) return 3;
  const uint32_t flags = load_u32(vocabulary.data() + kFlagsAt);
  if ((flags & format::vocabulary::kFlagsOfMinor2) != 0) return 2;
  return (flags & format::vocabulary::kFlagsOfMinor1) != 0 ? 1 : 0;
}

Status ModelReader::read(Model* model) {
  THIMBLE_RETURN_IF_ERROR(read_header());
  THIMBLE_RETURN_IF_ERROR(check_length());
  THIMBLE_RETURN_IF_ERROR(read_config());
  THIMBLE_RETURN_IF_ERROR(read_section_table());
  THIMBLE_RETURN_IF_ERROR(check_sections());
  THIMBLE_RETURN_IF_ERROR(check_directory());
  THIMBLE_RETURN_IF_ERROR(check_rope());
  THIMBLE_RETURN_IF_ERROR(check_about());
  // All of it, or no weights at all.
  out_.image_ = head_.size() < total_ ? head_.first(static_cast<size_t>(place_of(out_.data_at_))) : head_;
  *model = out_;
  return {};
}

Status ModelReader::read_header() {
  if (reinterpret_cast<uintptr_t>(head_.data()) % format::kRowAlign != 0) {
    return Status::error(Code::kInvalidArgument, "start of the image, not a multiple of 16");
  }
  // The magic first, so that any other file is told as such however short it is.
  const size_t magic_bytes = head_.size() < format::kMagic.size() ? head_.size() : format::kMagic.size();
  if (head_.empty() || std::memcmp(head_.data(), format::kMagic.data(), magic_bytes) != 0) {
    return Status::error(Code::kBadMagic, "");
  }
  if (head_.size() < format::kHeaderBytes) {
    return Status::error(Code::kTruncated, "header").got(head_.size(), format::kHeaderBytes);
  }
  const std::byte* p = head_.data();
  // The version before the checksum: another version may compute it otherwise.
  out_.major_ = load_u16(p + h::kMajorAt);
  out_.minor_ = load_u16(p + h::kMinorAt);
  if (out_.major_ > format::kMajor) {
    return Status::error(Code::kVersionNewer, "major").above(out_.major_, format::kMajor);
  }
  if (out_.major_ < format::kMajor) {
    return Status::error(Code::kVersionOlder, "major").got(out_.major_, format::kMajor);
  }
  if (out_.minor_ > format::kMinor) {
    return Status::error(Code::kVersionNewer, "minor").above(out_.minor_, format::kMinor);
  }
  if (checksum32(head_.first(h::kChecksumAt)) != load_u32(p + h::kChecksumAt)) {
    return Status::error(Code::kCorrupt, "header checksum");
  }
  if (load_u32(p + h::kHeaderBytesAt) != format::kHeaderBytes) {
    return malformed("header length").got(load_u32(p + h::kHeaderBytesAt), format::kHeaderBytes);
  }
  if (!all_zero(head_.subspan(h::kReservedAt, h::kTableChecksumAt - h::kReservedAt))) {
    return malformed("reserved header bytes");
  }
  section_count_ = load_u32(p + h::kSectionCountAt);
  flags_ = load_u32(p + h::kFlagsAt);
  if ((flags_ & ~h::kTiedClassifier) != 0) return Status::error(Code::kUnsupported, "header flags");
  return check_count("section count", section_count_, format::kMaxSections);
}

Status ModelReader::check_length() {
  const uint64_t total = stated_bytes();
  if (total_ < total) return Status::error(Code::kTruncated, "file length").got(total_, total);
  if (total_ > total) return malformed("file length").got(total_, total);
  return {};
}

// That the head reaches so far.
Status ModelReader::check_head(uint64_t bytes) const {
  if (head_.size() >= bytes) return {};
  return Status::error(Code::kTruncated, "head").got(head_.size(), bytes);
}

uint64_t ModelReader::stated_bytes() const { return load_u64(head_.data() + h::kTotalBytesAt); }

uint64_t ModelReader::stated_head_bytes() const {
  // DATA is the last section, or read() refuses.
  return load_u64(table_.data() + table_.size() - format::kSectionEntryBytes + s::kOffsetAt);
}

Result<TableParts> ModelReader::table_parts() const {
  const uint64_t data_at = stated_head_bytes();
  const TableParts whole{data_at, data_at, 0, stated_bytes()};
  TableParts parts = whole;
  for (uint32_t i = 0; i < section_count_; ++i) {
    const std::byte* entry = table_.data() + size_t{i} * format::kSectionEntryBytes;
    // Who holds a model to its words asks for many pieces a token.
    if (load_u32(entry + s::kKindAt) == s::kWords) return whole;
    if (load_u32(entry + s::kKindAt) != s::kVocab) continue;
    const uint64_t offset = load_u64(entry + s::kOffsetAt);
    const uint64_t bytes = load_u64(entry + s::kBytesAt);
    if (offset > data_at || bytes > data_at - offset) return malformed("length of section").at(i).above(bytes, data_at);
    parts.back_at = offset + bytes;
    parts.back_bytes = data_at - parts.back_at;
    parts.front_bytes = offset + (bytes < format::vocabulary::kFrontBytes ? bytes : format::vocabulary::kFrontBytes);
  }
  return parts;
}

Status ModelReader::read_config() {
  const std::byte* p = head_.data();
  ModelConfig& c = out_.config_;
  for (const CountField& count : kCounts) {
    c.*count.value = load_u32(p + count.at);
    THIMBLE_RETURN_IF_ERROR(check_count(count.name, c.*count.value, count.most));
  }
  c.rope_theta = load_f32(p + h::kRopeThetaAt);
  c.norm_eps = load_f32(p + h::kNormEpsAt);
  c.tied_classifier = (flags_ & h::kTiedClassifier) != 0;
  // n_heads <= 2^10 and head_dim <= 2^16, so the product fits.
  THIMBLE_RETURN_IF_ERROR(check_count("n_heads x head_dim", c.q_dim(), format::kMaxDim));
  if (c.n_heads % c.n_kv_heads != 0)
    return malformed("n_kv_heads does not divide n_heads").got(c.n_kv_heads, c.n_heads);
  if (c.head_dim % 2 != 0) return malformed("odd head_dim").got(c.head_dim, c.head_dim + 1);
  if (!is_finite(c.rope_theta) || c.rope_theta <= 0) return malformed("rope_theta");
  if (!is_finite(c.norm_eps) || c.norm_eps < 0) return malformed("norm_eps");
  return {};
}

Status ModelReader::find_section_table() {
  const size_t table_bytes = size_t{section_count_} * format::kSectionEntryBytes;
  if (stated_bytes() - format::kHeaderBytes < table_bytes) return malformed("section table length");
  THIMBLE_RETURN_IF_ERROR(check_head(format::kHeaderBytes + table_bytes));
  table_ = head_.subspan(format::kHeaderBytes, table_bytes);
  if (checksum32(table_) != load_u32(head_.data() + h::kTableChecksumAt)) {
    return Status::error(Code::kCorrupt, "section table checksum");
  }
  return {};
}

Status ModelReader::read_section_table() {
  THIMBLE_RETURN_IF_ERROR(find_section_table());
  uint64_t end = format::kHeaderBytes + table_.size();
  for (uint32_t i = 0; i < section_count_; ++i) {
    THIMBLE_RETURN_IF_ERROR(read_section(i, table_.data() + size_t{i} * format::kSectionEntryBytes, &end));
  }
  if (end != total_) return malformed("bytes behind the last section").got(total_, end);
  return {};
}

// Sections stand one behind the other with zero padding up to the next multiple of 64; *end is where the last one
// ended.
Status ModelReader::read_section(uint32_t index, const std::byte* entry, uint64_t* end) {
  const uint32_t kind = load_u32(entry + s::kKindAt);
  const uint32_t flags = load_u32(entry + s::kFlagsAt);
  const uint64_t offset = load_u64(entry + s::kOffsetAt);
  const uint64_t bytes = load_u64(entry + s::kBytesAt);
  const uint64_t start = round_up<uint64_t>(*end, format::kSectionAlign);
  if ((flags & ~s::kRequired) != 0 || load_u32(entry + s::kReservedAt) != 0) {
    return Status::error(Code::kUnsupported, "flags of section").at(index);
  }
  if (offset != start) return malformed("offset of section").at(index).got(offset, start);
  if (offset > total_ || bytes > total_ - offset) {
    return malformed("length of section").at(index).above(bytes, total_ - *end);
  }
  const uint64_t held = held_bytes(kind, bytes);
  const uint64_t place = place_of(offset);
  THIMBLE_RETURN_IF_ERROR(check_head(place + held));
  const auto gap = head_.subspan(static_cast<size_t>(place_of(*end)), static_cast<size_t>(offset - *end));
  if (!all_zero(gap)) return Status::error(Code::kCorrupt, "padding before section").at(index);
  *end = offset + bytes;
  const uint32_t stated_sum = load_u32(entry + s::kChecksumAt);
  if (kind == s::kData) {
    // Covered block by block by SUMS; its own field stays 0.
    if (stated_sum != 0) return Status::error(Code::kCorrupt, "checksum of section").at(index);
    if (index + 1 != section_count_) return malformed("DATA is not the last section").at(index);
    out_.data_at_ = static_cast<size_t>(offset);
    return {};
  }

  const auto body = head_.subspan(static_cast<size_t>(place), static_cast<size_t>(held));
  std::span<const std::byte>* slot = slot_of(kind);
  if (slot == nullptr && (flags & s::kRequired) != 0) {
    return Status::error(Code::kUnsupported, "required section of unknown kind").at(index);
  }
  // Of a section that is partly here Tokenizer::open checks it.
  if (held == bytes && stated_sum != checksum32(body))
    return Status::error(Code::kCorrupt, "checksum of section").at(index);
  if (slot == nullptr) return {};
  if (slot->data() != nullptr) return malformed("second section of the same kind").at(index);
  *slot = body;
  if constexpr (kStreaming) cut_out_ += bytes - held;
  return {};
}

// How many bytes of a section are in memory.
uint64_t ModelReader::held_bytes(uint32_t kind, uint64_t bytes) const {
  if (kind == s::kData) return 0;
  const bool without_pieces =
      kStreaming && held_ == Held::kTables && kind == s::kVocab && out_.vocab_.data() == nullptr;
  constexpr uint64_t kFront = format::vocabulary::kFrontBytes;
  return without_pieces && bytes > kFront ? kFront : bytes;
}

// Where the view of a section goes; null for kinds that this reader does not know.
std::span<const std::byte>* ModelReader::slot_of(uint32_t kind) {
  switch (kind) {
    case s::kTensors:
      return &out_.tensors_;
    case s::kRope:
      return &out_.rope_;
    case s::kVocab:
      return &out_.vocab_;
    case s::kBlockSums:
      return &out_.block_sums_;
    case s::kWords:
      return &out_.words_;
    case s::kAbout:
      return &out_.about_;
    default:
      return nullptr;
  }
}

Status ModelReader::check_sections() {
  if (out_.tensors_.empty()) return malformed("section TENS missing");
  if (out_.rope_.empty()) return malformed("section ROPE missing");
  if (out_.vocab_.empty()) return malformed("section VOCB missing");
  if (out_.block_sums_.empty()) return malformed("section SUMS missing");
  if (out_.data_at_ == 0 || data_bytes() == 0) return malformed("section DATA missing");
  const uint16_t least = least_minor(out_.vocab_, out_.config_.vocab_size, !out_.words_.empty());
  if (out_.minor_ < least) return malformed("minor version").got(out_.minor_, least);
  const uint64_t blocks = (data_bytes() + format::kBlockBytes - 1) / format::kBlockBytes;
  if (out_.block_sums_.size() != blocks * 4) {
    return malformed("length of section SUMS").got(out_.block_sums_.size(), blocks * 4);
  }
  return {};
}

Status ModelReader::check_directory() {
  out_.tensor_count_ = expected_tensor_count(out_.config_);
  const uint64_t expected = uint64_t{out_.tensor_count_} * format::kTensorEntryBytes;
  if (out_.tensors_.size() != expected) return malformed("length of section TENS").got(out_.tensors_.size(), expected);
  // The first tensor decides; check_type holds the others to it.
  out_.arithmetic_ = arithmetic_of(static_cast<DType>(out_.tensors_[t::kTypeAt]));
  uint64_t end = 0;
  for (uint32_t i = 0; i < out_.tensor_count_; ++i) {
    THIMBLE_RETURN_IF_ERROR(check_tensor(i, out_.tensors_.data() + size_t{i} * format::kTensorEntryBytes, &end));
  }
  if (end != data_bytes()) return malformed("length of section DATA").got(data_bytes(), end);
  return {};
}

Status ModelReader::check_tensor(uint32_t index, const std::byte* entry, uint64_t* end) {
  const TensorShape want = expected_tensor(out_.config_, index);
  const uint64_t offset = load_u64(entry + t::kOffsetAt);
  const uint64_t bytes = load_u64(entry + t::kBytesAt);
  const uint64_t size = tensor_bytes(static_cast<DType>(entry[t::kTypeAt]), want.rows, want.cols);
  const struct {
    const char* subject;
    uint64_t found;
    uint64_t expected;
  } fields[] = {
      {"role of tensor", load_u16(entry + t::kRoleAt), static_cast<uint16_t>(want.role)},
      {"layer of tensor", load_u32(entry + t::kLayerAt), want.layer},
      {"rows of tensor", load_u32(entry + t::kRowsAt), want.rows},
      {"columns of tensor", load_u32(entry + t::kColsAt), want.cols},
      {"length of tensor", bytes, size},
      {"offset of tensor", offset, round_up<uint64_t>(*end, format::kSectionAlign)},
  };
  THIMBLE_RETURN_IF_ERROR(check_type(index, want, entry));
  for (const auto& field : fields) {
    if (field.found != field.expected) return malformed(field.subject).at(index).got(field.found, field.expected);
  }
  if (offset > data_bytes() || bytes > data_bytes() - offset) {
    return malformed("tensor beyond section DATA").at(index).above(offset + bytes, data_bytes());
  }
  *end = offset + bytes;
  return {};
}

Status ModelReader::check_type(uint32_t index, const TensorShape& shape, const std::byte* entry) {
  const auto type = static_cast<uint8_t>(entry[t::kTypeAt]);
  if (!allows(out_.arithmetic_, shape.role, static_cast<DType>(type))) {
    return Status::error(Code::kUnsupported, "type of tensor").at(index).got(type, 0);
  }
  if (out_.arithmetic_ == Arithmetic::kFloat && entry[t::kExponentAt] != std::byte{0}) {
    return malformed("exponent of tensor").at(index).got(static_cast<uint8_t>(entry[t::kExponentAt]), 0);
  }
  return {};
}

Status ModelReader::check_rope() {
  const uint64_t expected = uint64_t{out_.config_.head_dim} / 2 * sizeof(uint64_t);
  if (out_.rope_.size() != expected) return malformed("length of section ROPE").got(out_.rope_.size(), expected);
  return {};
}

}  // namespace thimble
