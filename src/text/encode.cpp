// Text to tokens. User-defined pieces (and control pieces, on request) are taken out first; what lies between them is
// cut into runs in front of spaces, which no piece crosses (vocab::kSplitAtSpace), so that a run is a word; RunMerger
// turns each run into pieces.

#include <cstring>

#include "text/byte_level/byte_level.h"
#include "text/piece_index.h"
#include "text/run_merger.h"
#include "text/utf8.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

constexpr std::string_view kMetaSpace = "\xe2\x96\x81";  // U+2581, sentencepiece's written form of a space

// The text from `at` on, as pieces have it: with a space for U+2581, perhaps an added one in front, and, where the
// vocabulary asks for that, without extra spaces. As in sentencepiece, U+2581 is one of these at the end only.
class Input {
 public:
  // `flags`: the vocabulary's.
  Input(std::string_view text, uint32_t flags) : text_(text), flags_(flags) {
    if (!removes_extra_spaces()) return;
    size_t end = 0;
    for (Input rest = *this; !rest.done();) {
      if (rest.take_byte() != ' ') end = rest.at_;
    }
    text_ = {text_.data(), end};
  }

  bool done() const { return !added_space_ && at_ == text_.size(); }
  size_t at() const { return at_; }
  // Without an added space. Not substr, which can throw, nor starts_with(text), which calls it.
  std::string_view rest() const { return {text_.data() + at_, text_.size() - at_}; }
  bool at_added_space() const { return added_space_; }
  void skip_added_space() { added_space_ = false; }
  // From here on it is a text of its own.
  void begin_anew() {
    skip_extra_spaces();
    added_space_ = (flags_ & vocab::kAddSpace) != 0 && at_ < text_.size();
    if constexpr (byte_level::kLinked) {
      if ((flags_ & vocab::kAddSpaceOnce) != 0 && added_space_ && text_[at_] == ' ') added_space_ = false;
    }
  }
  // Likewise, behind a control piece.
  void begin_behind_control() {
    if (!byte_level::kLinked || (flags_ & vocab::kAddSpaceOnce) == 0) begin_anew();
  }
  // The same, but ending at `end`, which is not behind its end.
  Input until(size_t end) const {
    Input part = *this;
    part.text_ = {text_.data(), end};
    return part;
  }

  char first() const { return added_space_ || at_meta_space() ? ' ' : text_[at_]; }
  char take_byte() {
    const char c = first();
    advance(at_meta_space() ? kMetaSpace.size() : 1);
    return c;
  }
  std::string_view take_character() {
    if (added_space_ || at_meta_space()) {
      take_byte();
      return " ";
    }
    const std::string_view character = {rest().data(), utf8_length(rest())};
    advance(character.size());
    return character;
  }

 private:
  bool at_meta_space() const {
    if constexpr (byte_level::kLinked) {
      if ((flags_ & vocab::kByteLevel) != 0) return false;  // three bytes like others
    }
    return text_.size() - at_ >= kMetaSpace.size() &&
           std::memcmp(text_.data() + at_, kMetaSpace.data(), kMetaSpace.size()) == 0;
  }
  void advance(size_t bytes) {
    if (!added_space_) {
      const bool space = text_[at_] == ' ';
      at_ += bytes;
      if (space) skip_extra_spaces();
    }
    added_space_ = false;
  }

  bool removes_extra_spaces() const { return (flags_ & vocab::kRemoveExtraSpaces) != 0; }
  void skip_extra_spaces() {
    while (removes_extra_spaces() && at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  std::string_view text_;
  uint32_t flags_;
  size_t at_ = 0;
  bool added_space_ = false;
};

bool starts_with(Input input, std::string_view piece) {
  for (const char c : piece) {
    if (input.done() || input.take_byte() != c) return false;
  }
  return true;
}

// Finds user-defined and control pieces at the front of an input.
class SpecialMatcher {
 public:
  // `types`: which pieces to find.
  SpecialMatcher(const PieceIndex& index, uint32_t types, const uint32_t* first_bytes, size_t longest,
                 const EncodeOptions& options)
      : index_(index), types_(types), first_bytes_(first_bytes), longest_(longest), options_(options) {}

  // Moves `input` behind the longest such piece that it starts with, and gives its id; kNoToken: none. No space is
  // added in front of a control piece.
  uint32_t take(Input* input) const {
    if (!input->at_added_space()) return take(input, types_);
    Input bare = *input;
    bare.skip_added_space();
    const uint32_t id = take(&bare, types_ & type_bit(PieceType::kControl));
    if (id == kNoToken) return take(input, types_ & type_bit(PieceType::kUser));
    *input = bare;
    return id;
  }

  // Moves `input`, where no such piece starts, to the next one or to its end, and gives what lies between.
  Input take_text(Input* input) const {
    const Input start = *input;
    do input->take_character();
    while (!input->done() && !starts_here(*input));
    return start.until(input->at());
  }

 private:
  bool starts_here(Input input) const { return take(&input) != kNoToken; }

  // The hash grows with the text, so that this takes time proportional to the longest piece and not to its square.
  uint32_t take(Input* input, uint32_t types) const {
    uint32_t id = kNoToken;
    if (types == 0 || !may_start(input->first())) return id;
    const Input start = *input;
    Input end = start;
    uint32_t hash = vocab::kHashStart;
    for (size_t n = 1; n <= longest_ && !end.done(); ++n) {
      hash = vocab::hash_step(hash, end.take_byte());
      if (is_literal(start.at(), end.at())) types &= ~type_bit(PieceType::kControl);
      const uint32_t found = find(start, n, vocab::hash_end(hash), types);
      if (found == kNoToken) continue;
      id = found;
      *input = end;
    }
    return id;
  }

  // Whether one of the literal bytes is among those of [begin, end).
  bool is_literal(size_t begin, size_t end) const {
    if (begin < options_.literal_begin) begin = options_.literal_begin;
    return begin < end && begin < options_.literal_end;
  }
  bool may_start(char c) const {
    const auto byte = static_cast<uint8_t>(c);
    return (first_bytes_[byte / 32] >> (byte % 32) & 1) != 0;
  }
  uint32_t find(const Input& start, size_t length, uint32_t hash, uint32_t types) const {
    const PieceIndex::Bucket bucket = index_.bucket(hash);
    for (const std::byte* p = bucket.begin; p != bucket.end;) {
      const Record record = read_record(p);
      p += record.bytes();
      if (record.text.size() != length || (type_bit(record.type) & types) == 0) continue;
      if (starts_with(start, record.text)) return record.id;  // the lowest id of several
    }
    return kNoToken;
  }

  PieceIndex index_;
  uint32_t types_;
  const uint32_t* first_bytes_;
  size_t longest_;
  const EncodeOptions& options_;
};

// Ids as they are found. Those that find no room are counted all the same, so that a refusal can say how many there
// are.
struct Output {
  std::span<uint32_t> ids;
  size_t count = 0;

  void put(uint32_t id) {
    if (count < ids.size()) ids[count] = id;
    ++count;
  }
};

// The run being gathered, and the way from its symbols to ids.
class Encoder {
 public:
  // `flags`: the vocabulary's.
  Encoder(const PieceIndex& index, uint32_t unk, uint32_t flags, std::span<std::byte> workspace, Output* output)
      : index_(index),
        unk_(unk),
        cut_at_space_((flags & vocab::kSplitAtSpace) != 0),
        whole_words_(byte_level::kLinked && (flags & vocab::kWholeWords) != 0),
        run_(index, workspace),
        output_(output) {}

  Status append(std::string_view character) {
    if (cut_at_space_ && character == " " && run_.size() > 0 && run_.last() != ' ') flush();
    if (run_.append(character)) return {};
    if constexpr (kStreaming) {
      // A special piece that could not be read leaves a longer run.
      if (const VocabularyStream* stream = index_.stream) THIMBLE_RETURN_IF_ERROR(stream->status());
    }
    return Status::error(Code::kTextTooLong, "run of text").above(run_.size() + character.size(), run_.capacity());
  }

  // Encodes `text`, which holds no special piece, word by word. Its symbols are bytes at first, not characters.
  Status append_words(Input text, byte_level::SplitRule rule) {
    if constexpr (byte_level::kLinked) {
      while (!text.done()) {
        size_t left = byte_level::word_characters(text.rest(), text.at_added_space(), rule);
        for (; left > 0; --left) {
          const std::string_view character = text.take_character();
          for (size_t i = 0; i < character.size(); ++i) THIMBLE_RETURN_IF_ERROR(append({character.data() + i, 1}));
        }
        flush();
      }
    }
    return {};
  }

  void put_special(uint32_t id) {
    flush();
    put(id);
  }

  // Encodes the run and empties it.
  void flush() {
    if (!put_whole_word()) {
      run_.merge();
      put_symbols();
    }
    run_.clear();
  }

 private:
  // Where words that are pieces are not left to merging: whether the run is one.
  bool put_whole_word() {
    if constexpr (byte_level::kLinked) {
      if (!whole_words_ || run_.size() == 0) return false;
      const std::byte* record = index_.find(run_.text(), type_bit(PieceType::kNormal));
      if (record == nullptr) return false;
      put(load_u32(record + vocab::kRecordIdAt));
      return true;
    }
    return false;
  }

  void put_symbols() {
    for (uint32_t at = 0; at < run_.size(); at += static_cast<uint32_t>(run_.symbol(at).size())) {
      const uint32_t id = run_.take_id(at);
      if (id == kNoToken) {
        put_bytes(run_.symbol(at));
      } else {
        put(id);
      }
    }
  }

  void put(uint32_t id) {
    after_unknown_ = false;
    output_->put(id);
  }

  // A character without a piece: its bytes; where one of them has no piece either, the unknown token, once for all
  // such characters in a row, as sentencepiece does.
  void put_bytes(std::string_view character) {
    bool known = true;
    for (const char c : character) known = known && index_.byte_id(c) != kNoToken;
    if (known) {
      for (const char c : character) put(index_.byte_id(c));
    } else if (byte_level::kLinked && unk_ == kNoToken) {
      return;  // a byte that no well-formed text has
    } else if (!after_unknown_) {
      put(unk_);
      after_unknown_ = true;
    }
  }

  PieceIndex index_;
  uint32_t unk_;
  bool cut_at_space_;
  bool whole_words_;
  bool after_unknown_ = false;
  RunMerger run_;
  Output* output_;
};

}  // namespace

size_t Tokenizer::workspace_bytes(size_t max_run_bytes) {
  constexpr size_t kAddedSpace = 1;
  return round_up(RunMerger::workspace_bytes(max_run_bytes + kAddedSpace), size_t{4});
}

Status Tokenizer::encode(std::string_view text, const EncodeOptions& options, std::span<std::byte> workspace,
                         std::span<uint32_t> ids, size_t* count) const {
  *count = 0;
  if (section_.empty()) return Status::error(Code::kNotReady, "tokenizer");
  if (reinterpret_cast<uintptr_t>(workspace.data()) % 4 != 0) {
    return Status::error(Code::kInvalidArgument, "alignment of workspace");
  }
  Output output{ids};
  if (options.add_bos && adds_bos()) output.put(bos_);
  const uint32_t types =
      (user_pieces_ > 0 ? type_bit(PieceType::kUser) : 0) | (options.parse_control ? type_bit(PieceType::kControl) : 0);
  const PieceIndex pieces = index();
  const SpecialMatcher specials(pieces, types, summary_.special_first, max_user_bytes_, options);
  Encoder encoder(pieces, unk_, flags_, workspace, &output);
  auto rule = byte_level::SplitRule::kNone;
  if constexpr (byte_level::kLinked) {
    rule = static_cast<byte_level::SplitRule>(load_u32(section_.data() + vocab::kSplitRuleAt));
  }
  Input input(text, flags_);
  if (options.add_space) input.begin_anew();
  while (!input.done()) {
    const uint32_t id = specials.take(&input);
    if (id != kNoToken) {
      encoder.put_special(id);
      if (options.add_space && pieces.record(id).type == PieceType::kControl) input.begin_behind_control();
    } else if (rule != byte_level::SplitRule::kNone) {
      THIMBLE_RETURN_IF_ERROR(encoder.append_words(specials.take_text(&input), rule));
    } else {
      THIMBLE_RETURN_IF_ERROR(encoder.append(input.take_character()));
    }
  }
  encoder.flush();
  if constexpr (kStreaming) THIMBLE_RETURN_IF_ERROR(status());
  if (output.count > ids.size()) {
    return Status::error(Code::kContextFull, "tokens of text").above(output.count, ids.size());
  }
  *count = output.count;
  return {};
}

}  // namespace thimble
