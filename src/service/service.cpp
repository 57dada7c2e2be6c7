// Exchanges from their first byte to their last. Answers that need no engine are made in responses.cpp, what the engine
// does is in telling.cpp.
#include "service/service.h"

#include <cstring>
#include <new>
#include <type_traits>

#include "service/access.h"
#include "service/routes.h"

namespace thimble::service {
namespace {

// Lays arrays one behind another; counts on where there is no memory, to find out how much it takes.
class Layout {
 public:
  explicit Layout(std::span<std::byte> memory) : memory_(memory) {}

  template <class T>
  std::span<T> array(size_t count) {
    used_ = (used_ + alignof(T) - 1) / alignof(T) * alignof(T);
    const size_t begin = used_;
    used_ += count * sizeof(T);
    if (used_ > memory_.size()) return {};
    T* const first = reinterpret_cast<T*>(memory_.data() + begin);
    if constexpr (!std::is_trivially_default_constructible_v<T>) {
      for (size_t i = 0; i < count; ++i) new (first + i) T();
    }
    return {first, count};
  }
  size_t used() const { return used_; }

 private:
  std::span<std::byte> memory_;
  size_t used_ = 0;
};

}  // namespace

// What the service keeps outside of itself.
struct Service::Parts {
  std::span<Exchange> exchanges;
  std::span<JsonToken> tokens;
  std::span<Exchange*> queue;
  std::span<char> stop_bytes;
  std::span<char> turn;
  std::span<char> buffers;

  Parts(Layout layout, const Options& options, const Engine& engine)
      : Parts(&layout, options, turn_bytes(options, engine), engine.plan().options.max_stop_bytes) {}
  Parts(Layout* layout, const Options& options, size_t turn_size, size_t stop_size) {
    exchanges = layout->array<Exchange>(options.exchanges);
    queue = layout->array<Exchange*>(options.queue);
    tokens = layout->array<JsonToken>(options.json_values);
    stop_bytes = layout->array<char>(stop_size);
    turn = layout->array<char>(turn_size);
    buffers = layout->array<char>(options.exchanges * options.buffer_bytes);
  }

  static size_t turn_bytes(const Options& options, const Engine& engine) {
    const ChatPattern pattern = ChatPattern::of(engine.model());
    return pattern.empty() ? 0 : options.buffer_bytes + pattern.size();
  }
};

namespace {

Refusal json_refusal(JsonError error) {
  return error == JsonError::kTooManyValues ? Refusal{413, "the JSON holds more values than this server takes"}
                                            : Refusal{400, "the body is not valid JSON"};
}

}  // namespace

size_t Service::memory_bytes(const Options& options, const Engine& engine) {
  return memory_bytes(options, Parts::turn_bytes(options, engine), engine.plan().options.max_stop_bytes);
}

size_t Service::memory_bytes(const Options& options, size_t turn_bytes, size_t stop_bytes) {
  Layout layout({});
  const Parts parts(&layout, options, turn_bytes, stop_bytes);
  return layout.used();
}

Service::Service(Engine& engine, const Options& options, std::span<std::byte> memory, Now now)
    : Service(engine, options, Parts(Layout(memory), options, engine), now) {}

Service::Service(Engine& engine, const Options& options, const Parts& parts, Now now)
    : engine_(engine),
      options_(options),
      settings_{model_sampling(engine.model()), 0, options.any_word},
      exchanges_(parts.exchanges),
      tokens_(parts.tokens),
      queue_(parts.queue),
      generation_(engine, parts.stop_bytes, parts.turn, options.on_sweep),
      started_us_(now.us),
      started_unix_(now.unix_seconds),
      chance_(options.chance) {
  for (size_t i = 0; i < exchanges_.size(); ++i) {
    exchanges_[i].buffer = parts.buffers.subspan(i * options.buffer_bytes, options.buffer_bytes);
  }
}

// --- requests ---

Exchange* Service::free_exchange() {
  for (Exchange& e : exchanges_) {
    if (e.state != Exchange::State::kFree) continue;
    const std::span<char> buffer = e.buffer;
    new (&e) Exchange();  // in place: a copy would need a stack of its own
    e.buffer = buffer;
    e.id = next_chance();
    return &e;
  }
  return nullptr;
}

size_t Service::open_exchanges() const {
  size_t count = 0;
  for (const Exchange& e : exchanges_) count += e.state != Exchange::State::kFree ? 1 : 0;
  return count;
}

Exchange* Service::open(const HttpRequest& head, Now now) {
  Exchange* const e = free_exchange();
  ++counters_.requests;
  if (e == nullptr) {
    ++counters_.refused;
    ++counters_.busy;
    return nullptr;
  }
  e->state = Exchange::State::kReceiving;
  e->moment = now.us;
  e->created = now.unix_seconds;
  e->head_only = head.method == HttpMethod::kHead;
  add_cors(*e, head.origin);

  const RouteMatch match = find_route(head.path, head.method);
  const Asset* const asset = match.route == nullptr && !match.path_exists ? find_asset(head.path) : nullptr;
  const Refusal refusal = check_head(head, match, asset);
  if (refusal) {
    if (refusal.status == 405) e->head.add("Allow", match.path_exists ? match.allowed : "GET, HEAD, OPTIONS");
    if (refusal.status == 401) e->head.add("WWW-Authenticate", "Bearer");
    refuse(*e, refusal);
  } else if (head.method == HttpMethod::kOptions) {
    answer_preflight(*e);
  } else if (asset != nullptr) {
    answer_asset(*e, *asset, head);
  } else {
    e->route = match.route->kind;
    if (head.method != HttpMethod::kPost) answer(*e, head.path, now);
  }
  return e;
}

Refusal Service::check_head(const HttpRequest& head, const RouteMatch& match, const Asset* asset) const {
  if (!host_is_ours(head.host, options_.names)) return {403, "this server does not go by the name in Host"};
  if (!match.path_exists && asset == nullptr) return {404, "no such path"};
  if (head.method == HttpMethod::kOptions) return {};
  const bool reads = head.method == HttpMethod::kGet || head.method == HttpMethod::kHead;
  if (match.route == nullptr && !(asset != nullptr && reads)) return {405, "this path has no such method"};
  if (!reads && !origin_may_ask(head.origin, head.host, options_.origin)) {
    return {403, "pages of this origin may not ask; the server's option --cors allows one"};
  }
  if (match.route != nullptr && !match.route->public_to_all && !may_ask(bearer_token(head.authorization))) {
    return {401, "a key is needed: Authorization: Bearer KEY", "", 0, 0, "invalid_api_key"};
  }
  if (match.route != nullptr && match.route->kind == RouteKind::kSocket) {
    return {426, "this path speaks WebSocket"};
  }
  if (!head.length_known) return {411, "a header Content-Length is needed"};
  if (head.body_bytes > options_.buffer_bytes) {
    return {413, "the body is too long", "", head.body_bytes, options_.buffer_bytes};
  }
  return {};
}

bool Service::may_ask(std::string_view key) const {
  if (options_.key_check.matches != nullptr) return options_.key_check.matches(options_.key_check.context, key);
  return options_.key.empty() || keys_equal(key, options_.key);
}

const Asset* Service::find_asset(std::string_view path) const {
  if (path == "/") path = "/index.html";
  for (const Asset& asset : options_.assets) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

// A page of the origin that was allowed may read the answer.
void Service::add_cors(Exchange& e, std::string_view origin) const {
  if (options_.origin.empty() || origin.empty()) return;
  if (options_.origin != "*" && options_.origin != origin) return;
  e.head.add("Access-Control-Allow-Origin", options_.origin);
  if (options_.origin != "*") e.head.add("Vary", "Origin");
}

bool Service::receive(Exchange& e, std::string_view bytes, Now now) {
  if (e.state != Exchange::State::kReceiving || e.has_head) return false;
  if (now.us - e.moment > options_.patience_us) {
    refuse(e, {408, "the body took too long"});
    return false;
  }
  if (bytes.size() > e.buffer.size() - e.end) {
    refuse(e, {413, "the body is too long", "", e.end + bytes.size(), e.buffer.size()});
    return false;
  }
  if (!bytes.empty()) std::memcpy(e.buffer.data() + e.end, bytes.data(), bytes.size());
  e.end += bytes.size();
  return true;
}

void Service::complete(Exchange& e, Now now) {
  if (e.state != Exchange::State::kReceiving || e.has_head) return;
  JsonValue json;
  const JsonError error = parse_json(e.buffer.first(e.end), tokens_, &json);
  Refusal refusal;
  if (error != JsonError::kNone) {
    refusal = json_refusal(error);
  } else if (e.route == RouteKind::kSettings) {
    refusal = read_settings(json, &settings_);
  } else {
    e.kind = e.route == RouteKind::kChat ? RequestKind::kChat : RequestKind::kCompletion;
    refusal = enqueue(e, json, now);
  }
  if (refusal) {
    refuse(e, refusal);
  } else if (e.route == RouteKind::kSettings) {
    answer(e, {}, now);
  }
}

// --- WebSockets ---

Refusal Service::may_upgrade(const HttpRequest& head) const {
  if (!host_is_ours(head.host, options_.names)) return {403, "this server does not go by the name in Host"};
  if (!origin_may_ask(head.origin, head.host, options_.origin)) return {403, "pages of this origin may not ask"};
  return {};
}

Exchange* Service::open_message(std::string_view message, Now now, Refusal* refusal) {
  Exchange* const e = free_exchange();
  ++counters_.requests;
  *refusal = {};
  if (e == nullptr) {
    *refusal = busy();
  } else if (message.size() > e->buffer.size()) {
    *refusal = {413, "the message is too long", "", message.size(), e->buffer.size()};
  } else {
    e->state = Exchange::State::kReceiving;
    e->moment = now.us;
    e->created = now.unix_seconds;
    e->kind = RequestKind::kSocket;
    e->voice = Voice::kSocket;
    receive(*e, message, now);
    bool asks = false;
    *refusal = read_message(*e, &asks, now);
    if (asks && !*refusal) return e;
    e->state = Exchange::State::kFree;
  }
  if (*refusal) ++counters_.refused;
  return nullptr;
}

namespace {

enum class MessageType : uint8_t { kOther, kGenerate, kStop };

MessageType type_of(JsonValue json) {
  MessageType type = MessageType::kOther;
  if (!json.is(JsonType::kObject)) return type;
  each_member(json, [&type](std::string_view name, JsonValue value) {
    if (name != "type" || !value.is(JsonType::kString)) return true;
    if (value.text() == "generate") type = MessageType::kGenerate;
    if (value.text() == "stop") type = MessageType::kStop;
    return false;
  });
  return type;
}

}  // namespace

// *asks: whether it wants a text.
Refusal Service::read_message(Exchange& e, bool* asks, Now now) {
  JsonValue json;
  const JsonError error = parse_json(e.buffer.first(e.end), tokens_, &json);
  if (error != JsonError::kNone) return json_refusal(error);
  const MessageType type = type_of(json);
  if (type == MessageType::kOther) return {400, "expected generate or stop", "type"};
  *asks = type == MessageType::kGenerate;
  return *asks ? enqueue(e, json, now) : Refusal{};
}

Refusal Service::message(Exchange& e, std::span<char> message) {
  JsonValue json;
  const JsonError error = parse_json(message, tokens_, &json);
  if (error != JsonError::kNone) return json_refusal(error);
  if (type_of(json) != MessageType::kStop) return {409, "one text at a time: send stop first, and wait for done"};
  stop(e);
  return {};
}

// --- answers ---

bool Service::has_output(Exchange& e) {
  if (e.state == Exchange::State::kAnswered) return !e.waiting().empty() || !e.asset.empty();
  if (&e == current_ && starting_) {
    e.read = generation_.read();
    e.of = generation_.total();
  }
  return has_event(e);
}

size_t Service::take(Exchange& e, std::span<char> out, Now now) {
  if (!has_output(e)) return 0;
  e.moment = now.us;
  if (e.state != Exchange::State::kAnswered) {
    return next_event(e, model_name(engine_.model()), engine_.context(), out);
  }
  const std::string_view from = e.asset.empty() ? e.waiting() : e.asset;
  const size_t count = from.size() < out.size() ? from.size() : out.size();
  std::memcpy(out.data(), from.data(), count);
  if (e.asset.empty()) {
    e.begin += count;
  } else {
    e.asset = {from.data() + count, from.size() - count};
  }
  return count;
}

bool Service::is_over(const Exchange& e) const {
  if (e.state == Exchange::State::kAnswered) return e.waiting().empty() && e.asset.empty();
  return e.state == Exchange::State::kTold && e.part == Part::kNothing;
}

bool Service::is_broken(const Exchange& e) const { return is_over(e) && e.failure && e.voice == Voice::kWhole; }

bool Service::is_stalled(Exchange& e, Now now) {
  const bool its_turn = (e.state == Exchange::State::kReceiving && !e.has_head) || has_output(e);
  return its_turn && now.us - e.moment > options_.patience_us;
}

void Service::close(Exchange& e) {
  if (&e == current_) {
    e.gone = true;
    generation_.request_stop();
    return;  // the engine's side frees it
  }
  leave_queue(e);
  e.state = Exchange::State::kFree;
}

}  // namespace thimble::service
