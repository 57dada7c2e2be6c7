// From the JSON of a request to what is to be generated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "service/json.h"
#include "service/terms.h"
#include "thimble/generator.h"
#include "thimble/sampler.h"

namespace thimble::service {

inline constexpr size_t kMostMessages = 64;  // of a chat; more than a context of some hundred tokens can hold

enum class Role : uint8_t { kSystem, kUser, kAssistant };

struct Message {
  Role role = Role::kUser;
  std::string_view text{};
};

// What applies where a request is silent.
struct Settings {
  SamplerParams sampling{};
  uint32_t max_tokens = 0;  // 0: until the text ends or the context is full
  bool any_word = false;    // GeneratorParams::any_word
};

// Views the body of the request.
struct GenerateRequest {
  SamplerParams sampling{};
  uint32_t max_tokens = 0;
  bool any_word = false;
  bool has_seed = false;
  bool stream = false;
  bool include_usage = false;
  Message messages[kMostMessages]{};  // of a completion: its prompt alone
  size_t message_count = 0;
  std::string_view stops[kMaxStopStrings]{};
  size_t stop_count = 0;
  std::string_view key{};  // of a message on a WebSocket
};

enum class RequestKind : uint8_t { kCompletion, kChat, kSocket };

// Reads a request. `body`: the text that `json` views; parts of a message are moved together in it. What the request
// does not state comes from `settings`.
Refusal read_request(JsonValue json, RequestKind kind, const Settings& settings, std::span<char> body,
                     GenerateRequest* request);

// Changes the settings that `json` states; none when it is refused.
Refusal read_settings(JsonValue json, Settings* settings);

}  // namespace thimble::service
