// Opening a vocabulary section, and every question about single pieces.

#include "thimble/tokenizer.h"

#include "text/check_section.h"
#include "text/piece_index.h"

namespace thimble {

Status Tokenizer::open(std::span<const std::byte> section, uint32_t vocab_size) {
  *this = Tokenizer();
  THIMBLE_RETURN_IF_ERROR(check_section(section, vocab_size, &summary_));
  adopt(section, vocab_size);
  return {};
}

void Tokenizer::adopt(std::span<const std::byte> section, uint32_t vocab_size) {
  const std::byte* p = section.data();
  section_ = section;
  vocab_size_ = vocab_size;
  pieces_ = load_u32(p + vocab::kSizeAt);
  flags_ = load_u32(p + vocab::kFlagsAt);
  bos_ = load_u32(p + vocab::kBosAt);
  eos_ = load_u32(p + vocab::kEosAt);
  unk_ = load_u32(p + vocab::kUnkAt);
  bucket_count_ = load_u32(p + vocab::kBucketCountAt);
  max_piece_bytes_ = load_u32(p + vocab::kMaxPieceBytesAt);
  user_pieces_ = load_u32(p + vocab::kUserPiecesAt);
  max_user_bytes_ = load_u32(p + vocab::kMaxUserBytesAt);
}

Status Tokenizer::status() const {
  if constexpr (kStreaming) {
    if (stream_ != nullptr) return stream_->status();
  }
  return {};
}

uint32_t Tokenizer::max_piece_bytes(std::span<const std::byte> section) {
  if (section.size() < vocab::kHeaderBytes) return 0;
  const uint32_t stated = load_u32(section.data() + vocab::kMaxPieceBytesAt);
  return stated < vocab::kMaxPieceBytes ? stated : vocab::kMaxPieceBytes;
}

PieceIndex Tokenizer::index() const {
  if constexpr (kStreaming) {
    if (stream_ != nullptr) {
      stream_->forgive();
      return PieceIndex(section_.data(), StreamPointer(stream_), bucket_count_, max_piece_bytes_);
    }
  }
  return {section_.data(), pieces_, bucket_count_, max_piece_bytes_};
}

uint32_t Tokenizer::find(std::string_view text) const {
  if (section_.empty()) return kNoToken;
  const std::byte* record = index().find(text, kIndexedTypes);
  return record == nullptr ? kNoToken : read_record(record).id;
}

std::string_view Tokenizer::piece(uint32_t id) const {
  constexpr uint32_t kWithText = type_bit(PieceType::kNormal) | type_bit(PieceType::kUser) | type_bit(PieceType::kByte);
  if (id >= vocab_size_) return {};
  const Record record = index().record(id);
  return (type_bit(record.type) & kWithText) != 0 ? record.text : std::string_view{};
}

std::string_view Tokenizer::decode(uint32_t previous, uint32_t id) const {
  std::string_view text = piece(id);
  // A byte token too: that is how the added space is spelled where no piece has one.
  if (adds_space() && previous == bos_ && bos_ != kNoToken && text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

std::string_view Tokenizer::name(uint32_t id) const {
  return id < vocab_size_ ? index().record(id).text : std::string_view{};
}

PieceType Tokenizer::type(uint32_t id) const { return id < vocab_size_ ? index().record(id).type : PieceType::kUnused; }

float Tokenizer::score(uint32_t id) const { return id < vocab_size_ ? index().record(id).score : 0.0f; }

bool Tokenizer::adds_bos() const { return (flags_ & vocab::kAddBos) != 0; }

bool Tokenizer::adds_space() const { return (flags_ & vocab::kAddSpace) != 0; }

bool Tokenizer::removes_extra_spaces() const { return (flags_ & vocab::kRemoveExtraSpaces) != 0; }

}  // namespace thimble
