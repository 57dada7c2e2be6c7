// What the service does with the engine: the queue in front of it, and the text that comes out.
#include <cstring>

#include "service/service.h"
#include "service/utf8.h"

namespace thimble::service {
namespace {

constexpr uint64_t kStatsEvery = 250 * 1000;  // microseconds
constexpr uint64_t kSecond = 1'000'000;
constexpr uint32_t kLongestWait = 60;       // that is ever advised, in seconds
constexpr uint64_t kSeedMask = 0xffffffff;  // seeds that every JSON reader and every keyboard can take

Refusal refusal_of(const Status& status, RequestKind kind) {
  const char* const field = kind == RequestKind::kChat ? "messages" : "prompt";
  switch (status.code()) {
    case Code::kContextFull:
      return {400,
              "more tokens than the context holds",
              field,
              status.found(),
              status.expected(),
              "context_length_exceeded"};
    case Code::kTextTooLong:
      return {400, "the text is too long", field, status.found(), status.expected()};
    case Code::kLimit:
      return {400, "too many bytes", "stop", status.found(), status.expected()};
    default:
      return {500, status_text(status.code())};
  }
}

}  // namespace

// One step of splitmix64.
uint64_t Service::next_chance() {
  chance_ += 0x9e3779b97f4a7c15u;
  uint64_t z = chance_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// --- the queue ---

Refusal Service::busy() const { return {503, "busy: as many requests are waiting as may; try again"}; }

// As long as the texts so far took, for each one that waits.
uint32_t Service::seconds_until_room() const {
  if (counters_.answers == 0) return 1;
  const uint64_t each = (counters_.prompt_us + counters_.predicted_us) / counters_.answers;
  const uint64_t seconds = each * (queued_ + 1) / kSecond + 1;
  return seconds < kLongestWait ? static_cast<uint32_t>(seconds) : kLongestWait;
}

Refusal Service::enqueue(Exchange& e, JsonValue json, Now now) {
  const Refusal refusal = read_request(json, e.kind, settings_, e.buffer.first(e.end), &e.request);
  if (refusal) return refusal;
  if (e.kind == RequestKind::kSocket && !may_ask(e.request.key))
    return {401, "a key is needed", "key", 0, 0, "invalid_api_key"};
  if (queued_ == queue_.size()) return busy();
  if (e.kind != RequestKind::kSocket) e.voice = e.request.stream ? Voice::kEvents : Voice::kWhole;
  if (!e.request.has_seed) e.request.sampling.seed = next_chance() & kSeedMask;
  e.state = Exchange::State::kQueued;
  e.moment = now.us;
  queue_[queued_++] = &e;
  number_queue();
  return {};
}

void Service::leave_queue(const Exchange& e) {
  size_t kept = 0;
  for (size_t i = 0; i < queued_; ++i) {
    if (queue_[i] != &e) queue_[kept++] = queue_[i];
  }
  queued_ = kept;
  number_queue();
}

void Service::number_queue() {
  for (size_t i = 0; i < queued_; ++i) queue_[i]->position = static_cast<uint32_t>(i + 1);
  counters_.waiting = queued_;
}

void Service::stop(Exchange& e) {
  if (&e == current_) return generation_.request_stop();
  if (e.state != Exchange::State::kQueued) return;
  leave_queue(e);
  ++counters_.cancelled;
  if (e.voice != Voice::kSocket) return fail(e, {503, "the server ends"});
  e.outcome.reason = FinishReason::kCancelled;
  tell_rest(e);
}

void Service::stop_all() {
  if (current_ != nullptr) stop(*current_);
  while (queued_ > 0) stop(*queue_[0]);
}

// --- steps ---

bool Service::waits_for_client() const { return !rest_.empty() && room(*current_) == 0; }

bool Service::has_work() const {
  if (current_ == nullptr) return queued_ > 0;
  return current_->gone || queued_ > 0 || !waits_for_client();
}

void Service::step(Now now) {
  prepare(now);
  compute();
  publish(now);
}

void Service::prepare(Now now) {
  if (current_ != nullptr && current_->gone && !starting_) finish(*current_);
  if (current_ != nullptr && waits_for_client()) {
    if (queued_ == 0) return;
    current_->failure = {503, "the answer was read too slowly while others waited"};
    current_->outcome.reason = FinishReason::kCancelled;
    finish(*current_);
  }
  while (current_ == nullptr && queued_ > 0) begin_next(now);
  step_us_ = now.us;
}

uint64_t Service::storage_wait_us() const {
  const Platform& platform = options_.platform;
  return platform.storage_wait_us != nullptr ? platform.storage_wait_us(platform.context) : 0;
}

void Service::begin_next(Now now) {
  Exchange& e = *queue_[0];
  leave_queue(e);
  const Status status = generation_.set(e.request, e.kind);
  if (!status.ok()) return fail(e, refusal_of(status, e.kind));
  e.state = Exchange::State::kTelling;
  current_ = &e;
  counters_.running = 1;
  starting_ = true;
  phase_us_ = now.us;
  e.outcome.queued_us = now.us - e.moment;
  storage_us_ = storage_wait_us();
}

void Service::compute() {
  if (current_ != nullptr && rest_.empty()) more_ = generation_.run();
}

void Service::publish(Now now) {
  if (current_ == nullptr) return;
  Exchange& e = *current_;
  if (!has_event(e)) e.moment = now.us;  // from here on it is the client's turn
  if (starting_) return publish_prompt(e, now);
  if (rest_.empty()) {
    rest_ = generation_.text();
    note_progress(e, now);
  }
  hand_over(e);
  if (rest_.empty() && !more_) finish(e);
}

void Service::publish_prompt(Exchange& e, Now now) {
  starting_ = false;
  if (!generation_.status().ok()) {
    current_ = nullptr;
    counters_.running = 0;
    return e.gone ? release(e) : fail(e, refusal_of(generation_.status(), e.kind));
  }
  e.outcome.prompt_us = now.us - phase_us_;
  e.outcome.prompt_tokens = generation_.prompt_tokens();
  e.outcome.context_used = generation_.context_used();
  phase_us_ = stats_us_ = now.us;
  e.begin = e.end = 0;  // the body is not needed any more
  if (!more_) return finish(e);
  begin_answer(e);
}

void Service::note_progress(Exchange& e, Now now) {
  e.outcome.tokens = generation_.generated_tokens();
  e.outcome.context_used = generation_.context_used();
  e.outcome.predicted_us = now.us - phase_us_;
  e.outcome.computed_us += now.us - step_us_;
  e.outcome.storage_us = storage_wait_us() - storage_us_;
  if (now.us - stats_us_ < kStatsEvery || e.voice != Voice::kSocket) return;
  stats_us_ = now.us;
  e.stats_due = true;
}

size_t Service::room(const Exchange& e) const {
  const size_t free = e.buffer.size() - (e.end - e.begin);
  return free < kLongestCharacter ? 0 : free;
}

// From the engine's memory to the exchange's, as much as finds room.
void Service::hand_over(Exchange& e) {
  const size_t count = whole_characters(rest_, room(e));
  if (e.end + count > e.buffer.size()) {
    std::memmove(e.buffer.data(), e.buffer.data() + e.begin, e.end - e.begin);
    e.end -= e.begin;
    e.begin = 0;
  }
  if (count > 0) std::memcpy(e.buffer.data() + e.end, rest_.data(), count);
  e.end += count;
  rest_ = {rest_.data() + count, rest_.size() - count};
}

// --- ends ---

void Service::begin_answer(Exchange& e) {
  e.has_head = true;
  e.head.content_type = e.voice == Voice::kEvents ? "text/event-stream" : "application/json";
  e.head.length = HttpResponse::kStreamed;
  e.head.add("Cache-Control", "no-store");
  const bool continues = e.kind == RequestKind::kChat && ChatPattern::of(engine_.model()).empty();
  if (continues) e.head.add("X-Thimble-Chat", "the model has no chat template: continued the last message");
}

// The engine is done with it; what is left is for the client to take.
void Service::finish(Exchange& e) {
  Outcome& o = e.outcome;
  if (o.reason == FinishReason::kNone) o.reason = generation_.reason();
  counters_.prompt_tokens += o.prompt_tokens;
  counters_.tokens += o.tokens;
  counters_.prompt_us += o.prompt_us;
  counters_.predicted_us += o.predicted_us;
  const bool left = e.gone || o.reason == FinishReason::kCancelled;
  ++(left ? counters_.cancelled : counters_.answers);
  counters_.last = o;
  counters_.running = 0;
  current_ = nullptr;
  rest_ = {};
  if (o.reason == FinishReason::kError) e.failure = refusal_of(generation_.status(), e.kind);
  if (e.gone) return release(e);
  if (!e.has_head && e.voice != Voice::kSocket) begin_answer(e);
  tell_rest(e);
}

// There was no answer.
void Service::fail(Exchange& e, const Refusal& refusal) {
  if (e.voice != Voice::kSocket) return refuse(e, refusal);
  ++counters_.refused;
  e.failure = refusal;
  tell_rest(e);
}

void Service::tell_rest(Exchange& e) {
  if (!e.has_head) {  // it never started
    e.begin = e.end = 0;
    e.part = Part::kText;
  }
  e.has_head = true;
  e.state = Exchange::State::kTold;
}

void Service::release(Exchange& e) { e.state = Exchange::State::kFree; }

}  // namespace thimble::service
