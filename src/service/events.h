// Answers of the engine in words: OpenAI's JSON, whole or as server-sent events, and the messages of the WebSocket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "service/exchange.h"
#include "service/writer.h"

namespace thimble::service {

// Room that any single event needs, whatever it says; texts fill more.
inline constexpr size_t kLeastEventBytes = 1024;

// Whether next_event() would write something now.
bool has_event(const Exchange& exchange);

// The next thing that the client has not been told, in at most out.size() bytes, kLeastEventBytes at least: one message
// of a WebSocket, a piece of a body elsewhere. It counts as told. `model`: the name for answers, shortened where it is
// long. Returns the bytes written.
size_t next_event(Exchange& exchange, std::string_view model, uint32_t context, std::span<char> out);

// {"error":{...}} as OpenAI has it.
void write_error(Writer& out, const Refusal& refusal);
// {"type":"error",...} of the WebSocket.
void write_socket_error(Writer& out, const Refusal& refusal);

}  // namespace thimble::service
