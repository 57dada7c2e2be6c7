#include "apps/cli/conversation.h"

#include <utility>

#include "apps/cli/session.h"

namespace thimble::cli {
namespace {

constexpr std::string_view kPlace = "{prompt}";

}  // namespace

bool ChatTemplate::is_valid(std::string_view pattern) {
  const size_t place = pattern.find(kPlace);
  return place != std::string_view::npos && pattern.find(kPlace, place + 1) == std::string_view::npos;
}

ChatTemplate::ChatTemplate(std::string_view pattern) {
  const size_t place = pattern.find(kPlace);
  before_ = pattern.substr(0, place);
  after_ = pattern.substr(place + kPlace.size());
}

TurnText ChatTemplate::turn(std::string_view words, bool first, const Tokenizer& tokenizer) const {
  TurnText turn;
  turn.text.append(before_).append(words).append(after_);
  turn.encode.parse_control = !empty();
  turn.encode.literal_begin = before_.size();
  turn.encode.literal_end = before_.size() + words.size();
  turn.encode.add_space = first || empty();
  // The pattern may write BOS out.
  const std::string_view bos = tokenizer.name(tokenizer.bos());
  turn.encode.add_bos = first && (bos.empty() || !before_.starts_with(bos));
  return turn;
}

Conversation::Conversation(Generator& generator, uint32_t context, ChatTemplate chat_template)
    : generator_(generator), context_(context), template_(std::move(chat_template)) {}

size_t Conversation::tokens_of(std::string_view message) const { return encode_first(message).size(); }

Status Conversation::begin_turn(std::string_view message) {
  if (!unread_.empty()) THIMBLE_RETURN_IF_ERROR(read_again());
  if (!unread_.empty()) return {};  // cancelled again
  const TurnText turn = template_.turn(message, turns_.empty(), generator_.tokenizer());
  THIMBLE_RETURN_IF_ERROR(turns_.empty() ? generator_.start(turn.text, turn.encode)
                                         : generator_.append(turn.text, turn.encode));
  if (generator_.finish_reason() == FinishReason::kCancelled) return {};
  turns_.push_back({std::string(message), generator_.tokens().size()});
  return {};
}

size_t Conversation::turns_in_the_way(size_t wanted, size_t kept) const {
  size_t count = 0;
  while (count + kept < turns_.size() && sequence_from(count).size() + wanted > context_) ++count;
  return count;
}

Status Conversation::drop_oldest(size_t count) {
  if (count == turns_.size()) {
    clear();
    return {};
  }
  std::vector<uint32_t> rest = sequence_from(count);
  const size_t gone = sequence().size() - rest.size();
  turns_.erase(turns_.begin(), turns_.begin() + static_cast<ptrdiff_t>(count));
  for (Turn& turn : turns_) turn.answer -= gone;
  unread_ = std::move(rest);
  return read_again();
}

void Conversation::clear() {
  turns_.clear();
  unread_.clear();
}

std::span<const uint32_t> Conversation::sequence() const {
  return unread_.empty() ? generator_.tokens() : std::span<const uint32_t>(unread_);
}

std::vector<uint32_t> Conversation::encode_first(std::string_view message) const {
  const TurnText turn = template_.turn(message, true, generator_.tokenizer());
  return encode_text(generator_.tokenizer(), turn.text, turn.encode);
}

// The sequence as it would be if it had begun with turns_[first]: its message is encoded anew, since a text begins with
// BOS and a space where the vocabulary wants them.
std::vector<uint32_t> Conversation::sequence_from(size_t first) const {
  const Turn& turn = turns_[first];
  std::vector<uint32_t> rest = encode_first(turn.message);
  const std::span<const uint32_t> behind = sequence().subspan(turn.answer);
  rest.insert(rest.end(), behind.begin(), behind.end());
  return rest;
}

Status Conversation::read_again() {
  THIMBLE_RETURN_IF_ERROR(generator_.start_tokens(unread_));
  if (generator_.finish_reason() != FinishReason::kCancelled) unread_.clear();
  return {};
}

}  // namespace thimble::cli
