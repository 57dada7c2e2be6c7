// The C API: the C++ objects side by side at the front of the caller's block, the engine's buffers behind them.

#include "thimble/thimble.h"

#include <cstring>
#include <new>

#include "base/checked.h"
#include "thimble/thimble.hpp"

using namespace thimble;

namespace {

constexpr uint32_t kStopBytes = 256;

static_assert(static_cast<int>(FinishReason::kError) == THIMBLE_ERROR);
static_assert(static_cast<int>(FinishReason::kEndOfText) == THIMBLE_END_OF_TEXT);
static_assert(static_cast<int>(KvType::kDefault) == THIMBLE_KV_DEFAULT);
static_assert(static_cast<int>(KvType::kF32) == THIMBLE_KV_F32);
static_assert(static_cast<int>(KvType::kI8) == THIMBLE_KV_I8);

std::span<const std::byte> image_of(const void* model, size_t bytes) {
  if (model == nullptr) return {};
  return {static_cast<const std::byte*>(model), bytes};
}

Parallel parallel_of(const thimble_options_t& o) {
  if (o.parallel.run == nullptr) return {};
  return {o.parallel.run, o.parallel.context, o.parallel.workers};
}

PlanOptions plan_options(const thimble_options_t& o) {
  PlanOptions plan;
  plan.context = o.context;
  plan.max_batch = o.max_batch;
  // Whatever is out of range stays so in the narrower type.
  plan.kv_type = static_cast<KvType>(o.kv_type >= 0 && o.kv_type < UINT8_MAX ? o.kv_type : UINT8_MAX);
  plan.max_workers = parallel_of(o).workers;
  plan.max_run_bytes = o.max_run_bytes;
  plan.max_stop_bytes = kStopBytes;
  return plan;
}

SamplerParams sampler_params(const thimble_options_t& o) {
  SamplerParams s;
  s.temperature = o.temperature;
  s.top_k = o.top_k;
  s.top_p = o.top_p;
  s.min_p = o.min_p;
  s.repeat_penalty = o.repeat_penalty;
  s.presence_penalty = o.presence_penalty;
  s.frequency_penalty = o.frequency_penalty;
  s.repeat_last_n = o.repeat_last_n;
  s.seed = o.seed;
  return s;
}

}  // namespace

// Members are built in this order, since each views the ones before it.
struct thimble_instance {
  thimble_instance(const Model& opened, const thimble_options_t& options) : model(opened) {
    // init() and the options were checked by thimble_init.
    for (; stop_count < options.stop_count; ++stop_count) stops[stop_count] = options.stop_strings[stop_count];
    params.sampler = sampler_params(options);
    params.max_tokens = options.max_tokens;
    params.ignore_eos = options.ignore_eos;
    params.hash_logits = options.hash_logits;
    params.stop_strings = {stops, stop_count};
  }

  void note(const Status& status) {
    if (status.ok()) {
      message[0] = '\0';
    } else {
      format_status(status, message);
    }
  }

  Model model;
  Engine engine;
  std::string_view stops[kMaxStopStrings];
  size_t stop_count = 0;
  GeneratorParams params;
  alignas(Generator) std::byte generator_memory[sizeof(Generator)];
  Generator* generator = nullptr;
  size_t memory_bytes = 0;
  char message[160] = "";
};

namespace {

// Where the parts of an instance lie in the caller's block, from its first aligned address on.
constexpr size_t engine_offset() { return round_up(sizeof(thimble_instance), kBlockAlignment); }

Status check_and_plan(const void* bytes, size_t count, const thimble_options_t& options, Model* model, Plan* plan) {
  THIMBLE_RETURN_IF_ERROR(model->open(image_of(bytes, count)));
  *plan = make_plan(*model, plan_options(options), MemoryLayout::unlimited());
  THIMBLE_RETURN_IF_ERROR(plan->status);
  if (options.stop_count > kMaxStopStrings) {
    return Status::error(Code::kLimit, "stop_count").above(options.stop_count, kMaxStopStrings);
  }
  Sampler sampler;
  return sampler.set_params(sampler_params(options));
}

// A piece lies in the engine's text buffer with held-back text behind it: lends that byte to the terminating NUL.
bool call_with_terminated(const Engine& engine, std::string_view text, thimble_text_fn on_text, void* user) {
  const std::span<char> buffer = engine.session_buffers().text;
  char* end = buffer.data() + (text.data() - buffer.data()) + text.size();
  const char saved = *end;
  *end = '\0';
  const bool go_on = on_text(text.data(), user);
  *end = saved;
  return go_on;
}

}  // namespace

extern "C" {

thimble_options_t thimble_default_options(void) {
  const SamplerParams s;
  const PlanOptions p;
  thimble_options_t o{};
  o.max_batch = p.max_batch;
  o.max_run_bytes = p.max_run_bytes;
  o.temperature = s.temperature;
  o.top_k = s.top_k;
  o.top_p = s.top_p;
  o.min_p = s.min_p;
  o.repeat_penalty = s.repeat_penalty;
  o.presence_penalty = s.presence_penalty;
  o.frequency_penalty = s.frequency_penalty;
  o.repeat_last_n = s.repeat_last_n;
  return o;
}

thimble_plan_t thimble_plan(const void* model, size_t model_bytes, const thimble_options_t* options) {
  const thimble_options_t o = options != nullptr ? *options : thimble_default_options();
  thimble_plan_t result{};
  Model opened;
  Plan plan;
  const Status status = check_and_plan(model, model_bytes, o, &opened, &plan);
  result.status = static_cast<int>(status.code());
  if (!status.ok()) {
    format_status(status, result.message);
    return result;
  }
  // A block may start anywhere: room to align it.
  result.bytes = kBlockAlignment - 1 + engine_offset() + plan.total_bytes();
  result.context = plan.options.context;
  return result;
}

thimble_t* thimble_init(void* memory, size_t bytes, const void* model, size_t model_bytes,
                        const thimble_options_t* options) {
  const thimble_options_t o = options != nullptr ? *options : thimble_default_options();
  Model opened;
  Plan plan;
  if (memory == nullptr || !check_and_plan(model, model_bytes, o, &opened, &plan).ok()) return nullptr;
  const auto address = reinterpret_cast<uintptr_t>(memory);
  const size_t skip = round_up<uintptr_t>(address, kBlockAlignment) - address;
  const size_t needed = skip + engine_offset() + plan.total_bytes();
  if (bytes < needed) return nullptr;
  std::byte* base = static_cast<std::byte*>(memory) + skip;
  auto* t = new (base) thimble_t(opened, o);
  const Memory block({base + engine_offset(), plan.total_bytes()});
  if (!t->engine.init(t->model, plan, block).ok() || !t->engine.set_parallel(parallel_of(o)).ok()) return nullptr;
  t->generator = new (t->generator_memory) Generator(t->engine, t->params);
  t->memory_bytes = needed;
  return t;
}

thimble_status_t thimble_prompt(thimble_t* t, const char* prompt) {
  const Status status = t->generator->start(prompt != nullptr ? prompt : "");
  t->note(status);
  return static_cast<int>(status.code());
}

int thimble_step(thimble_t* t, const char** text, size_t* length) {
  const Piece piece = t->generator->next();
  t->note(t->generator->status());
  *text = piece.text().data();
  *length = piece.text().size();
  if (piece) return 1;
  return t->generator->finish_reason() == FinishReason::kError ? -1 : 0;
}

thimble_status_t thimble_generate(thimble_t* t, const char* prompt, thimble_text_fn on_text, void* user) {
  const thimble_status_t started = thimble_prompt(t, prompt);
  if (started != THIMBLE_OK) return started;
  while (const Piece piece = t->generator->next()) {
    if (!piece.text().empty() && !call_with_terminated(t->engine, piece.text(), on_text, user)) t->generator->cancel();
  }
  t->note(t->generator->status());
  return static_cast<int>(t->generator->status().code());
}

void thimble_cancel(thimble_t* t) { t->generator->cancel(); }

thimble_stats_t thimble_stats(const thimble_t* t) {
  thimble_stats_t stats{};
  stats.prompt_tokens = static_cast<uint32_t>(t->generator->prompt_tokens());
  stats.generated_tokens = static_cast<uint32_t>(t->generator->generated_tokens());
  stats.context = t->engine.context();
  stats.memory_bytes = t->memory_bytes;
  stats.finish = static_cast<thimble_finish_t>(t->generator->finish_reason());
  stats.logits_hash = t->params.hash_logits ? t->generator->logits_hash() : 0;
  return stats;
}

thimble_status_t thimble_selftest(thimble_t* t, uint64_t* hash, uint64_t* expected) {
  *expected = 0;
  expected_selftest_hash(t->model, t->engine.plan().options.kv_type, expected);
  t->generator->cancel();  // its tokens are no longer what the kv cache holds
  const Status status = run_selftest(t->engine, hash);
  t->note(status);
  return static_cast<int>(status.code());
}

const char* thimble_message(const thimble_t* t) { return t->message; }

void thimble_deinit(thimble_t* t) {
  if (t == nullptr) return;
  t->generator->~Generator();
  t->~thimble_instance();
}

}  // extern "C"
