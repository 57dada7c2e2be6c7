// Text to tokens. User-defined pieces (and control pieces, on request) are taken out first; what lies between them is
// cut into runs in front of spaces, which no piece crosses (vocab::kSplitAtSpace), so that a run is a word; RunMerger
// turns each run into pieces.

#include "text/piece_index.h"
#include "text/run_merger.h"
#include "text/utf8.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

constexpr std::string_view kMetaSpace = "\xe2\x96\x81";  // U+2581, sentencepiece's written form of a space

// The text from `at` on, as pieces have it: with a space for U+2581, and perhaps an added one in front.
class Input {
 public:
  Input(std::string_view text, bool add_space) : text_(text) { begin_anew(add_space); }

  bool done() const { return !added_space_ && at_ == text_.size(); }
  bool at_added_space() const { return added_space_; }
  void skip_added_space() { added_space_ = false; }
  // From here on it is a text of its own.
  void begin_anew(bool add_space) { added_space_ = add_space && at_ < text_.size(); }

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
  // Not substr, which can throw, nor starts_with(text), which calls it.
  std::string_view rest() const { return {text_.data() + at_, text_.size() - at_}; }
  bool at_meta_space() const {
    return text_.size() - at_ >= kMetaSpace.size() && std::string_view(rest().data(), kMetaSpace.size()) == kMetaSpace;
  }
  void advance(size_t bytes) {
    if (!added_space_) at_ += bytes;
    added_space_ = false;
  }

  std::string_view text_;
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
  SpecialMatcher(const PieceIndex& index, uint32_t types, const uint32_t* first_bytes, size_t longest)
      : index_(index), types_(types), first_bytes_(first_bytes), longest_(longest) {}

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

 private:
  // The hash grows with the text, so that this takes time proportional to the longest piece and not to its square.
  uint32_t take(Input* input, uint32_t types) const {
    uint32_t id = kNoToken;
    if (types == 0 || !may_start(input->first())) return id;
    const Input start = *input;
    Input end = start;
    uint32_t hash = vocab::kHashStart;
    for (size_t n = 1; n <= longest_ && !end.done(); ++n) {
      hash = vocab::hash_step(hash, end.take_byte());
      const uint32_t found = find(start, n, vocab::hash_end(hash), types);
      if (found == kNoToken) continue;
      id = found;
      *input = end;
    }
    return id;
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
};

// Ids as they are found, up to the room there is.
struct Output {
  std::span<uint32_t> ids;
  size_t count = 0;

  Status put(uint32_t id) {
    if (count == ids.size()) return Status::error(Code::kContextFull, "tokens of text").above(count + 1, ids.size());
    ids[count++] = id;
    return {};
  }
};

// The run being gathered, and the way from its symbols to ids.
class Encoder {
 public:
  Encoder(const PieceIndex& index, uint32_t unk, bool cut_at_space, std::span<std::byte> workspace, Output* output)
      : index_(index), unk_(unk), cut_at_space_(cut_at_space), run_(index, workspace), output_(output) {}

  Status append(std::string_view character) {
    if (cut_at_space_ && character == " " && run_.size() > 0 && run_.last() != ' ') THIMBLE_RETURN_IF_ERROR(flush());
    if (run_.append(character)) return {};
    return Status::error(Code::kTextTooLong, "run of text").above(run_.size() + character.size(), run_.capacity());
  }

  Status put_special(uint32_t id) {
    THIMBLE_RETURN_IF_ERROR(flush());
    after_unknown_ = false;
    return output_->put(id);
  }

  // Encodes the run and empties it.
  Status flush() {
    run_.merge();
    for (size_t at = 0; at < run_.size(); at += run_.symbol(at).size()) {
      const uint32_t id = run_.id(at);
      if (id == kNoToken) {
        THIMBLE_RETURN_IF_ERROR(put_bytes(run_.symbol(at)));
      } else {
        after_unknown_ = false;
        THIMBLE_RETURN_IF_ERROR(output_->put(id));
      }
    }
    run_.clear();
    return {};
  }

 private:
  // A character without a piece: its bytes; where one of them has no piece either, the unknown token, once for all
  // such characters in a row, as sentencepiece does.
  Status put_bytes(std::string_view character) {
    bool known = true;
    for (const char c : character) known = known && index_.byte_id(c) != kNoToken;
    if (known) {
      after_unknown_ = false;
      for (const char c : character) THIMBLE_RETURN_IF_ERROR(output_->put(index_.byte_id(c)));
      return {};
    }
    if (after_unknown_) return {};
    after_unknown_ = true;
    return output_->put(unk_);
  }

  PieceIndex index_;
  uint32_t unk_;
  bool cut_at_space_;
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
  if (options.add_bos && adds_bos()) THIMBLE_RETURN_IF_ERROR(output.put(bos_));
  const bool add_space = options.add_space && adds_space();
  const uint32_t types =
      (user_pieces_ > 0 ? type_bit(PieceType::kUser) : 0) | (options.parse_control ? type_bit(PieceType::kControl) : 0);
  const SpecialMatcher specials(index(), types, special_first_, max_user_bytes_);
  Encoder encoder(index(), unk_, (flags_ & vocab::kSplitAtSpace) != 0, workspace, &output);
  for (Input input(text, add_space); !input.done();) {
    const uint32_t id = specials.take(&input);
    if (id == kNoToken) {
      THIMBLE_RETURN_IF_ERROR(encoder.append(input.take_character()));
      continue;
    }
    THIMBLE_RETURN_IF_ERROR(encoder.put_special(id));
    if (type(id) == PieceType::kControl) input.begin_anew(add_space);
  }
  THIMBLE_RETURN_IF_ERROR(encoder.flush());
  *count = output.count;
  return {};
}

}  // namespace thimble
