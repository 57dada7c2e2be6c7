// sentencepiece .model files: a protobuf message (sentencepiece_model.proto). Only the fields that decide how text is
// cut are read; whatever this tokenizer could not reproduce is refused by name.

#include <optional>

#include "base/bytes.h"
#include "tools/error.h"
#include "tools/vocabulary/piece_text.h"
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

  bool is(uint32_t n, Wire w) const { return number == n && wire == w; }
};

// Walks the fields of one message. Throws Error where the bytes are no protobuf.
class MessageReader {
 public:
  // `start`: offset of the message in the file, for messages.
  MessageReader(std::span<const std::byte> file, std::span<const std::byte> message, const std::string& name)
      : bytes_(message), start_(static_cast<size_t>(message.data() - file.data())), name_(name) {}

  std::optional<Field> next() {
    if (at_ == bytes_.size()) return std::nullopt;
    Field field;
    const uint64_t key = varint();
    if (key >> 3 == 0 || key >> 32 != 0) throw broken();
    field.number = static_cast<uint32_t>(key >> 3);
    field.wire = static_cast<Wire>(key & 7);
    switch (field.wire) {
      case Wire::kVarint:
        field.varint = varint();
        break;
      case Wire::kFixed64:
        take(8);
        break;
      case Wire::kFixed32:
        field.f32 = load_f32(take(4).data());
        break;
      case Wire::kBytes:
        field.bytes = take(varint());
        break;
      default:
        throw broken();
    }
    return field;
  }

 private:
  Error broken() const {
    return Error(name_ + ": byte " + std::to_string(start_ + at_) +
                 " is no part of a sentencepiece model; the file is damaged, or something else");
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
    at_ += taken.size();
    return taken;
  }

  std::span<const std::byte> bytes_;
  size_t start_;
  const std::string& name_;
  size_t at_ = 0;
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ModelReader {
 public:
  ModelReader(std::span<const std::byte> file, const std::string& name) : file_(file), name_(name) {}

  Vocabulary read() {
    out_.format = "sentencepiece model";
    out_.remove_extra_spaces = true;  // NormalizerSpec's default
    MessageReader reader(file_, file_, name_);
    while (const auto field = reader.next()) {
      if (field->is(1, Wire::kBytes)) read_piece(field->bytes);
      if (field->is(2, Wire::kBytes)) read_trainer(field->bytes);
      if (field->is(3, Wire::kBytes)) read_normalizer(field->bytes);
    }
    check_model_type();
    check_spaces();
    out_.unk = checked_id(unk_, "unk_id");
    out_.bos = checked_id(bos_, "bos_id");
    out_.eos = checked_id(eos_, "eos_id");
    out_.add_bos = out_.bos != kNoToken;
    // sentencepiece leaves byte pieces alone then.
    for (VocabularyPiece& piece : out_.pieces) {
      if (!byte_fallback_ && piece.type == PieceType::kByte) piece = {"", piece.score, PieceType::kUnused};
      if (piece.type == PieceType::kUnused && !piece.text.empty()) out_.merge_unused = true;
    }
    return std::move(out_);
  }

 private:
  void read_piece(std::span<const std::byte> message) {
    const size_t id = out_.pieces.size();
    check_room(id, name_);
    VocabularyPiece piece;
    std::string_view spelled;
    uint64_t type = 1;
    MessageReader reader(file_, message, name_);
    while (const auto field = reader.next()) {
      if (field->is(1, Wire::kBytes)) spelled = as_text(field->bytes);
      if (field->is(2, Wire::kFixed32)) piece.score = field->f32;
      if (field->is(3, Wire::kVarint)) type = field->varint;
    }
    if (type < 1 || type > 6) {
      throw Error(piece_place(name_, id) + ": unknown type " + std::to_string(type) + "; the file is damaged");
    }
    piece.type = static_cast<PieceType>(type);
    piece.text = with_spaces(spelled);
    if (piece.type == PieceType::kByte) {
      const int byte = spelled_byte(piece.text);
      if (byte < 0) throw Error(piece_place(name_, id) + ": a byte not spelled <0xNN>; the file is damaged");
      piece.text = std::string(1, static_cast<char>(byte));
    }
    check_piece(piece, name_, id);
    out_.pieces.push_back(usable(std::move(piece), spelled));
  }

  // sentencepiece looks for pieces once all spaces of a text are U+2581, so one with a plain space is never found.
  VocabularyPiece usable(VocabularyPiece piece, std::string_view spelled) {
    const bool is_text =
        piece.type == PieceType::kNormal || piece.type == PieceType::kUser || piece.type == PieceType::kUnused;
    if (!is_text || spelled.find(' ') == std::string_view::npos) return piece;
    const bool keeps_spaces = piece.type == PieceType::kUser && spelled.find("  ") != std::string_view::npos;
    if (keeps_spaces) keeps_spaces_ = out_.pieces.size();
    return {"", piece.score, PieceType::kUnused};
  }

  void check_spaces() const {
    if (!out_.remove_extra_spaces || !keeps_spaces_) return;
    throw Error(piece_place(name_, *keeps_spaces_) + ": a user-defined piece with plain spaces in a row, which " +
                "remove_extra_whitespaces leaves alone, is not supported; train with U+2581 in their place");
  }

  // Field 2, TrainerSpec: the algorithm and the special ids.
  void read_trainer(std::span<const std::byte> message) {
    has_trainer_ = true;
    MessageReader reader(file_, message, name_);
    while (const auto field = reader.next()) {
      if (field->wire != Wire::kVarint) continue;
      if (field->number == 3) model_type_ = field->varint;
      if (field->number == 24 && field->varint != 0) {
        throw Error(name_ + ": treat_whitespace_as_suffix is not supported; train without it");
      }
      if (field->number == 35) byte_fallback_ = field->varint != 0;
      if (field->number == 40) unk_ = field->varint;
      if (field->number == 41) bos_ = field->varint;
      if (field->number == 42) eos_ = field->varint;
    }
  }

  // Field 3, NormalizerSpec.
  void read_normalizer(std::span<const std::byte> message) {
    has_normalizer_ = true;
    MessageReader reader(file_, message, name_);
    std::string rule = "unnamed";
    bool rewrites = false;
    while (const auto field = reader.next()) {
      if (field->is(1, Wire::kBytes)) rule = as_text(field->bytes);
      if (field->is(2, Wire::kBytes)) rewrites = !field->bytes.empty();
      if (field->is(3, Wire::kVarint)) out_.add_space = field->varint != 0;
      if (field->is(4, Wire::kVarint)) out_.remove_extra_spaces = field->varint != 0;
      if (field->is(5, Wire::kVarint) && field->varint == 0) {
        throw Error(name_ + ": escape_whitespaces=false is not supported; train with the default");
      }
    }
    if (!rewrites) return;
    throw Error(name_ + ": normalization rule " + rule.substr(0, 40) +
                " is not supported; train with --normalization_rule_name=identity");
  }

  void check_model_type() const {
    if (out_.pieces.empty()) throw Error(name_ + ": no pieces; this is no sentencepiece model, or it is damaged");
    // Both messages are in every model that sentencepiece writes, behind the pieces.
    if (!has_trainer_ || !has_normalizer_) {
      throw Error(name_ + ": no " + (has_trainer_ ? "normalizer" : "trainer") + "_spec; the file is cut short");
    }
    if (model_type_ == 2) return;
    const char* kind = model_type_ == 1 ? "unigram" : model_type_ == 3 ? "word" : model_type_ == 4 ? "char" : "unknown";
    throw Error(name_ + ": model type " + kind + " is not supported; train with --model_type=bpe");
  }

  uint32_t checked_id(uint64_t id, const char* field) const {
    if (static_cast<int64_t>(id) < 0) return kNoToken;  // -1 says that there is none
    if (id < out_.pieces.size()) return static_cast<uint32_t>(id);
    throw Error(name_ + ": " + field + " is " + std::to_string(id) + ", there are " +
                std::to_string(out_.pieces.size()) + " pieces; the file is damaged");
  }

  std::span<const std::byte> file_;
  const std::string& name_;
  Vocabulary out_;
  std::optional<size_t> keeps_spaces_;  // a user-defined piece that keeps spaces in a row from being removed
  bool has_trainer_ = false;
  bool has_normalizer_ = false;
  // TrainerSpec's defaults, for fields that the file leaves out.
  uint64_t model_type_ = 1;
  uint64_t unk_ = 0;
  uint64_t bos_ = 1;
  uint64_t eos_ = 2;
  bool byte_fallback_ = false;
};

}  // namespace

Vocabulary read_sentencepiece(std::span<const std::byte> bytes, const std::string& name) {
  return ModelReader(bytes, name).read();
}

}  // namespace thimble::tools
