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

uint16_t least_minor(std::span<const std::byte> vocabulary) {
  constexpr size_t kFlagsAt = format::vocabulary::kFlagsAt;
  if (vocabulary.size() < kFlagsAt + sizeof(uint32_t)) return 0;
  return (load_u32(vocabulary.data() + kFlagsAt) & format::vocabulary::kFlagsOfMinor1) != 0 ? 1 : 0;
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
  out_.image_ = image_;
  *model = out_;
  return {};
}

Status ModelReader::read_header() {
  if (reinterpret_cast<uintptr_t>(image_.data()) % format::kRowAlign != 0) {
    return Status::error(Code::kInvalidArgument, "start of the image, not a multiple of 16");
  }
  // The magic first, so that any other file is told as such however short it is.
  const size_t magic_bytes = image_.size() < format::kMagic.size() ? image_.size() : format::kMagic.size();
  if (image_.empty() || std::memcmp(image_.data(), format::kMagic.data(), magic_bytes) != 0) {
    return Status::error(Code::kBadMagic, "");
  }
  if (image_.size() < format::kHeaderBytes) {
    return Status::error(Code::kTruncated, "header").got(image_.size(), format::kHeaderBytes);
  }
  const std::byte* p = image_.data();
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
  if (checksum32(image_.first(h::kChecksumAt)) != load_u32(p + h::kChecksumAt)) {
    return Status::error(Code::kCorrupt, "header checksum");
  }
  if (load_u32(p + h::kHeaderBytesAt) != format::kHeaderBytes) {
    return malformed("header length").got(load_u32(p + h::kHeaderBytesAt), format::kHeaderBytes);
  }
  if (!all_zero(image_.subspan(h::kReservedAt, h::kTableChecksumAt - h::kReservedAt))) {
    return malformed("reserved header bytes");
  }
  section_count_ = load_u32(p + h::kSectionCountAt);
  flags_ = load_u32(p + h::kFlagsAt);
  if ((flags_ & ~h::kTiedClassifier) != 0) return Status::error(Code::kUnsupported, "header flags");
  return check_count("section count", section_count_, format::kMaxSections);
}

Status ModelReader::check_length() {
  const uint64_t total = stated_bytes();
  if (image_.size() < total) return Status::error(Code::kTruncated, "file length").got(image_.size(), total);
  if (image_.size() > total) return malformed("file length").got(image_.size(), total);
  return {};
}

uint64_t ModelReader::stated_bytes() const { return load_u64(image_.data() + h::kTotalBytesAt); }

Status ModelReader::read_config() {
  const std::byte* p = image_.data();
  ModelConfig& c = out_.config_;
  c.dim = load_u32(p + h::kDimAt);
  c.hidden_dim = load_u32(p + h::kHiddenDimAt);
  c.n_layers = load_u32(p + h::kLayersAt);
  c.n_heads = load_u32(p + h::kHeadsAt);
  c.n_kv_heads = load_u32(p + h::kKvHeadsAt);
  c.head_dim = load_u32(p + h::kHeadDimAt);
  c.vocab_size = load_u32(p + h::kVocabAt);
  c.max_context = load_u32(p + h::kContextAt);
  c.rope_theta = load_f32(p + h::kRopeThetaAt);
  c.norm_eps = load_f32(p + h::kNormEpsAt);
  c.tied_classifier = (flags_ & h::kTiedClassifier) != 0;
  THIMBLE_RETURN_IF_ERROR(check_count("dim", c.dim, format::kMaxDim));
  THIMBLE_RETURN_IF_ERROR(check_count("hidden_dim", c.hidden_dim, format::kMaxDim));
  THIMBLE_RETURN_IF_ERROR(check_count("n_layers", c.n_layers, format::kMaxLayers));
  THIMBLE_RETURN_IF_ERROR(check_count("n_heads", c.n_heads, format::kMaxHeads));
  THIMBLE_RETURN_IF_ERROR(check_count("n_kv_heads", c.n_kv_heads, format::kMaxHeads));
  THIMBLE_RETURN_IF_ERROR(check_count("head_dim", c.head_dim, format::kMaxDim));
  THIMBLE_RETURN_IF_ERROR(check_count("vocab_size", c.vocab_size, format::kMaxVocab));
  THIMBLE_RETURN_IF_ERROR(check_count("max_context", c.max_context, format::kMaxContext));
  // n_heads <= 2^10 and head_dim <= 2^16, so the product fits.
  THIMBLE_RETURN_IF_ERROR(check_count("n_heads x head_dim", c.q_dim(), format::kMaxDim));
  if (c.n_heads % c.n_kv_heads != 0)
    return malformed("n_kv_heads does not divide n_heads").got(c.n_kv_heads, c.n_heads);
  if (c.head_dim % 2 != 0) return malformed("odd head_dim").got(c.head_dim, c.head_dim + 1);
  if (!is_finite(c.rope_theta) || c.rope_theta <= 0) return malformed("rope_theta");
  if (!is_finite(c.norm_eps) || c.norm_eps < 0) return malformed("norm_eps");
  return {};
}

Status ModelReader::read_section_table() {
  const uint64_t table_bytes = uint64_t{section_count_} * format::kSectionEntryBytes;
  if (image_.size() - format::kHeaderBytes < table_bytes) return malformed("section table length");
  const auto table = image_.subspan(format::kHeaderBytes, static_cast<size_t>(table_bytes));
  if (checksum32(table) != load_u32(image_.data() + h::kTableChecksumAt)) {
    return Status::error(Code::kCorrupt, "section table checksum");
  }
  uint64_t end = format::kHeaderBytes + table_bytes;
  for (uint32_t i = 0; i < section_count_; ++i) {
    THIMBLE_RETURN_IF_ERROR(read_section(i, table.data() + size_t{i} * format::kSectionEntryBytes, &end));
  }
  if (end != image_.size()) return malformed("bytes behind the last section").got(image_.size(), end);
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
  if (offset > image_.size() || bytes > image_.size() - offset) {
    return malformed("length of section").at(index).above(bytes, image_.size() - *end);
  }
  const auto gap = image_.subspan(static_cast<size_t>(*end), static_cast<size_t>(offset - *end));
  if (!all_zero(gap)) return Status::error(Code::kCorrupt, "padding before section").at(index);
  *end = offset + bytes;

  const auto body = image_.subspan(static_cast<size_t>(offset), static_cast<size_t>(bytes));
  std::span<const std::byte>* slot = nullptr;
  switch (kind) {
    case s::kTensors:
      slot = &out_.tensors_;
      break;
    case s::kRope:
      slot = &out_.rope_;
      break;
    case s::kVocab:
      slot = &out_.vocab_;
      break;
    case s::kBlockSums:
      slot = &out_.block_sums_;
      break;
    case s::kAbout:
      slot = &out_.about_;
      break;
    case s::kData:
      slot = &out_.data_;
      break;
    default:
      break;
  }
  if (slot == nullptr && (flags & s::kRequired) != 0) {
    return Status::error(Code::kUnsupported, "required section of unknown kind").at(index);
  }
  // DATA is covered block by block by SUMS; its own field stays 0.
  const uint32_t expected_sum = kind == s::kData ? 0 : checksum32(body);
  if (load_u32(entry + s::kChecksumAt) != expected_sum) {
    return Status::error(Code::kCorrupt, "checksum of section").at(index);
  }
  if (slot == nullptr) return {};
  if (slot->data() != nullptr) return malformed("second section of the same kind").at(index);
  if (kind == s::kData && index + 1 != section_count_) return malformed("DATA is not the last section").at(index);
  *slot = body;
  return {};
}

Status ModelReader::check_sections() {
  if (out_.tensors_.empty()) return malformed("section TENS missing");
  if (out_.rope_.empty()) return malformed("section ROPE missing");
  if (out_.vocab_.empty()) return malformed("section VOCB missing");
  if (out_.block_sums_.empty()) return malformed("section SUMS missing");
  if (out_.data_.empty()) return malformed("section DATA missing");
  const uint16_t least = least_minor(out_.vocab_);
  if (out_.minor_ < least) return malformed("minor version").got(out_.minor_, least);
  const uint64_t blocks = (out_.data_.size() + format::kBlockBytes - 1) / format::kBlockBytes;
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
  const auto first = static_cast<DType>(out_.tensors_[t::kTypeAt]);
  const bool integer = first == DType::kQ8 || first == DType::kQ4 || first == DType::kQ16;
  out_.arithmetic_ = integer ? Arithmetic::kInteger : Arithmetic::kFloat;
  uint64_t end = 0;
  for (uint32_t i = 0; i < out_.tensor_count_; ++i) {
    THIMBLE_RETURN_IF_ERROR(check_tensor(i, out_.tensors_.data() + size_t{i} * format::kTensorEntryBytes, &end));
  }
  if (end != out_.data_.size()) return malformed("length of section DATA").got(out_.data_.size(), end);
  return {};
}

Status ModelReader::check_tensor(uint32_t index, const std::byte* entry, uint64_t* end) {
  const TensorShape want = expected_tensor(out_.config_, index);
  const uint16_t role = load_u16(entry + t::kRoleAt);
  const uint32_t layer = load_u32(entry + t::kLayerAt);
  const uint32_t rows = load_u32(entry + t::kRowsAt);
  const uint32_t cols = load_u32(entry + t::kColsAt);
  const uint64_t offset = load_u64(entry + t::kOffsetAt);
  const uint64_t bytes = load_u64(entry + t::kBytesAt);
  if (role != static_cast<uint16_t>(want.role)) {
    return malformed("role of tensor").at(index).got(role, static_cast<uint16_t>(want.role));
  }
  if (layer != want.layer) return malformed("layer of tensor").at(index).got(layer, want.layer);
  if (rows != want.rows) return malformed("rows of tensor").at(index).got(rows, want.rows);
  if (cols != want.cols) return malformed("columns of tensor").at(index).got(cols, want.cols);
  THIMBLE_RETURN_IF_ERROR(check_type(index, want, entry));
  const uint64_t size = tensor_bytes(static_cast<DType>(entry[t::kTypeAt]), rows, cols);
  const uint64_t start = round_up<uint64_t>(*end, format::kSectionAlign);
  if (bytes != size) return malformed("length of tensor").at(index).got(bytes, size);
  if (offset != start) return malformed("offset of tensor").at(index).got(offset, start);
  if (offset > out_.data_.size() || bytes > out_.data_.size() - offset) {
    return malformed("tensor beyond section DATA").at(index).above(offset + bytes, out_.data_.size());
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
