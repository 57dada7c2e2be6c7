// The pattern of a turn, as a model file states it: what stands around the user's words.
#pragma once

#include <string>
#include <string_view>

#include "thimble/tokenizer.h"

namespace thimble::cli {

// A text and how to encode it.
struct TurnText {
  std::string text;
  EncodeOptions encode;
};

class ChatTemplate {
 public:
  // Whether `pattern` holds {prompt} exactly once.
  static bool is_valid(std::string_view pattern);

  // None: the user's words are the turn, and the model goes on with them.
  ChatTemplate() = default;
  // `pattern` must be valid.
  explicit ChatTemplate(std::string_view pattern);

  bool empty() const { return before_.empty() && after_.empty(); }

  // A turn with these words; the first one begins the text. Control pieces are recognised in the pattern, never in the
  // words.
  TurnText turn(std::string_view words, bool first, const Tokenizer& tokenizer) const;

 private:
  std::string before_;
  std::string after_;
};

}  // namespace thimble::cli
