// encode() against the definition written down naively, on small random vocabularies: equal scores, duplicate pieces,
// user-defined, control and unused pieces, spaces in both forms and in rows, and bytes that are no UTF-8.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/vocabulary_fixture.h"
#include "thimble/tokenizer.h"
#include "tools/vocabulary/prune.h"

namespace thimble {
namespace {

using tools::Vocabulary;
using Ids = std::vector<uint32_t>;

// Few atoms, so that pieces meet often. U+2581, and bytes that are no character, alone and together.
const std::vector<std::string>& atoms() {
  static const std::vector<std::string> all = {"a", "a",  "b",    "c",    " ",    " ",  "\xe2\x96\x81",
                                               "é", "語", "\xff", "\xe2", "\xc3", "\n", "\xf0\x9f"};
  return all;
}

rc::Gen<std::string> text_of(int max_parts, const std::vector<std::string>& parts_to_use = atoms()) {
  return rc::gen::mapcat(rc::gen::inRange(0, max_parts + 1), [parts_to_use](int count) {
    return rc::gen::map(
        rc::gen::container<std::vector<std::string>>(static_cast<size_t>(count), rc::gen::elementOf(parts_to_use)),
        [](const std::vector<std::string>& parts) {
          std::string text;
          for (const std::string& part : parts) text += part;
          return text;
        });
  });
}

std::string with_spaces(std::string text) {
  for (size_t at; (at = text.find("\xe2\x96\x81")) != std::string::npos;) text.replace(at, 3, " ");
  return text;
}

enum class Bytes { kNone, kSome, kAll };

// Three specials; bytes; then up to 40 pieces with few different scores. Most join two that stand before them, so that
// merging gets far.
Vocabulary random_vocabulary(Bytes bytes) {
  Vocabulary v;
  v.unk = 0, v.bos = 1, v.eos = 2;
  v.add_space = *rc::gen::arbitrary<bool>();
  v.remove_extra_spaces = *rc::gen::arbitrary<bool>();
  v.merge_unused = *rc::gen::arbitrary<bool>();
  v.pieces = {{"<unk>", 0, PieceType::kUnknown}, {"<s>", 0, PieceType::kControl}, {"</s>", 0, PieceType::kControl}};
  for (int b = 0; b < 256; ++b) {
    const bool has = bytes == Bytes::kAll || (bytes == Bytes::kSome && b % 4 != 1);
    if (has) v.pieces.push_back({std::string(1, static_cast<char>(b)), 0, PieceType::kByte});
  }
  const auto kinds = *rc::gen::elementOf(std::vector<int>{1, 6, 11});  // up to 11: all kinds of pieces
  std::vector<std::string> known = {""};
  for (const std::string& atom : atoms()) known.push_back(with_spaces(atom));
  for (int n = *rc::gen::inRange(0, 40); n > 0; --n) {
    const std::string text = *rc::gen::elementOf(known) + *rc::gen::elementOf(known);
    known.push_back(text);
    const int kind = *rc::gen::inRange(0, kinds);
    const PieceType type = kind < 5    ? PieceType::kNormal
                           : kind < 8  ? PieceType::kUnused
                           : kind < 10 ? PieceType::kUser
                                       : PieceType::kControl;
    const auto score = static_cast<float>(*rc::gen::inRange(-3, 3));
    if (!text.empty()) v.pieces.push_back({text, score, type});
  }
  return v;
}

// The length of the character at the front, by the rules of the Unicode Standard; 1 where there is none.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0u; };
  const size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : byte(0) >= 0xc0 ? 2 : 1;
  uint32_t code = byte(0) & (length == 1 ? 0x7fu : 0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 1;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool legal = code >= kLeast[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return legal ? length : 1;
}

// A byte of a text as pieces have it: a space for U+2581.
struct Unit {
  char c = 0;
  bool is_plain_space = false;  // 0x20 itself
  size_t begin = 0, end = 0;    // the bytes of the text that it stands for
};

std::vector<Unit> units_of(std::string_view text, bool remove_extra_spaces) {
  std::vector<Unit> units;
  for (size_t at = 0; at < text.size();) {
    const bool meta = text.substr(at, 3) == "\xe2\x96\x81";
    Unit unit = {meta ? ' ' : text[at], text[at] == ' ', at, at + (meta ? 3 : 1)};
    at = unit.end;
    const bool extra = remove_extra_spaces && unit.is_plain_space && !units.empty() && units.back().is_plain_space;
    if (extra) units.back().end = unit.end;
    if (!extra) units.push_back(unit);
  }
  while (remove_extra_spaces && !units.empty() && units.back().c == ' ') units.pop_back();
  return units;
}

// The definition, without any cleverness.
class Naive {
 public:
  explicit Naive(const Vocabulary& vocabulary) : v_(vocabulary) {
    for (uint32_t id = 0; id < v_.pieces.size(); ++id) ids_.emplace(Key{v_.pieces[id].type, v_.pieces[id].text}, id);
  }

  Ids encode(std::string_view input, const EncodeOptions& options) {
    out_.clear();
    last_unknown_ = false;
    options_ = options;
    if (options.add_bos && v_.add_bos) out_.push_back(v_.bos);
    units_ = units_of(input, v_.remove_extra_spaces);
    bool begins = options.add_space;
    std::string gap;
    drop_space_in_front(begins);
    while (!units_.empty()) {
      // Control pieces stand at the front as they are, everything else behind the added space.
      const bool adds_space = begins && v_.add_space;
      auto [id, length] = special(options.parse_control, !adds_space);
      if (id == kNoToken && adds_space) {
        units_.insert(units_.begin(), Unit{' ', false, 0, 0});
        std::tie(id, length) = special(false, true);
      }
      begins = false;
      if (id == kNoToken) {
        const std::string text = front();
        length = character_length(text);
        gap += text.substr(0, length);
      } else {
        encode_gap(std::exchange(gap, {}));
        out_.push_back(id);
        last_unknown_ = false;
        begins = options.add_space && v_.pieces[id].type == PieceType::kControl;
      }
      units_.erase(units_.begin(), units_.begin() + static_cast<ptrdiff_t>(length));
      drop_space_in_front(begins);
    }
    encode_gap(gap);
    return out_;
  }

 private:
  using Key = std::pair<PieceType, std::string>;

  uint32_t find(PieceType type, const std::string& text) const {
    const auto found = ids_.find({type, text});
    return found == ids_.end() ? kNoToken : found->second;
  }
  uint32_t find_merged(const std::string& text) const {
    const uint32_t unused = v_.merge_unused ? find(PieceType::kUnused, text) : kNoToken;
    return std::min(find(PieceType::kNormal, text), unused);
  }

  std::string front() const {
    std::string text;
    for (const Unit& unit : units_) text += unit.c;
    return text;
  }
  void drop_space_in_front(bool begins) {
    const bool drop = begins && v_.remove_extra_spaces && !units_.empty() && units_.front().is_plain_space;
    if (drop) units_.erase(units_.begin());
  }
  // Whether the first units touch the bytes that are to be taken literally.
  bool is_literal(size_t length) const {
    return std::max(units_.front().begin, options_.literal_begin) <
           std::min(units_[length - 1].end, options_.literal_end);
  }

  std::pair<uint32_t, size_t> special(bool control, bool user) const {
    const std::string text = front();
    for (size_t length = text.size(); length > 0; --length) {
      uint32_t id = user ? find(PieceType::kUser, text.substr(0, length)) : kNoToken;
      if (control && !is_literal(length)) id = std::min(id, find(PieceType::kControl, text.substr(0, length)));
      if (id != kNoToken) return {id, length};
    }
    return {kNoToken, 0};
  }

  void encode_gap(const std::string& text) {
    std::vector<std::string> symbols;
    for (size_t at = 0; at < text.size(); at += symbols.back().size()) {
      symbols.push_back(text.substr(at, character_length(std::string_view(text).substr(at))));
    }
    std::map<std::string, std::pair<std::string, std::string>> parts;
    while (true) {
      size_t best = symbols.size();
      float best_score = 0;
      for (size_t i = 0; i + 1 < symbols.size(); ++i) {
        const uint32_t id = find_merged(symbols[i] + symbols[i + 1]);
        if (id == kNoToken || (best < symbols.size() && v_.pieces[id].score <= best_score)) continue;
        best = i;
        best_score = v_.pieces[id].score;
      }
      if (best == symbols.size()) break;
      parts[symbols[best] + symbols[best + 1]] = {symbols[best], symbols[best + 1]};
      symbols[best] += symbols[best + 1];
      symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(best) + 1);
    }
    for (const std::string& symbol : symbols) put_parts(symbol, parts);
  }

  void put_parts(const std::string& symbol, const std::map<std::string, std::pair<std::string, std::string>>& parts) {
    const auto merged = parts.find(symbol);
    if (merged == parts.end()) return put(symbol, find(PieceType::kNormal, symbol));
    const uint32_t id = find_merged(symbol);
    if (v_.pieces[id].type != PieceType::kUnused) return put(symbol, id);
    put_parts(merged->second.first, parts);
    put_parts(merged->second.second, parts);
  }

  void put(const std::string& symbol, uint32_t id) {
    Ids ids = {id};
    if (id == kNoToken) {
      ids.clear();
      for (const char c : symbol) ids.push_back(find(PieceType::kByte, std::string(1, c)));
    }
    const bool unknown = std::count(ids.begin(), ids.end(), kNoToken) > 0;
    if (!unknown) {
      out_.insert(out_.end(), ids.begin(), ids.end());
    } else if (!last_unknown_) {
      out_.push_back(v_.unk);
    }
    last_unknown_ = unknown;
  }

  const Vocabulary& v_;
  std::map<Key, uint32_t> ids_;
  EncodeOptions options_;
  std::vector<Unit> units_;  // what is left
  Ids out_;
  bool last_unknown_ = false;
};

void check_against_the_definition(Bytes bytes) {
  const Vocabulary vocabulary = random_vocabulary(bytes);
  const auto section = tools::write_vocabulary(vocabulary);
  Tokenizer tokenizer;
  RC_ASSERT(tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size())).ok());
  std::vector<std::string> parts = atoms();
  for (const tools::VocabularyPiece& piece : vocabulary.pieces) {
    if (piece.type != PieceType::kByte) parts.push_back(piece.text);
  }
  Naive naive(vocabulary);
  for (int n = 0; n < 8; ++n) {
    const std::string text = *text_of(40, parts);
    const EncodeOptions options = {.add_bos = *rc::gen::arbitrary<bool>(),
                                   .add_space = *rc::gen::arbitrary<bool>(),
                                   .parse_control = *rc::gen::arbitrary<bool>(),
                                   .literal_begin = *rc::gen::inRange<size_t>(0, text.size() + 2),
                                   .literal_end = *rc::gen::inRange<size_t>(0, text.size() + 2)};
    RC_ASSERT(testing::encode(tokenizer, text, options) == naive.encode(text, options));
  }
}

RC_GTEST_PROP(EncodeProperty, FollowsTheDefinitionWithoutBytes, ()) { check_against_the_definition(Bytes::kNone); }
RC_GTEST_PROP(EncodeProperty, FollowsTheDefinitionWithSomeBytes, ()) { check_against_the_definition(Bytes::kSome); }
RC_GTEST_PROP(EncodeProperty, FollowsTheDefinitionWithAllBytes, ()) { check_against_the_definition(Bytes::kAll); }

// With byte fallback nothing is lost but the written form of spaces.
RC_GTEST_PROP(EncodeProperty, DecodesToTheSameText, (uint32_t seed)) {
  const auto size = *rc::gen::inRange<uint32_t>(259, 600);
  const Vocabulary vocabulary = testing::make_vocabulary(size, seed);
  const auto section = tools::write_vocabulary(vocabulary);
  Tokenizer tokenizer;
  RC_ASSERT(tokenizer.open(section, size).ok());
  for (int n = 0; n < 8; ++n) {
    const std::string text = *rc::gen::oneOf(text_of(100), rc::gen::string<std::string>());
    const Ids ids = testing::encode(tokenizer, text);
    RC_ASSERT(testing::decode(tokenizer, ids) == with_spaces(text));
    RC_ASSERT(ids.size() <= text.size() + 2);  // BOS, the added space, and a byte each
  }
}

// A pruned vocabulary encodes the text that it was pruned for to the same pieces under their new ids, and with byte
// fallback loses nothing of other texts.
void check_pruning(Bytes bytes) {
  tools::ImportedModel model;
  model.vocabulary = random_vocabulary(bytes);
  const Vocabulary before = model.vocabulary;
  const auto encoded = [](const Vocabulary& vocabulary, const std::string& text) {
    const auto section = tools::write_vocabulary(vocabulary);
    Tokenizer tokenizer;
    RC_ASSERT(tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size() - vocabulary.steps)).ok());
    const Ids ids = testing::encode(tokenizer, text);
    return std::pair(ids, testing::decode(tokenizer, ids));
  };
  const std::string needed = *text_of(40);
  const auto [ids, decoded] = encoded(before, needed);
  const tools::Pruning pruning = tools::needed_pieces(before, ids);
  tools::keep_pieces(pruning, &model);
  RC_ASSERT(pruning.kept.size() == pruning.in_text + pruning.characters + pruning.always);
  RC_ASSERT(model.config.vocab_size == pruning.kept.size());

  auto [remapped, same_text] = encoded(model.vocabulary, needed);
  for (uint32_t& id : remapped) id = pruning.kept[id];
  RC_ASSERT(remapped == ids);
  RC_ASSERT(same_text == decoded);
  if (bytes != Bytes::kAll) return;
  const std::string other = *text_of(40);
  RC_ASSERT(encoded(model.vocabulary, other).second == encoded(before, other).second);
}
RC_GTEST_PROP(PruneProperty, KeepsTheIdsOfItsTextWithoutBytes, ()) { check_pruning(Bytes::kNone); }
RC_GTEST_PROP(PruneProperty, KeepsTheIdsOfItsTextWithSomeBytes, ()) { check_pruning(Bytes::kSome); }
RC_GTEST_PROP(PruneProperty, KeepsTheIdsOfItsTextWithAllBytes, ()) { check_pruning(Bytes::kAll); }

// What the stream passes on is whole, wherever it is cut, and equal for all cuts.
RC_GTEST_PROP(Utf8StreamProperty, DoesNotDependOnTheCuts, ()) {
  const std::string bytes = *rc::gen::oneOf(text_of(30), rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
  const auto run = [&](const std::vector<size_t>& sizes) {
    Utf8Stream stream;
    std::string out;
    size_t next = 0;
    for (size_t at = 0; at < bytes.size();) {
      const std::string part = bytes.substr(at, sizes.empty() ? bytes.size() : 1 + sizes[next++ % sizes.size()] % 5);
      std::vector<char> buffer(Utf8Stream::max_output(part.size()));
      out.append(buffer.data(), stream.push(part, buffer.data()));
      for (size_t i = 0; i < out.size(); i += character_length(std::string_view(out).substr(i))) {
        RC_ASSERT(static_cast<uint8_t>(out[i]) < 0x80 || character_length(std::string_view(out).substr(i)) > 1);
      }
      at += part.size();
    }
    char last[3];
    return out.append(last, stream.finish(last));
  };
  RC_ASSERT(run({}) == run(*rc::gen::nonEmpty<std::vector<size_t>>()));
}

}  // namespace
}  // namespace thimble
