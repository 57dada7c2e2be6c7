// The service on a chip that is not there: what it takes of memory beside the story model, and an answer over its
// buffers, which must be the one that the host gives. Arguments: the beginning of a story, and its seed.

#include <new>
#include <string_view>

#include "firmware/story/embedded_model.h"
#include "ports/line.h"
#include "ports/port.h"
#include "service/service.h"

namespace {

using namespace thimble;

// As many clients as a chip has sockets to spare. A context of 256 tokens is some 1,000 bytes of text.
constexpr service::Options kOptions{.exchanges = 4, .queue = 2, .buffer_bytes = 4096, .json_values = 256};
constexpr size_t kMostMemory = 40 * 1024;

constinit Model model;
constinit Engine engine;
alignas(std::max_align_t) std::byte memory[kMostMemory];
alignas(service::Service) std::byte place[sizeof(service::Service)];

service::Now now() { return {port::ticks() * 1'000'000 / port::ticks_per_second(), 0}; }

Status init_engine() {
  THIMBLE_RETURN_IF_ERROR(model.open(embedded_model()));
  Memory pieces;
  for (const port::MemoryPiece& piece : port::memory_pieces()) pieces.add(piece.region, piece.bytes);
  return engine.init(model, make_plan(model, {.max_run_bytes = 512}, pieces.describe()), pieces);
}

void tell_sizes(size_t bytes) {
  port::log_line("ram service-object ", sizeof(service::Service));
  port::log_line("ram service-exchanges ", kOptions.exchanges * sizeof(service::Exchange));
  port::log_line("ram service-buffers ", kOptions.exchanges * kOptions.buffer_bytes);
  port::log_line("ram service-json ", kOptions.json_values * sizeof(service::JsonToken));
  port::log_line("ram service-memory ", bytes);
}

void write_body(service::Writer& body, std::string_view prompt, std::string_view seed) {
  body.text("{\"prompt\":").quoted(prompt).text(",\"seed\":").text(seed).text("}");
}

void tell_answer(service::Service& api, std::string_view body) {
  HttpRequest head;
  head.method = HttpMethod::kPost;
  head.path = "/v1/completions";
  head.host = "192.168.4.1";
  head.body_bytes = body.size();
  service::Exchange* const e = api.open(head, now());
  api.receive(*e, body, now());
  api.complete(*e, now());
  while (!api.is_over(*e)) {
    if (api.has_work()) api.step(now());
    char out[service::kLeastEventBytes];
    while (const size_t count = api.take(*e, out, now())) port::write_text({out, count});
    port::yield();
  }
  api.close(*e);
  port::write_text("\n");
}

}  // namespace

int thimble_main(std::span<const char* const> arguments) {
  const Status status = init_engine();
  if (!status.ok()) {
    port::log_line("error: ", status);
    return 1;
  }
  const size_t bytes = service::Service::memory_bytes(kOptions, engine);
  tell_sizes(bytes);
  if (bytes > kMostMemory) return 1;
  auto& api = *new (place) service::Service(engine, kOptions, memory, now());
  char buffer[256];
  service::Writer body(buffer);
  write_body(body, arguments.empty() ? "Once" : arguments[0], arguments.size() > 1 ? arguments[1] : "7");
  tell_answer(api, body.view());
  return 0;
}
