#include "service/answers.h"

#include "thimble/version.h"

namespace thimble::service {
namespace {

constexpr uint64_t kSecond = 1'000'000;  // in microseconds
constexpr size_t kMostPrompts = 8;

uint64_t hundredths_per_second(uint64_t count, uint64_t us) { return us == 0 ? 0 : count * 100 * kSecond / us; }

// `digit`: 0 to 9.
std::string_view prompt_key(size_t digit) {
  static constexpr std::string_view kKeys[kMostPrompts] = {"prompt.0", "prompt.1", "prompt.2", "prompt.3",
                                                           "prompt.4", "prompt.5", "prompt.6", "prompt.7"};
  return kKeys[digit];
}

void write_prompts(Writer& out, const Model& model) {
  out.text("[");
  for (size_t i = 0; i < kMostPrompts; ++i) {
    const std::string_view prompt = model.about_text(prompt_key(i));
    if (prompt.empty()) break;
    if (i > 0) out.text(",");
    out.quoted(prompt);
  }
  out.text("]");
}

void write_sampling_fields(Writer& out, const SamplerParams& s) {
  out.text("\"temperature\":").real(s.temperature).text(",\"top_p\":").real(s.top_p);
  out.text(",\"top_k\":").number(s.top_k).text(",\"min_p\":").real(s.min_p);
  out.text(",\"repeat_penalty\":").real(s.repeat_penalty);
  out.text(",\"presence_penalty\":").real(s.presence_penalty);
  out.text(",\"frequency_penalty\":").real(s.frequency_penalty);
}

void write_model_facts(Writer& out, const Facts& f) {
  const Model& model = f.engine.model();
  const ModelConfig& c = model.config();
  out.text("{\"name\":").quoted(model_name(model)).text(",\"license\":").quoted(model.about_text("license"));
  out.text(",\"parameters\":").number(model.parameter_count()).text(",\"bytes\":").number(model.weight_bytes());
  out.text(",\"type\":").quoted(model.about_text("weights.type"));
  out.text(",\"context\":").number(f.engine.context()).text(",\"vocabulary\":").number(c.vocab_size);
  out.text(",\"layers\":").number(c.n_layers).text(",\"dim\":").number(c.dim).text(",\"heads\":").number(c.n_heads);
  out.text(",\"chat\":").text(model.about_text("chat.template").empty() ? "false" : "true");
  out.text(",\"prompts\":");
  write_prompts(out, model);
  out.text(",\"sampling\":{");
  write_sampling_fields(out, model_sampling(model));
  out.text("}}");
}

void write_whole(Writer& out, int64_t value) {
  if (value < 0) out.text("-");
  out.number(value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
}

void write_board(Writer& out, const Platform& platform) {
  BoardState state;
  if (platform.state != nullptr) platform.state(platform.context, &state);
  out.text("{\"name\":").quoted(platform.board).text(",\"chip\":").quoted(platform.chip);
  if (state.cpu_mhz != 0) out.text(",\"cpu_mhz\":").number(state.cpu_mhz);
  if (state.psram_mhz != 0) out.text(",\"psram_mhz\":").number(state.psram_mhz);
  if (state.cache_line_bytes != 0) out.text(",\"cache_line_bytes\":").number(state.cache_line_bytes);
  if (!state.reset_reason.empty()) out.text(",\"reset_reason\":").quoted(state.reset_reason);
  if (state.temperature_c) write_whole(out.text(",\"temperature_c\":"), *state.temperature_c);
  if (state.rssi_dbm) write_whole(out.text(",\"rssi_dbm\":"), *state.rssi_dbm);
  out.text("}");
}

void write_memory(Writer& out, const Platform& platform, size_t context_used) {
  MemoryRegion regions[Platform::kMostRegions];
  const size_t count = platform.regions == nullptr
                           ? 0
                           : platform.regions(platform.context, context_used, std::span<MemoryRegion>(regions));
  out.text("[");
  for (size_t i = 0; i < count; ++i) {
    out.text(i > 0 ? ",{\"region\":" : "{\"region\":").quoted(regions[i].name);
    out.text(",\"used\":").number(regions[i].used).text(",\"total\":").number(regions[i].total).text("}");
  }
  out.text("]");
}

void write_requests(Writer& out, const Counters& n) {
  out.text("{\"total\":").number(n.requests).text(",\"refused\":").number(n.refused);
  out.text(",\"busy\":").number(n.busy).text(",\"answers\":").number(n.answers);
  out.text(",\"cancelled\":").number(n.cancelled).text(",\"running\":").number(n.running);
  out.text(",\"waiting\":").number(n.waiting).text("}");
}

// Where the time of an answer went, from its request to its end.
void write_stages(Writer& out, const Outcome& o) {
  out.text("\"stages\":{\"queued_ms\":").decimal(o.queued_us, 3).text(",\"reading_ms\":").decimal(o.prompt_us, 3);
  out.text(",\"computing_ms\":").decimal(o.computed_us, 3);
  out.text(",\"waiting_ms\":").decimal(o.predicted_us - o.computed_us, 3);
  out.text(",\"storage_ms\":").decimal(o.storage_us, 3).text("}");
}

void write_last(Writer& out, const Outcome& o) {
  if (o.prompt_tokens == 0) {
    out.text("null");
    return;
  }
  out.text("{\"tokens\":").number(o.tokens).text(",\"prompt_tokens\":").number(o.prompt_tokens);
  out.text(",\"prompt_ms\":").decimal(o.prompt_us, 3).text(",\"predicted_ms\":").decimal(o.predicted_us, 3);
  out.text(",\"tokens_per_second\":").decimal(hundredths_per_second(o.tokens, o.predicted_us), 2);
  out.text(",\"context_used\":").number(o.context_used).text(",");
  write_stages(out, o);
  out.text("}");
}

void write_model_entry(Writer& out, const Facts& f) {
  const Model& model = f.engine.model();
  out.text("{\"id\":").quoted(model_name(model)).text(",\"object\":\"model\",\"created\":").number(f.started);
  out.text(",\"owned_by\":\"thimble\",\"meta\":{\"n_vocab\":").number(model.config().vocab_size);
  out.text(",\"n_ctx\":").number(f.engine.context());
  out.text(",\"n_ctx_train\":").number(model.config().max_context).text(",\"n_embd\":").number(model.config().dim);
  out.text(",\"n_params\":").number(model.parameter_count()).text(",\"size\":").number(model.weight_bytes());
  out.text("}}");
}

// One figure of the metrics, with the lines that explain it.
class Metrics {
 public:
  explicit Metrics(Writer& out) : out_(out) {}

  void counter(std::string_view name, std::string_view help, uint64_t value, unsigned places = 0) {
    line(name, help, "counter", value, places);
  }
  void gauge(std::string_view name, std::string_view help, uint64_t value, unsigned places = 0) {
    line(name, help, "gauge", value, places);
  }

 private:
  void line(std::string_view name, std::string_view help, std::string_view type, uint64_t value, unsigned places) {
    out_.text("# HELP thimble_").text(name).text(" ").text(help).text("\n# TYPE thimble_").text(name).text(" ");
    out_.text(type).text("\nthimble_").text(name).text(" ").decimal(value, places).text("\n");
  }

  Writer& out_;
};

}  // namespace

std::string_view model_name(const Model& model) {
  const std::string_view name = model.about_text("name");
  return name.empty() ? std::string_view("model") : name;
}

void write_health(Writer& out) { out.text("{\"status\":\"ok\"}"); }

void write_models(Writer& out, const Facts& facts) {
  out.text("{\"object\":\"list\",\"data\":[");
  write_model_entry(out, facts);
  out.text("]}");
}

void write_model(Writer& out, const Facts& facts) { write_model_entry(out, facts); }

void write_info(Writer& out, const Facts& f) {
  out.text("{\"name\":\"Thimble\",\"version\":\"" THIMBLE_VERSION "\",\"uptime_s\":").number(f.uptime_us / kSecond);
  if (f.platform.manages_models) out.text(",\"manages_models\":true");
  out.text(",\"board\":");
  write_board(out, f.platform);
  out.text(",\"model\":");
  write_model_facts(out, f);
  out.text(",\"memory\":");
  write_memory(out, f.platform, f.context_used);
  out.text(",\"requests\":");
  write_requests(out, f.counters);
  out.text(",\"last\":");
  write_last(out, f.counters.last);
  out.text("}");
}

void write_settings(Writer& out, const Settings& settings) {
  out.text("{");
  write_sampling_fields(out, settings.sampling);
  out.text(",\"max_tokens\":");
  if (settings.max_tokens == 0) {
    out.text("null}");
  } else {
    out.number(settings.max_tokens).text("}");
  }
}

void write_metrics(Writer& out, const Facts& f) {
  const Counters& n = f.counters;
  Metrics m(out);
  m.counter("requests_total", "Requests let in.", n.requests);
  m.counter("requests_refused_total", "Requests refused.", n.refused);
  m.counter("requests_busy_total", "Requests refused because the queue was full.", n.busy);
  m.counter("answers_total", "Texts told to their end.", n.answers);
  m.counter("answers_cancelled_total", "Texts that were stopped or left.", n.cancelled);
  m.counter("prompt_tokens_total", "Tokens read.", n.prompt_tokens);
  m.counter("tokens_predicted_total", "Tokens generated.", n.tokens);
  m.counter("prompt_seconds_total", "Time spent on reading.", n.prompt_us, 6);
  m.counter("tokens_predicted_seconds_total", "Time spent on generating.", n.predicted_us, 6);
  m.gauge("prompt_tokens_seconds", "Tokens read a second.", hundredths_per_second(n.prompt_tokens, n.prompt_us), 2);
  m.gauge("predicted_tokens_seconds", "Tokens generated a second.", hundredths_per_second(n.tokens, n.predicted_us), 2);
  m.gauge("requests_processing", "Texts being told now.", n.running);
  m.gauge("requests_deferred", "Texts waiting for their turn.", n.waiting);
  m.gauge("context_tokens", "Tokens that the context holds.", f.engine.context());
  m.gauge("uptime_seconds", "Time since the start.", f.uptime_us, 6);
}

}  // namespace thimble::service
