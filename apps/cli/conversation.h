// A conversation over one context: turns, each what the user said and what the model answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/generator.h"
#include "thimble/tokenizer.h"

namespace thimble::cli {

// A text and how to encode it.
struct TurnText {
  std::string text;
  EncodeOptions encode;
};

// The pattern of a turn, as a model file states it: what stands around the user's words.
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

class Conversation {
 public:
  // Views the generator, which must outlive it and gives the answers. `context`: that of its engine.
  Conversation(Generator& generator, uint32_t context, ChatTemplate chat_template);

  size_t turns() const { return turns_.size(); }
  size_t tokens() const { return turns_.empty() ? 0 : sequence().size(); }
  // Tokens of a conversation that begins with this message. Throws Failure.
  size_t tokens_of(std::string_view message) const;

  // Begins a turn by reading the message. There is no turn where the reading was cancelled.
  // Errors, which leave the conversation as it was: those of Generator::append().
  Status begin_turn(std::string_view message);

  // How many of the oldest turns must go until `wanted` more tokens find room; all but the newest `kept` where even
  // that is not enough.
  size_t turns_in_the_way(size_t wanted, size_t kept) const;
  // Forgets the oldest turns and reads the rest again, to go on behind it. 0 < count <= turns().
  Status drop_oldest(size_t count);
  void clear();

 private:
  struct Turn {
    std::string message;
    size_t answer;  // where the answer starts in the sequence
  };

  std::span<const uint32_t> sequence() const;
  std::vector<uint32_t> encode_first(std::string_view message) const;
  std::vector<uint32_t> sequence_from(size_t first) const;
  Status read_again();

  Generator& generator_;
  uint32_t context_;
  ChatTemplate template_;
  std::vector<Turn> turns_;
  std::vector<uint32_t> unread_;  // the sequence without dropped turns, until the generator has read it
};

}  // namespace thimble::cli
