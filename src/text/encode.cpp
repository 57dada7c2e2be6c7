// Text to tokens: byte-pair encoding by score, as sentencepiece defines it.
//
// A run of text is a list of symbols, at first its characters. The neighbours whose concatenation is the best-scored
// piece merge (the leftmost of equals), until no two neighbours form a piece. Scanning for the best pair each time
// would be quadratic, so a winner tree over the symbols keeps it at the root: a merge changes three leaves and costs
// log n. Text is cut into runs in front of spaces, which no piece crosses (vocab::kSplitAtSpace), so that n is the
// length of a word.

#include <bit>
#include <limits>

#include "base/checked.h"
#include "text/records.h"
#include "text/utf8.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

constexpr uint32_t kNone = 0xffffffff;
constexpr float kNoMerge = -std::numeric_limits<float>::infinity();  // scores are finite
constexpr std::string_view kMetaSpace = "\xe2\x96\x81";  // U+2581, sentencepiece's written form of a space

struct Symbol {
  uint32_t start;  // of its text in the run
  uint32_t previous;
  uint32_t next;
  float merge_score;  // of merging with the next symbol
};

// Workspace per byte of a run: its text, one symbol, and a winner tree of at most two nodes per symbol.
constexpr size_t kWorkspacePerByte = 1 + sizeof(Symbol) + 2 * sizeof(uint32_t);
constexpr size_t kWorkspaceSlack = alignof(Symbol);

// Ids as they are found, up to the room there is.
struct Output {
  std::span<uint32_t> ids;
  size_t count = 0;

  Status put(uint32_t id) {
    if (count == ids.size()) return Status::error(Code::kContextFull, "tokens of the text").got(count + 1, ids.size());
    ids[count++] = id;
    return {};
  }
};

}  // namespace

// One run of text being encoded, over the caller's workspace.
class RunEncoder {
 public:
  RunEncoder(const Tokenizer& tokenizer, std::span<std::byte> workspace, Output* output)
      : tokenizer_(tokenizer), output_(output) {
    capacity_ = workspace.size() < kWorkspaceSlack ? 0 : (workspace.size() - kWorkspaceSlack) / kWorkspacePerByte;
    symbols_ = reinterpret_cast<Symbol*>(workspace.data());
    tree_ = reinterpret_cast<uint32_t*>(workspace.data() + capacity_ * sizeof(Symbol));
    text_ = reinterpret_cast<char*>(tree_ + 2 * capacity_);
  }

  bool empty() const { return length_ == 0; }
  char last() const { return text_[length_ - 1]; }

  Status append(std::string_view character) {
    if (character.size() > capacity_ - length_) {
      return Status::error(Code::kTextTooLong, "run of text without a space").got(length_ + character.size(), capacity_);
    }
    for (const char c : character) text_[length_++] = c;
    return {};
  }

  // Encodes the run and empties it.
  Status flush() {
    if (length_ == 0) return {};
    split();
    build_tree();
    for (uint32_t best = winner(); symbols_[best].merge_score != kNoMerge; best = winner()) merge(best);
    const Status status = emit();
    length_ = 0;
    return status;
  }

 private:
  uint32_t end_of(uint32_t i) const {
    const uint32_t next = symbols_[i].next;
    return next == kNone ? static_cast<uint32_t>(length_) : symbols_[next].start;
  }
  std::string_view text(uint32_t from, uint32_t to) const { return {text_ + from, to - from}; }

  void split() {
    count_ = 0;
    for (size_t at = 0; at < length_; ++count_) {
      symbols_[count_] = {static_cast<uint32_t>(at), count_ - 1, count_ + 1, kNoMerge};
      at += utf8_length(text(static_cast<uint32_t>(at), static_cast<uint32_t>(length_)));
    }
    symbols_[0].previous = kNone;
    symbols_[count_ - 1].next = kNone;
    for (uint32_t i = 0; i < count_; ++i) symbols_[i].merge_score = merge_score(i);
  }

  float merge_score(uint32_t i) const {
    const uint32_t next = symbols_[i].next;
    if (next == kNone) return kNoMerge;
    const std::byte* record = tokenizer_.find_record(text(symbols_[i].start, end_of(next)));
    if (record == nullptr) return kNoMerge;
    const Record piece = read_record(record);
    return piece.matches_text() ? piece.score : kNoMerge;
  }

  // Node 1 is the root, node k has children 2k and 2k + 1, and leaf i is node leaves_ + i, which needs no memory.
  uint32_t at_node(uint32_t node) const {
    if (node < leaves_) return tree_[node];
    return node - leaves_ < count_ ? node - leaves_ : kNone;
  }
  void update(uint32_t node) {
    const uint32_t left = at_node(2 * node);
    const uint32_t right = at_node(2 * node + 1);
    // On a tie the left one.
    const bool take_right = right != kNone && symbols_[right].merge_score > symbols_[left].merge_score;
    tree_[node] = take_right ? right : left;
  }
  void build_tree() {
    leaves_ = std::bit_ceil(count_);
    for (uint32_t node = leaves_ - 1; node >= 1; --node) {
      if (at_node(2 * node) == kNone) {
        tree_[node] = kNone;
      } else {
        update(node);
      }
    }
  }
  uint32_t winner() const { return leaves_ == 1 ? 0 : tree_[1]; }
  void set_score(uint32_t i, float score) {
    symbols_[i].merge_score = score;
    for (uint32_t node = (leaves_ + i) / 2; node >= 1; node /= 2) update(node);
  }

  // Symbol i takes in its successor.
  void merge(uint32_t i) {
    const uint32_t gone = symbols_[i].next;
    const uint32_t after = symbols_[gone].next;
    symbols_[i].next = after;
    if (after != kNone) symbols_[after].previous = i;
    set_score(gone, kNoMerge);
    set_score(i, merge_score(i));
    const uint32_t before = symbols_[i].previous;
    if (before != kNone) set_score(before, merge_score(before));
  }

  Status emit() {
    for (uint32_t i = 0; i != kNone; i = symbols_[i].next) {
      const std::string_view piece = text(symbols_[i].start, end_of(i));
      const std::byte* record = tokenizer_.find_record(piece);
      if (record != nullptr && read_record(record).matches_text()) {
        THIMBLE_RETURN_IF_ERROR(output_->put(read_record(record).id));
      } else {
        THIMBLE_RETURN_IF_ERROR(emit_bytes(piece));
      }
    }
    return {};
  }

  // A character without a piece: its bytes, or one unknown token where a byte has none.
  Status emit_bytes(std::string_view character) {
    for (const char c : character) {
      if (tokenizer_.byte_id(static_cast<uint8_t>(c)) == kNoToken) {
        if (tokenizer_.unk() == kNoToken) return Status::error(Code::kUnsupported, "character without a token");
        return output_->put(tokenizer_.unk());
      }
    }
    for (const char c : character) THIMBLE_RETURN_IF_ERROR(output_->put(tokenizer_.byte_id(static_cast<uint8_t>(c))));
    return {};
  }

  const Tokenizer& tokenizer_;
  Output* output_;
  Symbol* symbols_ = nullptr;  // [capacity]
  uint32_t* tree_ = nullptr;   // [2 * capacity]
  char* text_ = nullptr;       // [capacity]
  size_t capacity_ = 0;
  size_t length_ = 0;   // bytes of the run
  uint32_t count_ = 0;  // symbols at the start
  uint32_t leaves_ = 0;
};

size_t Tokenizer::workspace_bytes(size_t max_run_bytes) {
  // One more for the added space.
  return (max_run_bytes + 1) * kWorkspacePerByte + kWorkspaceSlack;
}

// Length of the longest user-defined (or, on request, control) piece that `text` starts with; 0 for none.
size_t Tokenizer::match_special(std::string_view text, bool control, uint32_t* id) const {
  if (user_pieces_ == 0 && !control) return 0;
  size_t length = text.size() < max_user_bytes_ ? text.size() : max_user_bytes_;
  for (; length > 0; --length) {
    const std::byte* found = find_record(text.substr(0, length));
    if (found == nullptr) continue;
    const Record record = read_record(found);
    if (record.type != PieceType::kUser && !(control && record.type == PieceType::kControl)) continue;
    *id = record.id;
    return length;
  }
  return 0;
}

Status Tokenizer::encode(std::string_view text, const EncodeOptions& options, std::span<std::byte> workspace,
                         std::span<uint32_t> ids, size_t* count) const {
  *count = 0;
  if (section_.empty()) return Status::error(Code::kNotReady, "tokenizer");
  Output output{ids};
  RunEncoder run(*this, workspace, &output);
  if (options.add_bos && adds_bos()) THIMBLE_RETURN_IF_ERROR(output.put(bos_));
  bool want_space = options.add_space && adds_space();
  const bool cut_at_space = (flags_ & vocab::kSplitAtSpace) != 0;
  while (!text.empty()) {
    uint32_t id = kNoToken;
    const size_t special = match_special(text, options.parse_control, &id);
    if (special != 0) {
      THIMBLE_RETURN_IF_ERROR(run.flush());
      THIMBLE_RETURN_IF_ERROR(output.put(id));
      text.remove_prefix(special);
      want_space = false;
      continue;
    }
    if (want_space) THIMBLE_RETURN_IF_ERROR(run.append(" "));
    want_space = false;
    const bool meta_space = text.substr(0, kMetaSpace.size()) == kMetaSpace;
    const size_t length = meta_space ? kMetaSpace.size() : utf8_length(text);
    const std::string_view character = meta_space ? std::string_view(" ") : text.substr(0, length);
    if (cut_at_space && character == " " && !run.empty() && run.last() != ' ') THIMBLE_RETURN_IF_ERROR(run.flush());
    THIMBLE_RETURN_IF_ERROR(run.append(character));
    text.remove_prefix(length);
  }
  THIMBLE_RETURN_IF_ERROR(run.flush());
  *count = output.count;
  return {};
}

}  // namespace thimble
