#include "service/events.h"

#include "service/utf8.h"

namespace thimble::service {
namespace {

constexpr size_t kMostName = 64;    // of the model, in every event
constexpr size_t kMostFacts = 256;  // behind the message of an error
constexpr size_t kEventEnd = 64;    // what closes an event behind its text
constexpr uint64_t kMillion = 1'000'000;

const char* reason_text(FinishReason reason) {
  switch (reason) {
    case FinishReason::kEndOfText:
    case FinishReason::kStopString:
      return "stop";
    case FinishReason::kCancelled:
      return "cancelled";
    default:
      return "length";
  }
}

bool over(const Exchange& e) { return e.state == Exchange::State::kTold; }
bool is_chat(const Exchange& e) { return e.kind == RequestKind::kChat; }

uint64_t hundredths_per_second(size_t count, uint64_t us) { return us == 0 ? 0 : count * 100 * kMillion / us; }

void write_milliseconds(Writer& out, uint64_t us) { out.decimal(us, 3); }

void write_usage(Writer& out, const Outcome& o) {
  out.text("{\"prompt_tokens\":").number(o.prompt_tokens).text(",\"completion_tokens\":").number(o.tokens);
  out.text(",\"total_tokens\":").number(o.prompt_tokens + o.tokens).text("}");
}

// llama.cpp's names.
void write_timings(Writer& out, const Outcome& o) {
  out.text("{\"prompt_n\":").number(o.prompt_tokens).text(",\"prompt_ms\":");
  write_milliseconds(out, o.prompt_us);
  out.text(",\"predicted_n\":").number(o.tokens).text(",\"predicted_ms\":");
  write_milliseconds(out, o.predicted_us);
  out.text(",\"predicted_per_second\":").decimal(hundredths_per_second(o.tokens, o.predicted_us), 2).text("}");
}

// --- OpenAI's JSON ---

void write_common(Writer& out, const Exchange& e, std::string_view model, bool chunk) {
  out.text("{\"id\":\"").text(is_chat(e) ? "chatcmpl-" : "cmpl-").hex(e.id).text("\",\"object\":\"");
  out.text(!is_chat(e) ? "text_completion" : chunk ? "chat.completion.chunk" : "chat.completion");
  out.text("\",\"created\":").number(e.created).text(",\"model\":");
  out.quoted({model.data(), whole_characters(model, kMostName)});
}

void write_finish(Writer& out, const Exchange& e, bool known) {
  out.text(",\"finish_reason\":");
  if (known) {
    out.text("\"").text(reason_text(e.outcome.reason)).text("\"");
  } else {
    out.text("null");
  }
}

// As much of the waiting text as fits in front of what closes the event.
void write_text(Writer& out, Exchange& e) { e.begin += out.escaped(e.waiting(), kEventEnd); }

void begin_chunk(Writer& out, const Exchange& e, std::string_view model) {
  out.text("data: ");
  write_common(out, e, model, true);
  out.text(",\"choices\":[{\"index\":0,");
}

void write_text_chunk(Writer& out, Exchange& e, std::string_view model) {
  begin_chunk(out, e, model);
  out.text(is_chat(e) ? "\"delta\":{\"content\":\"" : "\"text\":\"");
  write_text(out, e);
  out.text(is_chat(e) ? "\"}" : "\",\"logprobs\":null");
  write_finish(out, e, false);
  out.text("}]}\n\n");
}

void write_role_chunk(Writer& out, const Exchange& e, std::string_view model) {
  begin_chunk(out, e, model);
  out.text("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}");
  write_finish(out, e, false);
  out.text("}]}\n\n");
}

void write_last_chunk(Writer& out, const Exchange& e, std::string_view model) {
  if (e.failure) {
    out.text("data: ");
    write_error(out, e.failure);
    out.text("\n\n");
    return;
  }
  begin_chunk(out, e, model);
  out.text(is_chat(e) ? "\"delta\":{}" : "\"text\":\"\",\"logprobs\":null");
  write_finish(out, e, true);
  out.text("}],\"seed\":").number(e.request.sampling.seed).text(",\"timings\":");
  write_timings(out, e.outcome);
  out.text("}\n\n");
}

void write_usage_chunk(Writer& out, const Exchange& e, std::string_view model) {
  out.text("data: ");
  write_common(out, e, model, true);
  out.text(",\"choices\":[],\"usage\":");
  write_usage(out, e.outcome);
  out.text("}\n\n");
}

void write_whole_beginning(Writer& out, const Exchange& e, std::string_view model) {
  write_common(out, e, model, false);
  out.text(",\"seed\":").number(e.request.sampling.seed).text(",\"choices\":[{\"index\":0,");
  out.text(is_chat(e) ? "\"message\":{\"role\":\"assistant\",\"content\":\"" : "\"text\":\"");
}

void write_whole_ending(Writer& out, const Exchange& e) {
  out.text(is_chat(e) ? "\"}" : "\"").text(",\"logprobs\":null");
  write_finish(out, e, true);
  out.text("}],\"usage\":");
  write_usage(out, e.outcome);
  out.text(",\"timings\":");
  write_timings(out, e.outcome);
  out.text("}");
}

// The part that comes behind one which was told whole.
Part next_part(const Exchange& e) {
  switch (e.part) {
    case Part::kBeginning:
      return Part::kText;
    case Part::kText:
      return Part::kEnding;
    case Part::kEnding:
      if (e.voice != Voice::kEvents) return Part::kNothing;
      return e.request.include_usage && !e.failure ? Part::kUsage : Part::kTerminator;
    case Part::kUsage:
      return Part::kTerminator;
    default:
      return Part::kNothing;
  }
}

void tell(Writer& out, Exchange& e, std::string_view model) {
  const bool events = e.voice == Voice::kEvents;
  switch (e.part) {
    case Part::kBeginning:
      if (!events) return write_whole_beginning(out, e, model);
      if (is_chat(e)) write_role_chunk(out, e, model);
      return;
    case Part::kText:
      if (events) return write_text_chunk(out, e, model);
      return write_text(out, e);
    case Part::kEnding:
      return events ? write_last_chunk(out, e, model) : write_whole_ending(out, e);
    case Part::kUsage:
      return write_usage_chunk(out, e, model);
    case Part::kTerminator:
      out.text("data: [DONE]\n\n");
      return;
    case Part::kNothing:
      return;
  }
}

// One part, or as much of the text as there is.
void tell_body(Writer& out, Exchange& e, std::string_view model) {
  if (e.part == Part::kText && e.waiting().empty()) e.part = next_part(e);
  tell(out, e, model);
  if (e.part != Part::kText) e.part = next_part(e);
}

// --- the WebSocket ---

void write_done(Writer& out, const Exchange& e, uint32_t context) {
  const Outcome& o = e.outcome;
  out.text("{\"type\":\"done\",\"finish_reason\":\"").text(reason_text(o.reason)).text("\",\"seed\":");
  out.number(e.request.sampling.seed).text(",\"tokens\":").number(o.tokens);
  out.text(",\"prompt_tokens\":").number(o.prompt_tokens).text(",\"prompt_ms\":");
  write_milliseconds(out, o.prompt_us);
  out.text(",\"predicted_ms\":");
  write_milliseconds(out, o.predicted_us);
  out.text(",\"tokens_per_second\":").decimal(hundredths_per_second(o.tokens, o.predicted_us), 2);
  out.text(",\"context_used\":").number(o.context_used).text(",\"context\":").number(context).text("}");
}

void write_stats(Writer& out, Exchange& e) {
  const Outcome& o = e.outcome;
  out.text("{\"type\":\"stats\",\"tokens\":").number(o.tokens).text(",\"tokens_per_second\":");
  out.decimal(hundredths_per_second(o.tokens, o.predicted_us), 2).text(",\"context_used\":");
  out.number(o.context_used).text("}");
  e.stats_due = false;
}

void write_queued(Writer& out, Exchange& e) {
  out.text("{\"type\":\"queued\",\"position\":").number(e.position).text("}");
  e.position_told = e.position;
}

void write_reading(Writer& out, Exchange& e) {
  out.text("{\"type\":\"reading\",\"read\":").number(e.read).text(",\"of\":").number(e.of).text("}");
  e.read_told = e.read;
}

void write_start(Writer& out, const Exchange& e, uint32_t context) {
  out.text("{\"type\":\"start\",\"id\":\"").hex(e.id).text("\",\"seed\":").number(e.request.sampling.seed);
  out.text(",\"prompt_tokens\":").number(e.outcome.prompt_tokens).text(",\"context\":").number(context).text("}");
}

bool queue_news(const Exchange& e) { return e.state == Exchange::State::kQueued && e.position != e.position_told; }
bool reading_news(const Exchange& e) {
  return e.state == Exchange::State::kTelling && !e.has_head && e.read != e.read_told;
}

void tell_message(Writer& out, Exchange& e, uint32_t context) {
  if (queue_news(e)) return write_queued(out, e);
  if (reading_news(e)) return write_reading(out, e);
  if (e.failure && e.waiting().empty()) {
    write_socket_error(out, e.failure);
    e.part = Part::kNothing;
  } else if (e.part == Part::kBeginning) {
    write_start(out, e, context);
    e.part = Part::kText;
  } else if (!e.waiting().empty()) {
    out.text("{\"type\":\"token\",\"text\":\"");
    write_text(out, e);
    out.text("\"}");
  } else if (over(e)) {
    write_done(out, e, context);
    e.part = Part::kNothing;
  } else if (e.stats_due) {
    write_stats(out, e);
  }
}

}  // namespace

bool has_event(const Exchange& e) {
  if (e.part == Part::kNothing) return false;
  if (e.voice == Voice::kSocket && (queue_news(e) || reading_news(e))) return true;
  if (!e.has_head) return false;
  if (over(e)) return true;
  // One JSON object is nothing to watch growing: it is told when it is there, or when its text wants room.
  if (e.voice == Voice::kWhole) return e.waiting().size() > e.buffer.size() / 2;
  return e.part == Part::kBeginning || !e.waiting().empty() || e.stats_due;
}

size_t next_event(Exchange& e, std::string_view model, uint32_t context, std::span<char> out) {
  Writer writer(out);
  if (e.voice == Voice::kSocket) {
    tell_message(writer, e, context);
  } else {
    // A beginning may be silent.
    while (writer.size() == 0 && has_event(e)) tell_body(writer, e, model);
  }
  return writer.size();
}

void write_error(Writer& out, const Refusal& r) {
  const char* type = r.status == 401   ? "authentication_error"
                     : r.status == 404 ? "not_found_error"
                     : r.status == 503 ? "unavailable_error"
                     : r.status >= 500 ? "server_error"
                                       : "invalid_request_error";
  const std::string_view field = r.field;
  out.text("{\"error\":{\"message\":\"");
  if (!field.empty()) out.text(field).text(": ");
  out.escaped(r.message, kMostFacts);
  if (r.most != 0) out.text(": found ").number(r.found).text(", at most ").number(r.most);
  out.text("\",\"type\":\"").text(type).text("\",\"param\":");
  if (field.empty()) {
    out.text("null");
  } else {
    out.quoted(field);
  }
  out.text(",\"code\":");
  if (r.code[0] == '\0') {
    out.text("null}}");
  } else {
    out.quoted(r.code).text("}}");
  }
}

void write_socket_error(Writer& out, const Refusal& r) {
  out.text("{\"type\":\"error\",\"code\":").number(r.status);
  if (r.field[0] != '\0') out.text(",\"field\":").quoted(r.field);
  out.text(",\"message\":\"").escaped(r.message, kEventEnd);
  if (r.most != 0) out.text(": found ").number(r.found).text(", at most ").number(r.most);
  out.text("\"}");
}

}  // namespace thimble::service
