#include "service/generation.h"

#include <cstring>

namespace thimble::service {
namespace {

constexpr std::string_view kPlace = "{prompt}";
constexpr size_t kNowhere = SIZE_MAX;

size_t find_place(std::string_view pattern, size_t from) {
  for (size_t at = from; at + kPlace.size() <= pattern.size(); ++at) {
    if (std::string_view(pattern.data() + at, kPlace.size()) == kPlace) return at;
  }
  return kNowhere;
}

bool starts_with(std::string_view text, std::string_view beginning) {
  return text.size() >= beginning.size() && std::string_view(text.data(), beginning.size()) == beginning;
}

}  // namespace

ChatPattern ChatPattern::of(const Model& model) {
  const std::string_view pattern = model.about_text("chat.template");
  const size_t place = find_place(pattern, 0);
  if (place == kNowhere || find_place(pattern, place + 1) != kNowhere) return {};
  const size_t behind = place + kPlace.size();
  return {{pattern.data(), place}, {pattern.data() + behind, pattern.size() - behind}};
}

Generation::Generation(Engine& engine, std::span<char> stop_bytes, std::span<char> turn, void (*on_sweep)())
    : pattern_(ChatPattern::of(engine.model())),
      stop_bytes_(stop_bytes),
      turn_(turn),
      on_sweep_(on_sweep),
      generator_(engine, {}) {}

Status Generation::set(const GenerateRequest& request, RequestKind kind) {
  request_ = &request;
  kind_ = kind;
  reading_ = true;
  text_ = {};
  stop_.store(false, std::memory_order_relaxed);
  read_.store(0, std::memory_order_relaxed);
  total_.store(0, std::memory_order_relaxed);

  size_t used = 0;
  for (size_t i = 0; i < request.stop_count; ++i) {
    const std::string_view stop = request.stops[i];
    if (stop.size() > stop_bytes_.size() - used) {
      return Status::error(Code::kLimit, "bytes of stop strings").above(used + stop.size(), stop_bytes_.size());
    }
    std::memcpy(stop_bytes_.data() + used, stop.data(), stop.size());
    stops_[i] = {stop_bytes_.data() + used, stop.size()};
    used += stop.size();
  }
  GeneratorParams params;
  params.sampler = request.sampling;
  params.max_tokens = request.max_tokens;
  params.any_word = request.any_word;
  params.stop_strings = {stops_, request.stop_count};
  params.on_prompt = {&Generation::on_prompt, this};
  return generator_.set_params(params);
}

bool Generation::run() {
  if (request_ != nullptr) {
    status_ = read_prompt();
    request_ = nullptr;
    return status_.ok() && reason() == FinishReason::kNone;
  }
  reading_ = false;
  if (stop_.load(std::memory_order_relaxed)) generator_.cancel();
  const Piece piece = generator_.next();
  text_ = piece.text();
  status_ = generator_.status();
  return static_cast<bool>(piece);
}

Status Generation::read_prompt() {
  if (kind_ == RequestKind::kChat && !pattern_.empty()) return read_turns();
  return generator_.start(request_->messages[request_->message_count - 1].text);
}

// Turn by turn, as a chat reads them: words in their pattern, then what was answered. What the system says goes in
// front of the words that follow.
Status Generation::read_turns() {
  std::string_view system;
  bool first = true;
  for (size_t i = 0; i < request_->message_count; ++i) {
    const Message& message = request_->messages[i];
    if (message.role == Role::kSystem) {
      system = message.text;
      if (i + 1 < request_->message_count) continue;
    }
    const bool answer = message.role == Role::kAssistant && !first;
    const std::string_view words = message.role == Role::kSystem ? std::string_view() : message.text;
    THIMBLE_RETURN_IF_ERROR(answer ? generator_.append(words, {.add_bos = false, .add_space = false})
                                   : read_turn(system, words, first));
    if (reason() == FinishReason::kCancelled) return {};
    if (!answer) system = {};
    first = false;
  }
  return {};
}

// Control pieces are recognised in the pattern, never in the words.
Status Generation::read_turn(std::string_view system, std::string_view words, bool first) {
  size_t size = 0;
  append(pattern_.before, &size);
  const size_t begin = size;
  append(system, &size);
  if (!system.empty()) append("\n\n", &size);
  append(words, &size);
  const size_t end = size;
  append(pattern_.after, &size);
  if (size > turn_.size()) return Status::error(Code::kTextTooLong, "message").above(size, turn_.size());

  const Tokenizer& tokenizer = generator_.tokenizer();
  const std::string_view bos = tokenizer.name(tokenizer.bos());
  EncodeOptions options;
  options.parse_control = true;
  options.literal_begin = begin;
  options.literal_end = end;
  options.add_space = first;
  options.add_bos = first && (bos.empty() || !starts_with(pattern_.before, bos));  // the pattern may write BOS out
  const std::string_view text(turn_.data(), size);
  return first ? generator_.start(text, options) : generator_.append(text, options);
}

// Counts on where there is no room, so that the caller sees how much was missing.
void Generation::append(std::string_view text, size_t* at) {
  if (!text.empty() && *at <= turn_.size() && text.size() <= turn_.size() - *at) {
    std::memcpy(turn_.data() + *at, text.data(), text.size());
  }
  *at += text.size();
}

void Generation::on_prompt(void* self, size_t read, size_t total) {
  auto* generation = static_cast<Generation*>(self);
  generation->read_.store(read, std::memory_order_relaxed);
  generation->total_.store(total, std::memory_order_relaxed);
  if (generation->on_sweep_ != nullptr) generation->on_sweep_();
  if (generation->stop_.load(std::memory_order_relaxed)) generation->generator_.cancel();
}

}  // namespace thimble::service
