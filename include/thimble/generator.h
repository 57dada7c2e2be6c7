// Text in, text out: encodes a prompt, samples token after token, and hands out whole characters.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/engine.h"
#include "thimble/sampler.h"
#include "thimble/status.h"
#include "thimble/tokenizer.h"
#include "thimble/words.h"

namespace thimble {

inline constexpr uint32_t kMaxStopStrings = 16;
inline constexpr float kMostPromptBias = 16;

// Told how far start() or append() has read, after each sweep: `read` of `total` tokens. May call cancel().
struct PromptProgress {
  void (*fn)(void* context, size_t read, size_t total) = nullptr;
  void* context = nullptr;
};

struct GeneratorParams {
  SamplerParams sampler{};
  // Most tokens to generate; 0: until the context is full.
  uint32_t max_tokens = 0;
  // Go on past end-of-text tokens.
  bool ignore_eos = false;
  // Write any word, also where the model's file lists those that it knows (words.h); no prompt_bias then, either.
  bool any_word = false;
  // Where the model's file lists its words: added to the logits of the tokens that a prompt spells other words with,
  // three times until the answer has said the word, so that it is these that the answer is about. 0 to
  // kMostPromptBias; below 0: what the file recommends (sampling.prompt_bias), else 0.
  float prompt_bias = -1;
  // Hash the logits of every position that a token is sampled from.
  bool hash_logits = false;
  // Texts that end generation; they and what follows are not handed out. At most kMaxStopStrings, none empty,
  // together at most PlanOptions::max_stop_bytes. The strings must outlive the Generator.
  std::span<const std::string_view> stop_strings{};
  // Bars, watchdogs, yields while a prompt is read.
  PromptProgress on_prompt{};
};

enum class FinishReason : uint8_t {
  kNone,       // not finished
  kEndOfText,  // the model ended its text
  kStopString,
  kLength,  // max_tokens
  kContextFull,
  kCancelled,
  kError,  // see status()
};
const char* finish_reason_name(FinishReason reason);  // "end of text"; static storage

// One step of the output. Converts to false when there will be no more.
class Piece {
 public:
  Piece() = default;
  Piece(uint32_t token, std::string_view text) : text_(text), token_(token), valid_(true) {}
  explicit operator bool() const { return valid_; }
  // Whole UTF-8 characters; empty while a character or a possible stop string is incomplete. Valid until the
  // next call of the Generator.
  std::string_view text() const { return text_; }
  // The token sampled in this step; kNoToken for the last piece, which only hands out held-back text.
  uint32_t token() const { return token_; }

 private:
  std::string_view text_;
  uint32_t token_ = kNoToken;
  bool valid_ = false;
};

// Views the engine, which must outlive it. One Generator at a time uses an engine: when another one has started there
// since, or anybody else has called forward() or rewind(), next() and append() refuse with kNotReady; start() takes the
// engine back. Between two calls of next() the caller may do anything, cancel included.
class Generator {
 public:
  // Parameters are checked by start().
  Generator(Engine& engine, const GeneratorParams& params);

  // Other parameters, from the next token on; the sequence stays. Errors, which leave everything as it was: kNotReady,
  // kInvalidArgument, kLimit.
  Status set_params(const GeneratorParams& params);
  const GeneratorParams& params() const { return params_; }

  // Forgets everything, encodes `prompt` (BOS and the added space first, where the vocabulary asks for them) and
  // reads all but its last token. An empty prompt starts from BOS, or from a space where there is none. Cancelled on
  // the way, it returns ok with finish_reason() kCancelled, and the sequence is empty. Errors: kNotReady,
  // kInvalidArgument, kLimit, kTextTooLong; kContextFull (found: the tokens of the text, at most: the room
  // for them).
  Status start(std::string_view prompt, const EncodeOptions& options = {});

  // Appends text to the sequence as it stands, after a finished answer: the next turn of a chat. Cancelled on the way,
  // or on an error, the sequence is as it was before. Same errors.
  Status append(std::string_view text, const EncodeOptions& options);

  // The same as start() with token ids. Errors as start(), and kBadToken.
  Status start_tokens(std::span<const uint32_t> tokens);

  // Samples one token. A false Piece ends the text: see finish_reason().
  Piece next();

  // After next() has ended with kError, such as a read of a card that was away: the next call of next() makes the same
  // step again, and the text goes on as if nothing had happened. Errors: kNotReady (no such error, or somebody else has
  // used the engine).
  Status resume();

  // Ends the text that is under way: within one sweep while start() or append() reads, else at the next call of next().
  // Forgotten when start() or append() is entered. May be called from another thread or an interrupt.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  FinishReason finish_reason() const { return finish_; }
  const Status& status() const { return status_; }

  // The whole sequence: prompt, then what was generated. Empty once somebody else has used the engine.
  std::span<const uint32_t> tokens() const { return tokens_.first(displaced() ? 0 : token_count_); }
  size_t prompt_tokens() const { return prompt_tokens_; }        // of the last start() or append()
  size_t generated_tokens() const { return generated_tokens_; }  // since the last start() or append()
  // Hash of the logits sampled from since start(), where hash_logits asked for it.
  uint64_t logits_hash() const { return hash_.value(); }

  const Tokenizer& tokenizer() const { return engine_.tokenizer(); }

 private:
  Status check_stops(std::span<const std::string_view> stops) const;
  Status begin();
  Status append_text(std::string_view text, const EncodeOptions& options);
  Status append_tokens(std::span<const uint32_t> tokens);
  Status read_prompt(size_t count);
  bool displaced() const { return revision_ != engine_.revision(); }
  static bool on_sweep(void* self, size_t read, size_t total);
  void guard_words();
  void bias_prompt();
  static bool allows_token(const void* self, uint32_t token);
  static uint32_t longest_allowed(const void* self);
  Piece finish(FinishReason reason);
  Piece interrupt(const LogitsHash& hash_before);
  Piece release(uint32_t token, std::string_view bytes);
  static void on_rows(void* self, uint32_t index, uint32_t first_row, std::span<const float> logits);
  static void feed_sampler(void* self, uint32_t index, uint32_t first_row, std::span<const float> logits);

  Engine& engine_;
  GeneratorParams params_;
  Sampler sampler_;
  LogitsHash hash_;
  WordGuard guard_;
  Utf8Stream utf8_;
  Status status_;
  std::span<uint32_t> tokens_;  // [context + 1], the sequence
  std::span<char> held_;        // text not handed out yet, behind text handed out by the last call
  size_t token_count_ = 0;
  size_t prompt_tokens_ = 0;
  size_t generated_tokens_ = 0;
  size_t held_begin_ = 0;
  size_t held_end_ = 0;
  uint32_t revision_ = 0;  // of the engine when we last used it
  FinishReason finish_ = FinishReason::kNone;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace thimble
