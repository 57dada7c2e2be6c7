// A service with everything that clients send: heads, bodies and messages of WebSockets of any bytes, in any order,
// with clients that leave. A script is a line for each event, and its first byte says which; the input's first byte
// chooses a script, and the rest edits it or, for some choices, is the script. What comes out must be UTF-8 and, where
// it should be JSON, JSON.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "service/json.h"
#include "service/utf8.h"
#include "tests/fuzz/patches.h"
#include "tests/support/model_fixture.h"
#include "tests/support/service_client.h"

namespace thimble {
namespace {

using service::Exchange;

void check(bool kept) {
  if (!kept) std::abort();
}

const tools::ImageBytes& image() {
  static const tools::ImageBytes bytes = [] {
    tools::ConvertOptions options;
    options.chat_template = "<s>{prompt}\n";
    return tools::convert(testing::to_imported(testing::make_fixture(testing::five_words_spec())), options);
  }();
  return bytes;
}

void check_json(std::string text) {
  std::vector<service::JsonToken> tokens(4096);
  service::JsonValue value;
  check(service::parse_json(text, tokens, &value) == service::JsonError::kNone);
}

class Session {
 public:
  void feed(char kind, std::string_view bytes) {
    service_.now.us += 1000;
    const size_t slot = static_cast<size_t>(kind) % open_.size();
    switch (kind & 7) {
      case 0:
        return open(slot, {HttpMethod::kPost, "/v1/completions"}, bytes);
      case 1:
        return open(slot, {HttpMethod::kPost, "/v1/chat/completions"}, bytes);
      case 2:
        return open(slot, {HttpMethod::kPost, "/api/settings"}, bytes);
      case 3:
        return open(slot, {HttpMethod::kGet, bytes}, {});
      case 4:
        return send_message(slot, bytes);
      case 5:
        return close(slot);
      case 6:
        return look_at_head(bytes);
      default:
        if (service_->has_work()) service_->step(service_.now);
        if (open_[slot] != nullptr && (bytes.size() & 1) == 0) take(*open_[slot]);
    }
  }

  void end() {
    for (size_t slot = 0; slot < open_.size(); ++slot) {
      if (open_[slot] != nullptr) check_whole(*open_[slot]);
      close(slot);
    }
    service_.run();
    check(service_->open_exchanges() == 0);
  }

 private:
  void open(size_t slot, HttpRequest head, std::string_view body) {
    close(slot);
    head.host = "localhost";
    head.body_bytes = body.size();
    Exchange* const e = service_->open(head, service_.now);
    open_[slot] = e;
    if (e == nullptr || e->has_head || head.method == HttpMethod::kGet) return;
    const std::string_view half = body.substr(0, body.size() / 2);
    if (service_->receive(*e, half, service_.now)) service_->receive(*e, body.substr(half.size()), service_.now);
    service_->complete(*e, service_.now);
  }

  void send_message(size_t slot, std::string_view bytes) {
    service::Refusal refusal;
    if (open_[slot] != nullptr && open_[slot]->voice == service::Voice::kSocket) {
      std::string copy(bytes);
      refusal = service_->message(*open_[slot], copy);
    } else {
      close(slot);
      open_[slot] = service_->open_message(bytes, service_.now, &refusal);
    }
    if (!refusal) return;
    char out[service::kLeastEventBytes];
    service::Writer writer(out);
    service::write_socket_error(writer, refusal);
    check(writer.ok());
    check_json(std::string(writer.view()));
  }

  // Headers of any bytes, halves of them as host, origin and key.
  void look_at_head(std::string_view bytes) {
    HttpRequest head;
    head.path = "/health";
    head.host = bytes.substr(0, bytes.size() / 2);
    head.origin = bytes.substr(head.host.size());
    head.authorization = head.accept_encoding = head.if_none_match = bytes;
    static_cast<void>(service_->may_upgrade(head));
    Exchange* const e = service_->open(head, service_.now);
    if (e != nullptr) check_whole(*e), service_->close(*e);
  }

  // What there is now, in pieces of the least size.
  std::string take(Exchange& e) {
    std::string all;
    char out[service::kLeastEventBytes];
    while (const size_t count = service_->take(e, out, service_.now)) {
      check(count <= sizeof out && service::is_utf8({out, count}));
      if (e.voice == service::Voice::kSocket) check_json(std::string(out, count));
      all.append(out, count);
    }
    return all;
  }

  void check_whole(Exchange& e) {
    const bool fresh = e.begin == 0 && e.part == service::Part::kBeginning;
    const bool metrics = e.route == service::RouteKind::kMetrics;
    std::string all = take(e);
    while (!service_->is_over(e) && service_->has_work()) {
      service_->step(service_.now);
      all += take(e);
    }
    check(service_->is_over(e));
    if (e.voice != service::Voice::kWhole || !fresh || metrics || all.empty() || service_->is_broken(e)) return;
    check_json(all);
  }

  void close(size_t slot) {
    if (open_[slot] != nullptr) service_->close(*open_[slot]);
    open_[slot] = nullptr;
  }

  testing::TestService service_{image().span(), {.exchanges = 4, .queue = 2, .buffer_bytes = 4096}};
  std::vector<Exchange*> open_ = std::vector<Exchange*>(3);
};

// The kinds: 0 @ completion, 1 A chat, 2 B settings, 3 C GET, 4 D message, 5 E leave, 6 F headers, 7 G step. Each
// letter further by eight does the same for another client.
constexpr std::array<std::string_view, 5> kScripts = {
    R"(@{"prompt":"Once upon","max_tokens":9,"temperature":0.85,"top_p":0.9,"top_k":40,"min_p":1e-2,"seed":7,"stop":["a","bc"]}
GG
HH{"prompt":["x"],"stream":true,"stream_options":{"include_usage":true},"n":1,"logprobs":null,"repeat_penalty":1.1}
G
OO
E
M)",
    R"(A{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a\u00e9"},{"type":"text","text":"b"}]},{"role":"assistant","content":null},{"content":"z","role":"user"}],"stream":true,"max_completion_tokens":5}
G
G
G
I{"messages":[{"role":"user","content":"\ud83d\ude00"}],"response_format":{"type":"text"},"tools":[],"logit_bias":{}})",
    R"(D{"type":"generate","prompt":"Once","max_tokens":20,"temperature":1.5,"seed":42,"stop":"x","key":"k"}
G
L{"type":"generate","prompt":"\n\t\"","presence_penalty":-0.5}
D{"type":"stop"}
G
T{"type":"generate"}
L{"type":"stop"}
GG)",
    R"(B{"temperature":0.5,"top_k":3,"max_tokens":4,"frequency_penalty":0.25}
C/api/info
K/v1/models/five
S/metrics
C/api/settings
Flocalhost:8080http://localhost:8080)",
    R"(C/
F[::1]:80Bearer x
K/ws
S/v1/completions)"};
constexpr uint8_t kOwnScript = 200;  // from here on the input is the script

}  // namespace
}  // namespace thimble

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::span<const uint8_t> input(data + 1, size - 1);
  std::string script(reinterpret_cast<const char*>(input.data()), input.size());
  if (data[0] < thimble::kOwnScript) {
    script = thimble::kScripts[data[0] % thimble::kScripts.size()];
    thimble::testing::apply_patches(input, std::as_writable_bytes(std::span(script)));
  }
  std::string_view rest = script;
  thimble::Session session;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (!line.empty()) session.feed(line[0], line.substr(1));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  session.end();
  return 0;
}
