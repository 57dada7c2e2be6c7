// sentencepiece .model files: a protobuf message (sentencepiece_model.proto). Only the fields that decide how text is
// cut are read; whatever this tokenizer could not reproduce exactly is refused by name.

#include <cmath>
#include <optional>

#include "base/bytes.h"
#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {
namespace {

enum class Wire : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  uint32_t number = 0;
  Wire wire = Wire::kVarint;
  uint64_t varint = 0;
  float f32 = 0;
  std::span<const std::byte> bytes;
};

// Walks the fields of one message. Throws Error where the bytes are no protobuf.
class MessageReader {
 public:
  MessageReader(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::optional<Field> next() {
    if (at_ == bytes_.size()) return std::nullopt;
    Field field;
    const uint64_t key = varint();
    if (key >> 3 == 0 || key >> 32 != 0) throw broken();
    field.number = static_cast<uint32_t>(key >> 3);
    field.wire = static_cast<Wire>(key & 7);
    switch (field.wire) {
      case Wire::kVarint: field.varint = varint(); break;
      case Wire::kFixed64: take(8); break;
      case Wire::kFixed32: field.f32 = load_f32(take(4).data()); break;
      case Wire::kBytes: field.bytes = take(varint()); break;
      default: throw broken();
    }
    return field;
  }

 private:
  Error broken() const {
    return Error(name_ + ": byte " + std::to_string(at_) + " is no part of a sentencepiece model; the file is damaged " +
                 "or something else");
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(take(1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken();
  }
  std::span<const std::byte> take(uint64_t count) {
    if (count > bytes_.size() - at_) throw broken();
    const auto taken = bytes_.subspan(at_, static_cast<size_t>(count));
    at_ += static_cast<size_t>(count);
    return taken;
  }

  std::span<const std::byte> bytes_;
  const std::string& name_;
  size_t at_ = 0;
};

// sentencepiece writes spaces as U+2581.
std::string with_spaces(std::span<const std::byte> bytes) {
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::string_view kMetaSpace = "\xe2\x96\x81";
  for (size_t at = text.find(kMetaSpace); at != std::string::npos; at = text.find(kMetaSpace, at)) {
    text.replace(at, kMetaSpace.size(), " ");
  }
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

VocabularyPiece read_piece(std::span<const std::byte> bytes, size_t id, const std::string& name) {
  MessageReader reader(bytes, name);
  VocabularyPiece piece;
  uint64_t type = 1;
  while (const auto field = reader.next()) {
    if (field->number == 1 && field->wire == Wire::kBytes) piece.text = with_spaces(field->bytes);
    if (field->number == 2 && field->wire == Wire::kFixed32) piece.score = field->f32;
    if (field->number == 3 && field->wire == Wire::kVarint) type = field->varint;
  }
  const std::string where = name + ": piece " + std::to_string(id) + ": ";
  if (type < 1 || type > 6) throw Error(where + "unknown type " + std::to_string(type) + "; the file is damaged");
  if (!std::isfinite(piece.score)) throw Error(where + "its score is not a number; the file is damaged");
  if (piece.text.size() > vocab::kMaxPieceBytes) throw Error(where + "longer than 1024 bytes, which .thm does not allow");
  piece.type = static_cast<PieceType>(type);
  if (piece.type == PieceType::kByte) {
    const std::string& t = piece.text;
    const bool spelled = t.size() == 6 && t.compare(0, 3, "<0x") == 0 && hex_digit(t[3]) >= 0 && hex_digit(t[4]) >= 0;
    if (!spelled) throw Error(where + "a byte piece must be spelled <0xNN>; the file is damaged");
    piece.text = std::string(1, static_cast<char>(hex_digit(t[3]) * 16 + hex_digit(t[4])));
  }
  return piece;
}

// Field 2, TrainerSpec: the algorithm and the special ids.
void read_trainer(std::span<const std::byte> bytes, const std::string& name, uint64_t* model_type, Vocabulary* out) {
  MessageReader reader(bytes, name);
  const auto id = [](uint64_t value) {
    // A negative id (ten bytes of varint) means there is none.
    return value > 0x7fffffff ? kNoToken : static_cast<uint32_t>(value);
  };
  while (const auto field = reader.next()) {
    if (field->wire != Wire::kVarint) continue;
    if (field->number == 3) *model_type = field->varint;
    if (field->number == 40) out->unk = id(field->varint);
    if (field->number == 41) out->bos = id(field->varint);
    if (field->number == 42) out->eos = id(field->varint);
  }
}

// Field 3, NormalizerSpec. remove_extra_whitespaces (4) is left alone: llama2.c ignores it too, and models of this kind
// are trained on text where it changes nothing.
void read_normalizer(std::span<const std::byte> bytes, const std::string& name, Vocabulary* out) {
  MessageReader reader(bytes, name);
  while (const auto field = reader.next()) {
    if (field->number == 2 && field->wire == Wire::kBytes && !field->bytes.empty()) {
      throw Error(name + ": a character map for normalisation is not supported; train with --normalization_rule_name=identity");
    }
    if (field->number == 3 && field->wire == Wire::kVarint) out->add_space = field->varint != 0;
    if (field->number == 5 && field->wire == Wire::kVarint && field->varint == 0) {
      throw Error(name + ": escape_whitespaces=false is not supported; train with the default");
    }
  }
}

}  // namespace

Vocabulary read_sentencepiece(std::span<const std::byte> bytes, const std::string& name) {
  Vocabulary vocabulary;
  vocabulary.format = "sentencepiece model";
  vocabulary.unk = 0;  // TrainerSpec's defaults
  vocabulary.bos = 1;
  vocabulary.eos = 2;
  uint64_t model_type = 1;  // unigram
  MessageReader reader(bytes, name);
  while (const auto field = reader.next()) {
    if (field->wire != Wire::kBytes) continue;
    if (field->number == 1) vocabulary.pieces.push_back(read_piece(field->bytes, vocabulary.pieces.size(), name));
    if (field->number == 2) read_trainer(field->bytes, name, &model_type, &vocabulary);
    if (field->number == 3) read_normalizer(field->bytes, name, &vocabulary);
  }
  if (vocabulary.pieces.empty()) throw Error(name + ": no pieces; this is no sentencepiece model, or it is damaged");
  if (model_type != 2) {
    const char* kind = model_type == 1 ? "unigram" : model_type == 3 ? "word" : model_type == 4 ? "char" : "unknown";
    throw Error(name + ": model type " + kind + " is not supported; train with --model_type=bpe");
  }
  for (uint32_t* id : {&vocabulary.unk, &vocabulary.bos, &vocabulary.eos}) {
    if (*id >= vocabulary.pieces.size()) *id = kNoToken;
  }
  return vocabulary;
}

}  // namespace thimble::tools
