// The C API: the C++ objects side by side at the front of the caller's block, the engine's buffers behind them.

#include "thimble/thimble.h"

#include <algorithm>
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
static_assert(static_cast<int>(KvType::kI4) == THIMBLE_KV_I4);

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
  plan.weights = o.weights_in_fast_memory ? WeightHome::kFast : WeightHome::kInPlace;
  return plan;
}

thimble_params_t params_of(const SamplerParams& s) {
  thimble_params_t p{};
  p.temperature = s.temperature;
  p.top_k = s.top_k;
  p.top_p = s.top_p;
  p.min_p = s.min_p;
  p.repeat_penalty = s.repeat_penalty;
  p.presence_penalty = s.presence_penalty;
  p.frequency_penalty = s.frequency_penalty;
  p.repeat_last_n = s.repeat_last_n;
  p.seed = s.seed;
  return p;
}

// All but the stop strings.
GeneratorParams generator_params(const thimble_params_t& p) {
  GeneratorParams g;
  g.sampler.temperature = p.temperature;
  g.sampler.top_k = p.top_k;
  g.sampler.top_p = p.top_p;
  g.sampler.min_p = p.min_p;
  g.sampler.repeat_penalty = p.repeat_penalty;
  g.sampler.presence_penalty = p.presence_penalty;
  g.sampler.frequency_penalty = p.frequency_penalty;
  g.sampler.repeat_last_n = p.repeat_last_n;
  g.sampler.seed = p.seed;
  g.max_tokens = p.max_tokens;
  g.ignore_eos = p.ignore_eos;
  g.hash_logits = p.hash_logits;
  g.on_prompt = {p.on_prompt, p.on_prompt_user};
  return g;
}

}  // namespace

// Members are built in this order, since each views the ones before it.
struct thimble_instance {
  explicit thimble_instance(const Model& opened) : model(opened) {}

  void note(const Status& status) {
    if (status.ok()) {
      message[0] = '\0';
    } else {
      format_status(status, message);
    }
  }

  // `wanted` with its stop strings, which a Generator has checked, copied into the instance.
  GeneratorParams with_own_stops(GeneratorParams wanted) {
    const std::span<const std::string_view> given = wanted.stop_strings;
    char* end = stop_bytes;
    for (size_t i = 0; i < given.size(); ++i) {
      std::memcpy(end, given[i].data(), given[i].size());
      stops[i] = {end, given[i].size()};
      end += given[i].size();
    }
    wanted.stop_strings = {stops, given.size()};
    return wanted;
  }

  Model model;
  Engine engine;
  std::string_view stops[kMaxStopStrings];
  char stop_bytes[kStopBytes];
  alignas(Generator) std::byte generator_memory[sizeof(Generator)];
  Generator* generator = nullptr;
  size_t memory_bytes = 0;
  char message[160] = "";
};

namespace {

constexpr size_t kInstanceBytes = round_up(sizeof(thimble_instance), kBlockAlignment);
static_assert(kInstanceBytes <= 8192);  // thimble.h says so

// The caller's blocks. One of them has the instance at its front, on the first aligned address; the engine gets the
// rest.
class Blocks {
 public:
  Blocks(const thimble_block_t* blocks, size_t count) : blocks_(blocks), count_(count) {
    while (home_ < count && usable(blocks[home_]) < kInstanceBytes) ++home_;
  }

  Status check_regions() const {
    for (size_t i = 0; i < count_; ++i) {
      if (blocks_[i].region == THIMBLE_FAST || blocks_[i].region == THIMBLE_BULK) continue;
      return Status::error(Code::kInvalidArgument, "region of block").at(i);
    }
    return {};
  }
  Status check_home() const {
    if (home_ < count_) return {};
    size_t largest = 0;
    for (size_t i = 0; i < count_; ++i) largest = std::max(largest, usable(blocks_[i]));
    return Status::error(Code::kOutOfMemory, "block for the instance").got(largest, kInstanceBytes);
  }

  MemoryLayout layout() const {
    MemoryLayout layout;
    for (size_t i = 0; i < count_; ++i) layout.add(region(i), usable(blocks_[i]) - taken(i));
    return layout;
  }
  Memory memory() const {
    Memory memory;
    for (size_t i = 0; i < count_; ++i) memory.add(region(i), {first(i) + taken(i), usable(blocks_[i]) - taken(i)});
    return memory;
  }
  void* instance() const { return first(home_); }

 private:
  // Bytes in front of the first aligned address; those of a block that is not there yet start on one.
  static size_t skipped(const thimble_block_t& b) {
    const auto address = reinterpret_cast<uintptr_t>(b.data);
    return round_up<uintptr_t>(address, kBlockAlignment) - address;
  }
  static size_t usable(const thimble_block_t& b) { return b.bytes > skipped(b) ? b.bytes - skipped(b) : 0; }
  size_t taken(size_t i) const { return i == home_ ? kInstanceBytes : 0; }
  std::byte* first(size_t i) const { return static_cast<std::byte*>(blocks_[i].data) + skipped(blocks_[i]); }
  Region region(size_t i) const { return static_cast<Region>(blocks_[i].region); }

  const thimble_block_t* blocks_;
  size_t count_;
  size_t home_ = 0;  // the block with the instance; count_: none has room
};

Status open_model(const void* bytes, size_t count, Model* model) { return model->open(image_of(bytes, count)); }

void report(const Status& status, thimble_status_t* code, std::span<char> message) {
  *code = static_cast<int>(status.code());
  message[0] = '\0';
  if (!status.ok()) format_status(status, message);
}

Plan plan_for(const Model& model, const thimble_options_t& options, const Blocks& blocks) {
  Plan plan;
  plan.status = blocks.check_regions();
  if (plan.status.ok()) plan = make_plan(model, plan_options(options), blocks.layout());
  const bool placed = plan.status.ok() || plan.status.code() == Code::kOutOfMemory;
  if (placed && !blocks.check_home().ok()) plan.status = blocks.check_home();
  return plan;
}

Status build(const Blocks& blocks, const Model& model, const thimble_options_t& options, thimble_t** out) {
  const Plan plan = plan_for(model, options, blocks);
  THIMBLE_RETURN_IF_ERROR(plan.status);
  auto* t = new (blocks.instance()) thimble_t(model);
  THIMBLE_RETURN_IF_ERROR(t->engine.init(t->model, plan, blocks.memory()));
  THIMBLE_RETURN_IF_ERROR(t->engine.set_parallel(parallel_of(options)));
  t->generator = new (t->generator_memory) Generator(t->engine, generator_params(thimble_model_params(t)));
  t->memory_bytes = kInstanceBytes + plan.total_bytes();
  *out = t;
  return {};
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
  const PlanOptions p;
  thimble_options_t o{};
  o.max_batch = p.max_batch;
  o.max_run_bytes = p.max_run_bytes;
  return o;
}

size_t thimble_model_bytes(const void* flash, size_t most) {
  const Result<uint64_t> bytes = Model::image_bytes(image_of(flash, most));
  return bytes.ok() && *bytes <= most ? static_cast<size_t>(*bytes) : 0;
}

thimble_plan_t thimble_plan(const void* model, size_t model_bytes, const thimble_options_t* options) {
  const thimble_block_t unlimited = {nullptr, SIZE_MAX, THIMBLE_FAST};
  thimble_plan_t plan = thimble_plan_blocks(model, model_bytes, options, &unlimited, 1);
  if (plan.status == THIMBLE_OK) plan.bytes += kBlockAlignment - 1;  // a block may start anywhere
  return plan;
}

thimble_plan_t thimble_plan_blocks(const void* model, size_t model_bytes, const thimble_options_t* options,
                                   const thimble_block_t* blocks, size_t count) {
  const thimble_options_t o = options != nullptr ? *options : thimble_default_options();
  thimble_plan_t result{};
  Model opened;
  Plan plan;
  Status status = open_model(model, model_bytes, &opened);
  if (status.ok()) {
    plan = plan_for(opened, o, Blocks(blocks, count));
    status = plan.status;
  }
  report(status, &result.status, result.message);
  if (status.ok()) result.bytes = kInstanceBytes + plan.total_bytes();
  if (status.code() == Code::kOutOfMemory) result.bytes = kBlockAlignment - 1 + kInstanceBytes + plan.buffer_bytes();
  result.resident_bytes = plan.resident_bytes;
  result.context = plan.options.context;
  return result;
}

thimble_t* thimble_init(void* memory, size_t bytes, const void* model, size_t model_bytes,
                        const thimble_options_t* options, thimble_error_t* error) {
  const thimble_block_t block = {memory, memory != nullptr ? bytes : 0, THIMBLE_FAST};
  return thimble_init_blocks(&block, 1, model, model_bytes, options, error);
}

thimble_t* thimble_init_blocks(const thimble_block_t* blocks, size_t count, const void* model, size_t model_bytes,
                               const thimble_options_t* options, thimble_error_t* error) {
  const thimble_options_t o = options != nullptr ? *options : thimble_default_options();
  thimble_t* t = nullptr;
  Model opened;
  Status status = open_model(model, model_bytes, &opened);
  if (status.ok()) status = build(Blocks(blocks, count), opened, o, &t);
  if (error != nullptr) report(status, &error->status, error->message);
  return t;
}

thimble_params_t thimble_model_params(const thimble_t* t) { return params_of(model_sampling(t->model)); }

thimble_status_t thimble_set_params(thimble_t* t, const thimble_params_t* params) {
  std::string_view stops[kMaxStopStrings];
  GeneratorParams wanted = generator_params(*params);
  Status status;
  if (params->stop_count > kMaxStopStrings) {
    status = Status::error(Code::kLimit, "stop_count").above(params->stop_count, kMaxStopStrings);
  } else {
    for (size_t i = 0; i < params->stop_count; ++i) stops[i] = params->stop_strings[i];
    wanted.stop_strings = {stops, params->stop_count};
    status = t->generator->set_params(wanted);
  }
  if (status.ok()) status = t->generator->set_params(t->with_own_stops(wanted));
  t->note(status);
  return static_cast<int>(status.code());
}

size_t thimble_about(const thimble_t* t, const char* key, char* out, size_t out_bytes) {
  const std::string_view fact = t->model.about_text(key);
  const size_t count = fact.size() < out_bytes ? fact.size() : out_bytes - 1;
  if (count > 0) std::memcpy(out, fact.data(), count);
  out[count] = '\0';
  return fact.size();
}

thimble_status_t thimble_prompt(thimble_t* t, const char* prompt) {
  const Status status = t->generator->start(prompt != nullptr ? prompt : "");
  t->note(status);
  return static_cast<int>(status.code());
}

thimble_status_t thimble_append(thimble_t* t, const char* text) {
  const Status status = t->generator->append(text, {.add_bos = false, .add_space = false});
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
  stats.logits_hash = t->generator->params().hash_logits ? t->generator->logits_hash() : 0;
  return stats;
}

thimble_status_t thimble_selftest(thimble_t* t, uint64_t* hash, uint64_t* expected) {
  *expected = 0;
  expected_selftest_hash(t->model, t->engine.plan().options.kv_type, expected);
  t->generator->cancel();
  (void)t->generator->next();  // ends the text while the engine is still its own
  const SweepCheck tell = {[](void* self, size_t read, size_t total) {
                             const PromptProgress& on_prompt = static_cast<Generator*>(self)->params().on_prompt;
                             if (on_prompt.fn != nullptr) on_prompt.fn(on_prompt.context, read, total);
                             return true;
                           },
                           t->generator};
  const Status status = run_selftest(t->engine, hash, &tell);
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
