#include "tests/support/vocabulary_fixture.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace thimble::testing {
namespace {

using tools::Vocabulary;
using tools::VocabularyPiece;

constexpr uint32_t kSpecials = 3;
constexpr uint32_t kBytes = 256;
constexpr size_t kLongestMerge = 12;

// By falling frequency, so that small vocabularies hold the useful ones.
constexpr std::array<std::string_view, 80> kCharacters = {
    " ", "e", "t", "a", "o",  "h", "n",  "i", "d", "s", "r", "l", "y", "m", "w", "u", ".", "p", "g",  "c",
    "b", "f", ",", "k", "T",  "v", "\"", "S", "L", "'", "I", "H", "B", "M", "A", "O", "!", "x", "j",  "z",
    "q", "W", "?", "D", "\n", "F", "C",  "J", "Y", "E", "G", "N", "P", "R", "-", "K", "0", "1", "2",  "3",
    "4", "5", "6", "7", "8",  "9", ":",  ";", "U", "V", "Z", "Q", "X", "(", ")", "é", "ü", "“", "语", "🙂"};

// Each is the join of two pieces that stand before it.
constexpr std::array<std::string_view, 44> kMerges = {
    " t", "he", " a",   " s", " w", "nd", " the", "ed",  " b", " to", " and", " h",   " f",  "in",  " wa",
    "re", " l", "ou",   "it", " c", " d", "ay",   " p",  " m", "er",  " was", "om",   "im",  " he", "en",
    "il", " T", " The", "id", " n", "is", "ar",   " be", " g", "on",  "  ",   "    ", "ing", " S"};

class Random {  // splitmix64
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  size_t below(size_t n) {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<size_t>((z ^ (z >> 31)) % n);
  }

 private:
  uint64_t state_;
};

bool splits_at_space(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ' ' && text[i - 1] != ' ') return false;
  }
  return true;
}

std::vector<std::string> make_merges(size_t count, size_t characters, uint64_t seed) {
  std::vector<std::string> parts(kCharacters.begin(), kCharacters.begin() + static_cast<ptrdiff_t>(characters));
  std::set<std::string> known(parts.begin(), parts.end());
  std::vector<std::string> merges;
  for (size_t i = 0; i < kMerges.size() && merges.size() < count; ++i) {
    merges.emplace_back(kMerges[i]);
    parts.emplace_back(kMerges[i]);
    known.emplace(kMerges[i]);
  }
  Random random(seed);
  while (merges.size() < count) {
    std::string text = parts[random.below(parts.size())] + parts[random.below(parts.size())];
    if (text.size() > kLongestMerge || !splits_at_space(text) || !known.insert(text).second) continue;
    parts.push_back(text);
    merges.push_back(std::move(text));
  }
  return merges;
}

void put_u32(std::vector<std::byte>* out, uint32_t v) {
  for (int i = 0; i < 4; ++i) out->push_back(static_cast<std::byte>(v >> (8 * i)));
}

void put_text(std::vector<std::byte>* out, std::string_view text) {
  for (const char c : text) out->push_back(static_cast<std::byte>(c));
}

void put_varint(std::vector<std::byte>* out, uint64_t v) {
  for (; v >= 0x80; v >>= 7) out->push_back(static_cast<std::byte>(v | 0x80));
  out->push_back(static_cast<std::byte>(v));
}

void put_number(std::vector<std::byte>* out, uint32_t field, uint64_t v) {
  put_varint(out, field << 3);
  put_varint(out, v);
}

void put_message(std::vector<std::byte>* out, uint32_t field, const std::vector<std::byte>& message) {
  put_varint(out, field << 3 | 2);
  put_varint(out, message.size());
  out->insert(out->end(), message.begin(), message.end());
}

std::string byte_name(const std::string& text) {
  char name[8];
  std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(static_cast<unsigned char>(text.at(0))));
  return name;
}

std::string escape_spaces(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == ' ' ? std::string("\xe2\x96\x81") : std::string(1, c);
  return out;
}

uint64_t as_id(uint32_t id) { return id == kNoToken ? ~uint64_t{0} : id; }  // sentencepiece's "none" is -1

}  // namespace

Vocabulary make_vocabulary(uint32_t size, uint64_t seed) {
  if (size < 8) throw std::invalid_argument("make_vocabulary: size < 8");
  Vocabulary v;
  v.format = "synthetic";
  v.unk = 0, v.bos = 1, v.eos = 2;
  v.pieces = {{"<unk>", 0, PieceType::kUnknown}, {"<s>", 0, PieceType::kControl}, {"</s>", 0, PieceType::kControl}};
  const bool bytes = size >= kSpecials + kBytes;
  for (uint32_t b = 0; bytes && b < kBytes; ++b) {
    v.pieces.push_back({std::string(1, static_cast<char>(b)), 0, PieceType::kByte});
  }
  const size_t rest = size - v.pieces.size();
  const size_t characters = std::min(rest, kCharacters.size());
  float score = 0;
  for (std::string& text : make_merges(rest - characters, characters, seed)) {
    v.pieces.push_back({std::move(text), score--, PieceType::kNormal});
  }
  for (size_t i = 0; i < characters; ++i) {
    v.pieces.push_back({std::string(kCharacters[i]), score--, PieceType::kNormal});
  }
  return v;
}

std::vector<std::byte> to_tokenizer_bin(const Vocabulary& vocabulary) {
  std::vector<std::byte> out;
  put_u32(&out, 0);
  size_t longest = 0;
  for (const VocabularyPiece& piece : vocabulary.pieces) {
    std::string text = piece.text;
    if (piece.type == PieceType::kByte) text = byte_name(text);
    if (piece.type == PieceType::kControl) text = "\n" + text + "\n";
    longest = std::max(longest, text.size());
    put_u32(&out, std::bit_cast<uint32_t>(piece.score));
    put_u32(&out, static_cast<uint32_t>(text.size()));
    put_text(&out, text);
  }
  std::vector<std::byte> first;
  put_u32(&first, static_cast<uint32_t>(longest));
  std::copy(first.begin(), first.end(), out.begin());
  return out;
}

std::vector<std::byte> to_sentencepiece(const Vocabulary& vocabulary) {
  std::vector<std::byte> out;
  bool bytes = false;
  for (const VocabularyPiece& piece : vocabulary.pieces) {
    bytes = bytes || piece.type == PieceType::kByte;
    std::vector<std::byte> text, message;
    put_text(&text, piece.type == PieceType::kByte ? byte_name(piece.text) : escape_spaces(piece.text));
    put_message(&message, 1, text);
    put_varint(&message, 2 << 3 | 5);
    put_u32(&message, std::bit_cast<uint32_t>(piece.score));
    put_number(&message, 3, static_cast<uint64_t>(piece.type));
    put_message(&out, 1, message);
  }
  std::vector<std::byte> trainer;
  put_number(&trainer, 3, 2);  // model_type: BPE
  put_number(&trainer, 35, bytes ? 1 : 0);
  put_number(&trainer, 40, as_id(vocabulary.unk));
  put_number(&trainer, 41, as_id(vocabulary.bos));
  put_number(&trainer, 42, as_id(vocabulary.eos));
  put_message(&out, 2, trainer);
  std::vector<std::byte> normalizer;
  put_number(&normalizer, 3, vocabulary.add_space ? 1 : 0);
  put_number(&normalizer, 4, vocabulary.remove_extra_spaces ? 1 : 0);
  put_number(&normalizer, 5, 1);
  put_message(&out, 3, normalizer);
  return out;
}

std::vector<uint32_t> encode(const Tokenizer& tokenizer, std::string_view text, const EncodeOptions& options) {
  // Exactly what the header promises to suffice, so that a sanitizer sees any byte more.
  const size_t bytes = Tokenizer::workspace_bytes(text.size());
  const auto workspace = std::make_unique<std::byte[]>(bytes);
  std::vector<uint32_t> ids(3 * (text.size() + 2));
  size_t count = 0;
  const Status status = tokenizer.encode(text, options, {workspace.get(), bytes}, ids, &count);
  std::array<char, 200> message;
  if (!status.ok()) throw std::runtime_error(std::string(format_status(status, message)));
  ids.resize(count);
  return ids;
}

std::string decode(const Tokenizer& tokenizer, const std::vector<uint32_t>& ids) {
  std::string text;
  uint32_t previous = kNoToken;
  for (const uint32_t id : ids) {
    text += tokenizer.decode(previous, id);
    previous = id;
  }
  return text;
}

void use_everything(const Tokenizer& tokenizer) {
  const auto promise = [](bool kept, const char* what) {
    if (!kept) throw std::runtime_error(what);
  };
  for (uint32_t id = 0; id < tokenizer.vocab_size(); ++id) {
    const std::string name(tokenizer.name(id));  // a view of pieces that are read would not outlast the next call
    promise(name.size() <= tokenizer.max_piece_bytes(), "piece longer than max_piece_bytes");
    promise(tokenizer.piece(id).empty() || tokenizer.piece(id) == name, "piece is not its name");
    promise(tokenizer.decode(tokenizer.bos(), id).size() <= name.size(), "decode adds bytes");
    promise(tokenizer.score(id) - tokenizer.score(id) == 0, "score not finite");
    const uint32_t found = tokenizer.find(name);
    promise(found == kNoToken || tokenizer.name(found) == name, "find gives another text");
  }
  const std::string longest(2 * size_t{tokenizer.max_piece_bytes()} + 3, 'a');
  for (const std::string_view text :
       {std::string_view("Once upon a time, the end.\n"),
        std::string_view("  <s>é\xe2\x96\x81\xff</s> 🙂\0 <unk>", 28), std::string_view(longest)}) {
    for (const bool control : {false, true}) {
      for (const uint32_t id : encode(tokenizer, text, {.parse_control = control})) {
        promise(id < tokenizer.vocab_size(), "id beyond the vocabulary");
      }
    }
  }
}

}  // namespace thimble::testing
