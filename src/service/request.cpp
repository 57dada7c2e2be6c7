#include "service/request.h"

#include <cfloat>
#include <cstring>

#include "service/decimal.h"

namespace thimble::service {
namespace {

constexpr uint16_t kBadRequest = 400;

// --- numbers that sampling takes ---

struct RealField {
  std::string_view name;
  float SamplerParams::*member;
  float low;
  float high;
  const char* expected;
};

constexpr float kLeastTopP = 1e-4f;  // 0 keeps the single best one elsewhere, and so does this

constexpr RealField kRealFields[] = {
    {"temperature", &SamplerParams::temperature, 0, FLT_MAX, "expected a number, 0 or more"},
    {"top_p", &SamplerParams::top_p, 0, 1, "expected a number from 0 to 1"},
    {"min_p", &SamplerParams::min_p, 0, 0.999999f, "expected a number from 0 to below 1"},
    {"repeat_penalty", &SamplerParams::repeat_penalty, 1e-4f, 1e6f, "expected a number above 0, at most 1000000"},
    {"presence_penalty", &SamplerParams::presence_penalty, -1e6f, 1e6f, "expected a number, at most 1000000"},
    {"frequency_penalty", &SamplerParams::frequency_penalty, -1e6f, 1e6f, "expected a number, at most 1000000"},
};

const char* read_real(const RealField& field, JsonValue value, SamplerParams* sampling) {
  if (!value.is(JsonType::kNumber)) return field.expected;
  const float number = to_float(value.text());
  if (!(number >= field.low && number <= field.high)) return field.expected;
  const bool too_small = field.member == &SamplerParams::top_p && number < kLeastTopP;
  sampling->*field.member = too_small ? kLeastTopP : number;
  return nullptr;
}

// -1 is how many say "none".
bool is_minus_one(JsonValue value) { return value.is(JsonType::kNumber) && value.text() == "-1"; }

bool read_whole(JsonValue value, uint64_t* number) {
  return value.is(JsonType::kNumber) && to_whole(value.text(), number);
}

const char* read_top_k(JsonValue value, SamplerParams* sampling) {
  uint64_t k = 0;
  if (!is_minus_one(value) && !read_whole(value, &k)) return "expected a whole number, 0 or more";
  sampling->top_k = k > kMaxCandidates ? 0 : static_cast<uint32_t>(k);
  return nullptr;
}

const char* read_max_tokens(JsonValue value, uint32_t* max_tokens) {
  uint64_t count = 0;
  if (!is_minus_one(value) && (!read_whole(value, &count) || count == 0)) return "expected a whole number, 1 or more";
  *max_tokens = count > UINT32_MAX ? 0 : static_cast<uint32_t>(count);
  return nullptr;
}

bool is_max_tokens(std::string_view name) { return name == "max_tokens" || name == "max_completion_tokens"; }

// The fields that requests and settings share. *known: whether `name` is one of them.
const char* read_shared(std::string_view name, JsonValue value, SamplerParams* sampling, uint32_t* max_tokens,
                        bool* known) {
  *known = true;
  for (const RealField& field : kRealFields) {
    if (name == field.name) return read_real(field, value, sampling);
  }
  if (name == "top_k") return read_top_k(value, sampling);
  if (is_max_tokens(name)) return read_max_tokens(value, max_tokens);
  *known = false;
  return nullptr;
}

// --- the other fields: each returns what was expected, or null when all is well ---

const char* read_seed(JsonValue value, GenerateRequest* r) {
  if (is_minus_one(value)) return nullptr;
  r->has_seed = read_whole(value, &r->sampling.seed);
  return r->has_seed ? nullptr : "expected a whole number below 2^64";
}

const char* read_stream(JsonValue value, GenerateRequest* r) {
  r->stream = value.is(JsonType::kTrue);
  return value.is_bool() ? nullptr : "expected true or false";
}

const char* read_stream_options(JsonValue value, GenerateRequest* r) {
  if (!value.is(JsonType::kObject)) return "expected an object";
  const bool fine = each_member(value, [r](std::string_view name, JsonValue option) {
    if (name != "include_usage") return true;
    r->include_usage = option.is(JsonType::kTrue);
    return option.is_bool() || option.is(JsonType::kNull);
  });
  return fine ? nullptr : "include_usage: expected true or false";
}

const char* read_stop(JsonValue value, GenerateRequest* r) {
  const auto take = [r](JsonValue stop) {
    if (!stop.is(JsonType::kString) || stop.text().empty() || r->stop_count == kMaxStopStrings) return false;
    r->stops[r->stop_count++] = stop.text();
    return true;
  };
  const bool fine = value.is(JsonType::kArray) ? each_element(value, take) : take(value);
  return fine ? nullptr : "expected a text, or at most 16 texts, none of them empty";
}

const char* read_prompt(JsonValue value, GenerateRequest* r) {
  if (value.is(JsonType::kArray) && value.size() == 1) value = value.first();
  if (!value.is(JsonType::kString)) return "expected one text";
  r->messages[0].text = value.text();
  r->message_count = 1;
  return nullptr;
}

const char* read_key(JsonValue value, GenerateRequest* r) {
  if (!value.is(JsonType::kString)) return "expected a text";
  r->key = value.text();
  return nullptr;
}

// What is accepted only where it asks for nothing: this server gives one answer, its text alone.
const char* refuse_unless_idle(std::string_view name, JsonValue value) {
  uint64_t count = 0;
  if (name == "n" || name == "best_of") {
    return read_whole(value, &count) && count == 1 ? nullptr : "one answer at a time; expected 1";
  }
  if (name == "logprobs" || name == "top_logprobs" || name == "echo" || name == "suffix") {
    const bool idle = value.is(JsonType::kFalse) || value.text().empty() ||
                      (name == "top_logprobs" && read_whole(value, &count) && count == 0);
    return idle ? nullptr : "not supported; leave it out";
  }
  if (name == "logit_bias" || name == "tools" || name == "functions") {
    const bool list = value.is(JsonType::kArray) || value.is(JsonType::kObject);
    return list && value.size() == 0 ? nullptr : "not supported; leave it out";
  }
  if (name == "response_format") {
    bool text = false;
    if (!value.is(JsonType::kObject)) return "expected an object";
    each_member(value, [&text](std::string_view key, JsonValue type) {
      text = key == "type" && type.text() == "text";
      return !text;
    });
    return text ? nullptr : "only {\"type\":\"text\"} is supported";
  }
  return nullptr;  // whatever else clients send along
}

// --- messages of a chat ---

bool read_role(JsonValue value, Role* role) {
  const std::string_view name = value.is(JsonType::kString) ? value.text() : std::string_view();
  if (name == "user") *role = Role::kUser;
  if (name == "assistant") *role = Role::kAssistant;
  if (name == "system" || name == "developer") *role = Role::kSystem;
  return name == "user" || name == "assistant" || name == "system" || name == "developer";
}

// Moves the texts of parts together, behind the first of them: they stand in the body in this order.
class PartJoiner {
 public:
  explicit PartJoiner(std::span<char> body) : body_(body) {}

  void add(std::string_view text) {
    if (joined_.empty()) joined_ = {text.data(), 0};
    const auto from = static_cast<size_t>(text.data() - body_.data());
    const auto begin = static_cast<size_t>(joined_.data() - body_.data());
    std::memmove(body_.data() + begin + joined_.size(), body_.data() + from, text.size());
    joined_ = {joined_.data(), joined_.size() + text.size()};
  }
  std::string_view joined() const { return joined_; }

 private:
  std::span<char> body_;
  std::string_view joined_{};
};

bool read_part(JsonValue part, PartJoiner* joiner) {
  if (!part.is(JsonType::kObject)) return false;
  bool is_text = false;
  bool has_text = false;
  std::string_view text;
  const bool fine = each_member(part, [&](std::string_view name, JsonValue value) {
    if (name == "type") is_text = value.text() == "text";
    if (name != "text") return true;
    text = value.text();
    has_text = value.is(JsonType::kString);
    return has_text;
  });
  if (!fine || !is_text || !has_text) return false;
  joiner->add(text);
  return true;
}

bool read_content(JsonValue value, std::span<char> body, std::string_view* text) {
  *text = {};
  if (value.is(JsonType::kNull)) return true;
  if (value.is(JsonType::kString)) {
    *text = value.text();
    return true;
  }
  PartJoiner joiner(body);
  if (!value.is(JsonType::kArray)) return false;
  if (!each_element(value, [&joiner](JsonValue part) { return read_part(part, &joiner); })) return false;
  *text = joiner.joined();
  return true;
}

const char* read_messages(JsonValue value, std::span<char> body, GenerateRequest* r) {
  if (!value.is(JsonType::kArray) || value.size() == 0) return "expected an array of messages";
  if (value.size() > kMostMessages) return "at most 64 messages";
  const char* wrong = nullptr;
  each_element(value, [&](JsonValue element) {
    if (!element.is(JsonType::kObject)) {
      wrong = "expected objects with role and content";
      return false;
    }
    Message message;
    bool has_role = false;
    each_member(element, [&](std::string_view name, JsonValue member) {
      if (name == "role") has_role = read_role(member, &message.role);
      if (name == "content" && !read_content(member, body, &message.text)) wrong = "content: expected text";
      return wrong == nullptr;
    });
    if (wrong == nullptr && !has_role) wrong = "role: expected system, user or assistant";
    r->messages[r->message_count++] = message;
    return wrong == nullptr;
  });
  return wrong;
}

const char* read_field(std::string_view name, JsonValue value, RequestKind kind, std::span<char> body,
                       GenerateRequest* r) {
  bool known = false;
  const char* const wrong = read_shared(name, value, &r->sampling, &r->max_tokens, &known);
  if (known) return wrong;
  if (name == "seed") return read_seed(value, r);
  if (name == "stop") return read_stop(value, r);
  if (name == "messages" && kind == RequestKind::kChat) return read_messages(value, body, r);
  if (name == "prompt" && kind != RequestKind::kChat) return read_prompt(value, r);
  if (kind == RequestKind::kSocket) return name == "key" ? read_key(value, r) : nullptr;
  if (name == "stream") return read_stream(value, r);
  if (name == "stream_options") return read_stream_options(value, r);
  return refuse_unless_idle(name, value);
}

// The fields by name, for refusals, which outlive the request.
const char* lasting_name(std::string_view name) {
  static constexpr const char* kNames[] = {"temperature",
                                           "top_p",
                                           "min_p",
                                           "repeat_penalty",
                                           "presence_penalty",
                                           "frequency_penalty",
                                           "top_k",
                                           "max_tokens",
                                           "seed",
                                           "stop",
                                           "messages",
                                           "prompt",
                                           "stream",
                                           "stream_options",
                                           "n",
                                           "best_of",
                                           "logprobs",
                                           "top_logprobs",
                                           "echo",
                                           "suffix",
                                           "tools",
                                           "functions",
                                           "logit_bias",
                                           "response_format",
                                           "key",
                                           "max_completion_tokens"};
  for (const char* const known : kNames) {
    if (name == known) return known;
  }
  return "";
}

}  // namespace

Refusal read_request(JsonValue json, RequestKind kind, const Settings& settings, std::span<char> body,
                     GenerateRequest* request) {
  *request = GenerateRequest();
  request->sampling = settings.sampling;
  request->max_tokens = settings.max_tokens;
  request->any_word = settings.any_word;
  if (!json.is(JsonType::kObject)) return {kBadRequest, "expected a JSON object"};
  Refusal refusal;
  each_member(json, [&](std::string_view name, JsonValue value) {
    if (value.is(JsonType::kNull)) return true;  // as if it were not there
    const char* const wrong = read_field(name, value, kind, body, request);
    if (wrong != nullptr) refusal = {kBadRequest, wrong, lasting_name(name)};
    return wrong == nullptr;
  });
  if (refusal) return refusal;
  // A completion without a prompt begins a text from nothing.
  if (kind == RequestKind::kChat && request->message_count == 0) {
    return {kBadRequest, "expected an array of messages", "messages"};
  }
  if (request->message_count == 0) request->message_count = 1;
  return {};
}

Refusal read_settings(JsonValue json, Settings* settings) {
  if (!json.is(JsonType::kObject)) return {kBadRequest, "expected a JSON object"};
  Settings changed = *settings;
  Refusal refusal;
  each_member(json, [&](std::string_view name, JsonValue value) {
    bool known = false;
    const char* wrong = read_shared(name, value, &changed.sampling, &changed.max_tokens, &known);
    if (!known) wrong = "no such setting";
    if (wrong != nullptr) refusal = {kBadRequest, wrong, lasting_name(name)};
    return wrong == nullptr;
  });
  if (!refusal) *settings = changed;
  return refusal;
}

}  // namespace thimble::service
