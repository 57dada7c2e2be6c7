#include "thimble/generator.h"

#include <cstring>

#include "base/fp_environment.h"
#include "base/streaming.h"
#include "text/words/words.h"

namespace thimble {
namespace {

constexpr size_t kNowhere = SIZE_MAX;
constexpr float kBiasUntilSaid = 3;  // times the prompt bias; train/README.md has the measurements

// text[from, from + count), which must lie inside. substr and find would bring exceptions and libc with them.
std::string_view slice(std::string_view text, size_t from, size_t count) { return {text.data() + from, count}; }

// Where `stop` first stands in `text`, or kNowhere.
size_t find_stop(std::string_view text, std::string_view stop) {
  for (size_t at = 0; at + stop.size() <= text.size(); ++at) {
    if (slice(text, at, stop.size()) == stop) return at;
  }
  return kNowhere;
}

// Length of the longest suffix of `text` that is a proper prefix of `stop`.
size_t partial_match(std::string_view text, std::string_view stop) {
  size_t length = text.size() < stop.size() - 1 ? text.size() : stop.size() - 1;
  while (length > 0 && slice(text, text.size() - length, length) != slice(stop, 0, length)) --length;
  return length;
}

Status displacement() { return Status::error(Code::kNotReady, "text: its engine was used by others since"); }

}  // namespace

const char* finish_reason_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::kNone:
      return "not finished";
    case FinishReason::kEndOfText:
      return "end of text";
    case FinishReason::kStopString:
      return "stop string";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kContextFull:
      return "context full";
    case FinishReason::kCancelled:
      return "cancelled";
    case FinishReason::kError:
      return "error";
  }
  return "unknown";
}

Generator::Generator(Engine& engine, const GeneratorParams& params)
    : engine_(engine), params_(params), hash_(engine.model().config().vocab_size) {}

Status Generator::check_stops(std::span<const std::string_view> stops) const {
  if (stops.size() > kMaxStopStrings) {
    return Status::error(Code::kLimit, "stop strings").above(stops.size(), kMaxStopStrings);
  }
  size_t bytes = 0;
  for (const std::string_view stop : stops) {
    if (stop.empty()) return Status::error(Code::kInvalidArgument, "empty stop string");
    bytes += stop.size();
  }
  const size_t most = engine_.plan().options.max_stop_bytes;
  if (bytes > most) return Status::error(Code::kLimit, "bytes of stop strings").above(bytes, most);
  return {};
}

Status Generator::set_params(const GeneratorParams& params) {
  if (!engine_.ready()) return Status::error(Code::kNotReady, "engine");
  THIMBLE_RETURN_IF_ERROR(check_stops(params.stop_strings));
  if (words::kLinked && !(params.prompt_bias <= kMostPromptBias)) {
    return Status::error(Code::kInvalidArgument, "prompt_bias");
  }
  THIMBLE_RETURN_IF_ERROR(sampler_.set_params(params.sampler));
  params_ = params;
  if constexpr (words::kLinked) guard_words();
  return {};
}

// Brings everything to the state before the first token.
Status Generator::begin() {
  finish_ = FinishReason::kNone;
  token_count_ = prompt_tokens_ = generated_tokens_ = 0;
  THIMBLE_RETURN_IF_ERROR(set_params(params_));
  THIMBLE_RETURN_IF_ERROR(engine_.rewind(0));
  revision_ = engine_.revision();
  tokens_ = engine_.session_buffers().tokens;
  held_ = engine_.session_buffers().text;
  hash_ = LogitsHash(engine_.model().config().vocab_size);
  return {};
}

Status Generator::start(std::string_view prompt, const EncodeOptions& options) {
  cancelled_.store(false, std::memory_order_relaxed);
  status_ = begin();
  if (status_.ok()) status_ = append_text(prompt, options);
  if (!status_.ok()) finish_ = FinishReason::kError;
  return status_;
}

Status Generator::start_tokens(std::span<const uint32_t> tokens) {
  cancelled_.store(false, std::memory_order_relaxed);
  status_ = begin();
  if (status_.ok()) status_ = append_tokens(tokens);
  if (!status_.ok()) finish_ = FinishReason::kError;
  return status_;
}

Status Generator::append(std::string_view text, const EncodeOptions& options) {
  cancelled_.store(false, std::memory_order_relaxed);
  if (tokens_.empty()) return Status::error(Code::kNotReady, "start");
  if (displaced()) return displacement();
  return append_text(text, options);
}

Status Generator::append_text(std::string_view text, const EncodeOptions& options) {
  size_t count = 0;
  // The last place is for the token sampled behind a full context, so a prompt may not take it.
  const std::span<uint32_t> room = tokens_.first(engine_.context());
  if (token_count_ > room.size()) return Status::error(Code::kContextFull, "tokens").above(token_count_, room.size());
  THIMBLE_RETURN_IF_ERROR(tokenizer().encode(text, options, engine_.session_buffers().tokenizer_workspace,
                                             room.subspan(token_count_), &count));
  return read_prompt(count);
}

Status Generator::append_tokens(std::span<const uint32_t> tokens) {
  if (tokens.size() > engine_.context()) {
    return Status::error(Code::kContextFull, "prompt tokens").above(tokens.size(), engine_.context());
  }
  const uint32_t vocab_size = tokenizer().vocab_size();
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] >= vocab_size) {
      return Status::error(Code::kBadToken, "prompt token").at(i).above(tokens[i], vocab_size - 1);
    }
  }
  if (!tokens.empty()) std::memcpy(tokens_.data(), tokens.data(), tokens.size_bytes());
  return read_prompt(tokens.size());
}

// Reads `count` tokens that stand behind the sequence, all but the last: next() reads that one for its logits.
Status Generator::read_prompt(size_t count) {
  size_t end = token_count_ + count;
  if (end == 0) {
    // Nothing to continue from: begin a text as the model saw texts begin.
    const uint32_t space = tokenizer().find(" ");
    if constexpr (kStreaming) THIMBLE_RETURN_IF_ERROR(tokenizer().status());
    tokens_[0] = tokenizer().bos() != kNoToken ? tokenizer().bos() : space != kNoToken ? space : 0;
    end = 1;
  }
  const size_t last = end - 1;
  // After an end of text even the last token has been read; nothing appended means that it is read once more.
  if (engine_.position() > last) THIMBLE_RETURN_IF_ERROR(engine_.rewind(static_cast<uint32_t>(last)));
  const size_t read = engine_.position();
  const SweepCheck check{&Generator::on_sweep, this};
  const Status status = engine_.forward(tokens_.subspan(read, last - read), LogitsOf::kNone, nullptr, &check);
  revision_ = engine_.revision();
  if (status.code() == Code::kCancelled) {
    finish_ = FinishReason::kCancelled;
    return {};
  }
  THIMBLE_RETURN_IF_ERROR(status);
  prompt_tokens_ = end - token_count_;
  token_count_ = end;
  generated_tokens_ = 0;
  held_begin_ = held_end_ = 0;
  utf8_ = Utf8Stream();
  if constexpr (words::kLinked) {
    guard_.start(engine_.lexicon(), tokenizer(), tokens());
    bias_prompt();
  }
  finish_ = FinishReason::kNone;
  status_ = {};
  return {};
}

bool Generator::on_sweep(void* self, size_t read, size_t total) {
  const auto* generator = static_cast<Generator*>(self);
  const PromptProgress& progress = generator->params_.on_prompt;
  if (progress.fn != nullptr) progress.fn(progress.context, read, total);
  return !generator->cancelled_.load(std::memory_order_relaxed);
}

Piece Generator::next() {
  if (finish_ != FinishReason::kNone || token_count_ == 0) return {};
  if (displaced()) {
    status_ = displacement();
    finish_ = FinishReason::kError;  // and the text held back is no longer ours
    return {};
  }
  if (cancelled_.load(std::memory_order_relaxed)) return finish(FinishReason::kCancelled);
  if (params_.max_tokens != 0 && generated_tokens_ >= params_.max_tokens) return finish(FinishReason::kLength);
  if (token_count_ > engine_.context()) return finish(FinishReason::kContextFull);

  const uint32_t previous = tokens_[token_count_ - 1];
  LogitsSink sink{&Generator::on_rows, this};
  [[maybe_unused]] const LogitsHash hash_before = hash_;
  uint32_t token;
  for (Choice choice = Choice::kByLook;; choice = Choice::kAtOnce) {
    sampler_.begin(static_cast<uint32_t>(token_count_), tokens(), tokenizer().sampled_size(), choice);
    status_ = engine_.forward({&previous, 1}, LogitsOf::kLast, &sink);
    revision_ = engine_.revision();
    if (!status_.ok()) return interrupt(hash_before);
    token = sampler_.pick();
    if (token != kNoToken) break;
    sink.rows = &Generator::feed_sampler;  // the same rows once more, which the hash has
    (void)engine_.rewind(engine_.position() - 1);
  }
  if (tokenizer().ends_text(token) && !params_.ignore_eos) return finish(FinishReason::kEndOfText);

  const std::string_view bytes = tokenizer().decode(previous, token);
  if constexpr (kStreaming) {
    status_ = tokenizer().status();
    if (!status_.ok()) {
      (void)engine_.rewind(engine_.position() - 1);  // the token was not sampled yet
      revision_ = engine_.revision();
      return interrupt(hash_before);
    }
  }
  tokens_[token_count_++] = token;
  if constexpr (words::kLinked) {
    if (guard_.accept(token)) bias_prompt();
  }
  ++generated_tokens_;
  return release(token, bytes);
}

// Something could not be read. All is as it was before this step, so that resume() can take it again.
Piece Generator::interrupt([[maybe_unused]] const LogitsHash& hash_before) {
  if constexpr (kStreaming) hash_ = hash_before;
  finish_ = FinishReason::kError;
  return {};
}

Status Generator::resume() {
  if (finish_ != FinishReason::kError || token_count_ == 0)
    return Status::error(Code::kNotReady, "error to resume from");
  if (displaced()) return displacement();
  finish_ = FinishReason::kNone;
  status_ = {};
  return {};
}

// Has the sampler ask the guard, where the model has a lexicon.
void Generator::guard_words() {
  if constexpr (words::kLinked) {
    const bool guarded = engine_.lexicon().size() != 0 && !params_.any_word;
    sampler_.set_filter(guarded ? TokenFilter{&allows_token, &longest_allowed, this} : TokenFilter{});
    bias_prompt();
  }
}

// Has the sampler prefer what the prompt spells its own words with, most of all those that the answer has yet to say.
void Generator::bias_prompt() {
  float bias = params_.prompt_bias;
  if (!(bias >= 0)) bias = engine_.model().about_f32("sampling.prompt_bias", 0);
  if (engine_.lexicon().size() == 0 || params_.any_word || !(bias > 0 && bias <= kMostPromptBias)) return;
  if constexpr (words::kLinked) {
    const FpEnvironment environment;
    uint32_t tokens[kMaxLogitBias];
    sampler_.forget_added();
    sampler_.add_bias(std::span(tokens).first(guard_.unlisted_tokens(false, tokens)), bias * kBiasUntilSaid);
    sampler_.add_bias(std::span(tokens).first(guard_.unlisted_tokens(true, tokens)), bias);
  }
}

bool Generator::allows_token(const void* self, uint32_t token) {
  if constexpr (words::kLinked) {
    const auto& generator = *static_cast<const Generator*>(self);
    // Not tokens(): in the middle of a step, when rows come, the engine is ahead of this object.
    const std::span<const uint32_t> told =
        generator.tokens_.first(generator.token_count_).last(generator.generated_tokens_);
    return generator.guard_.allows(token) && !ends_sentence_again(generator.tokenizer(), told, token);
  }
  return true;
}

uint32_t Generator::longest_allowed(const void* self) {
  if constexpr (words::kLinked) return static_cast<const Generator*>(self)->guard_.longest_allowed();
  return kNoToken;
}

// Adds the bytes of a token to the held text and hands out what can no longer become part of a stop string.
Piece Generator::release(uint32_t token, std::string_view bytes) {
  held_end_ -= held_begin_;
  std::memmove(held_.data(), held_.data() + held_begin_, held_end_);
  held_begin_ = 0;
  held_end_ += utf8_.push(bytes, held_.data() + held_end_);

  const std::string_view text(held_.data(), held_end_);
  size_t stop_at = kNowhere;
  size_t keep = 0;
  for (const std::string_view stop : params_.stop_strings) {
    const size_t at = find_stop(text, stop);
    if (at < stop_at) stop_at = at;
    const size_t partial = partial_match(text, stop);
    if (partial > keep) keep = partial;
  }
  if (stop_at != kNowhere) {
    finish_ = FinishReason::kStopString;
    held_begin_ = held_end_;
    return {token, slice(text, 0, stop_at)};
  }
  held_begin_ = held_end_ - keep;
  return {token, slice(text, 0, held_begin_)};
}

// Ends the text; what was still held back comes out in one last piece.
Piece Generator::finish(FinishReason reason) {
  finish_ = reason;
  held_end_ += utf8_.finish(held_.data() + held_end_);
  const std::string_view rest(held_.data() + held_begin_, held_end_ - held_begin_);
  held_begin_ = held_end_;
  if (rest.empty()) return {};
  return {kNoToken, rest};
}

void Generator::on_rows(void* self, uint32_t index, uint32_t first_row, std::span<const float> logits) {
  auto* generator = static_cast<Generator*>(self);
  if (generator->params_.hash_logits) generator->hash_.add(index, first_row, logits);
  feed_sampler(self, index, first_row, logits);
}

void Generator::feed_sampler(void* self, uint32_t, uint32_t first_row, std::span<const float> logits) {
  auto* generator = static_cast<Generator*>(self);
  const uint32_t sampled = generator->tokenizer().sampled_size();
  const size_t left = sampled > first_row ? sampled - first_row : 0;
  generator->sampler_.feed(first_row, logits.first(logits.size() < left ? logits.size() : left));
}

}  // namespace thimble
