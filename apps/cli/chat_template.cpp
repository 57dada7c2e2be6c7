#include "apps/cli/chat_template.h"

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

}  // namespace thimble::cli
