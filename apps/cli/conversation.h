// A conversation over one context: turns, each what the user said and what the model answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/chat_template.h"
#include "thimble/generator.h"

namespace thimble::cli {

class Conversation {
 public:
  // Views the engine, which must outlive it and be ready.
  Conversation(Engine& engine, const GeneratorParams& params, ChatTemplate chat_template);

  // Gives the answers, and takes other parameters for them.
  Generator& generator() { return generator_; }

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
  void forget();

 private:
  struct Turn {
    std::string message;
    size_t answer;  // where the answer starts in the sequence
  };

  std::span<const uint32_t> sequence() const;
  std::vector<uint32_t> encode_first(std::string_view message) const;
  std::vector<uint32_t> sequence_from(size_t first) const;
  Status read_again();

  Engine& engine_;
  ChatTemplate template_;
  Generator generator_;
  std::vector<Turn> turns_;
  std::vector<uint32_t> unread_;  // the sequence without dropped turns, until the generator has read it
};

}  // namespace thimble::cli
