#include "firmware/emu/passes.h"

#include <new>

#include "firmware/emu/soft_float.h"
#include "ports/line.h"
#include "ports/semihost/semihost.h"
#include "thimble/selftest.h"

namespace thimble::emu {
namespace {

using port::print;
using port::print_line;
using port::write_text;

// Objects of some kilobytes, which would make the stack look large that a program needs beside them.
template <class T>
class Static {
 public:
  template <class... Arguments>
  T& make(Arguments&&... arguments) {
    return *new (bytes_) T(arguments...);
  }

 private:
  alignas(T) std::byte bytes_[sizeof(T)];
};
constinit Static<Engine> engine_place = {};
constinit Static<Generator> generator_place = {};
constinit Static<Sampler> sampler_place = {};

Result<Engine*> make_engine(const Task& task) {
  Engine& engine = engine_place.make();
  THIMBLE_RETURN_IF_ERROR(engine.init(*task.model, task.plan, task.memory, &task.reader));
  return &engine;
}

GeneratorParams generator_params(const Options& options, bool hash) {
  GeneratorParams params;
  params.sampler = options.sampler;
  params.max_tokens = options.max_tokens;
  params.ignore_eos = options.ignore_eos;
  params.hash_logits = hash;
  return params;
}

// Counts of something that repeats.
class Meter {
 public:
  void begin() {
    soft_float_ = soft_float_calls();
    from_ = port::ticks();
  }
  void end() {
    const uint64_t to = port::ticks();
    instructions_ += semihost::instructions_between(from_, to);
    soft_float_total_ += soft_float_calls() - soft_float_;
    ++times_;
  }
  uint64_t instructions() const { return instructions_; }
  uint64_t mean() const { return times_ == 0 ? 0 : instructions_ / times_; }
  uint64_t soft_float() const { return soft_float_total_; }
  uint64_t times() const { return times_; }

 private:
  uint64_t from_ = 0;
  uint64_t soft_float_ = 0;
  uint64_t instructions_ = 0;
  uint64_t soft_float_total_ = 0;
  uint64_t times_ = 0;
};

void keep(const Generator& generator, Sequence* out) {
  out->count = generator.tokens().size();
  out->prompt = generator.prompt_tokens();
  for (size_t i = 0; i < out->count; ++i) out->ids[i] = generator.tokens()[i];
}

// Not inlined: its parameters would lie below everything whose depth is measured.
[[gnu::noinline]] Generator& make_generator(const Task& task, Engine& engine, bool hash) {
  return generator_place.make(engine, generator_params(*task.options, hash));
}

Status check_same(std::span<const uint32_t> tokens, const Sequence& expected) {
  const std::span<const uint32_t> wanted = expected.all();
  if (tokens.size() != wanted.size()) return Status::error(Code::kMismatch, "tokens of two passes");
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (tokens[i] != wanted[i]) return Status::error(Code::kMismatch, "token").at(i).got(tokens[i], wanted[i]);
  }
  return {};
}

// Newlines and backslashes as \n and \\, so that text stays one line.
void write_escaped(std::string_view text) {
  for (const char& c : text) write_text(c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string_view(&c, 1));
}

void print_hash(std::string_view what, uint64_t hash) {
  char digits[16];
  for (unsigned i = 0; i < sizeof digits; ++i) digits[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
  print_line(what, std::string_view(digits, sizeof digits));
}

void print_count(std::string_view what, const Meter& meter) {
  print_line("count ", what, " times ", meter.times(), " instructions ", meter.instructions(), " mean ", meter.mean());
  if (counts_soft_float()) print_line("soft-float ", what, " calls ", meter.soft_float());
}

}  // namespace

Status generate(const Task& task, Sequence* out) {
  const Result<Engine*> engine = make_engine(task);
  if (!engine.ok()) return engine.status();
  Generator& generator = make_generator(task, **engine, task.options->hash);
  THIMBLE_RETURN_IF_ERROR(generator.start(task.prompt));
  write_text("text: ");
  while (const Piece piece = generator.next()) write_escaped(piece.text());
  write_text("\n");
  THIMBLE_RETURN_IF_ERROR(generator.status());
  keep(generator, out);
  print_line("finish: ", finish_reason_name(generator.finish_reason()));
  if (task.options->ids) {
    write_text("ids:");
    for (const uint32_t id : generator.tokens()) print(" ", id);
    write_text("\n");
  }
  if (task.options->hash) print_hash("logits hash: ", generator.logits_hash());
  return {};
}

Status count_instructions(const Task& task, const Sequence& expected) {
  const Result<Engine*> engine = make_engine(task);
  if (!engine.ok()) return engine.status();
  Generator& generator = make_generator(task, **engine, false);
  Meter prompt;
  Meter tokens;
  prompt.begin();
  const Status started = generator.start(task.prompt);
  prompt.end();
  THIMBLE_RETURN_IF_ERROR(started);
  while (generator.generated_tokens() < expected.count - expected.prompt) {
    tokens.begin();
    const Piece piece = generator.next();
    tokens.end();
    if (!piece) break;
  }
  THIMBLE_RETURN_IF_ERROR(generator.status());
  THIMBLE_RETURN_IF_ERROR(check_same(generator.tokens(), expected));
  print_count("prompt", prompt);
  print_count("token", tokens);
  return {};
}

Status count_stages(const Task& task, const Sequence& expected) {
  static constinit StageCounts stages;
  stages.start_counting(*task.model);
  const Result<Engine*> engine = make_engine(task);
  stages.stop_counting();
  if (!engine.ok()) return engine.status();
  Sampler& sampler = sampler_place.make();
  THIMBLE_RETURN_IF_ERROR(sampler.set_params(task.options->sampler));

  struct Rows {
    Sampler* sampler;
    uint32_t sampled_size;
  };
  Rows rows{&sampler, (*engine)->tokenizer().sampled_size()};
  const LogitsSink sink{[](void* context, uint32_t, uint32_t first_row, std::span<const float> logits) {
                          const auto* to = static_cast<const Rows*>(context);
                          const size_t left = to->sampled_size > first_row ? to->sampled_size - first_row : 0;
                          const uint64_t from = port::ticks();
                          to->sampler->feed(first_row, logits.first(logits.size() < left ? logits.size() : left));
                          stages.add(Stage::kSampler, from, port::ticks());
                        },
                        &rows};
  const std::span<const uint32_t> ids = expected.all();
  THIMBLE_RETURN_IF_ERROR((*engine)->forward(ids.first(expected.prompt - 1), LogitsOf::kNone, nullptr));
  stages.clear();
  for (size_t i = expected.prompt; i < ids.size(); ++i) {
    uint64_t from = port::ticks();
    sampler.begin(static_cast<uint32_t>(i), ids.first(i), rows.sampled_size, Choice::kByLook);
    stages.add(Stage::kSampler, from, port::ticks());
    THIMBLE_RETURN_IF_ERROR((*engine)->forward(ids.subspan(i - 1, 1), LogitsOf::kLast, &sink));
    from = port::ticks();
    const uint32_t token = sampler.pick();
    stages.add(Stage::kSampler, from, port::ticks());
    const bool same = token == ids[i] || token == kNoToken;  // seldom, and counted by --count: all rows once more
    if (!same) return Status::error(Code::kMismatch, "token").at(i).got(token, ids[i]);
    from = port::ticks();
    (void)(*engine)->tokenizer().decode(ids[i - 1], token);
    stages.add(Stage::kTokenizer, from, port::ticks());
  }
  const size_t generated = ids.size() - expected.prompt;
  for (size_t i = 0; generated > 0 && i < kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    const uint64_t mean = stages.of(stage) / generated;
    if (stages.of(stage) > 0) print_line("stage ", stage_name(stage), " mean ", mean);
  }
  return {};
}

Status check_selftest(const Task& task) {
  uint64_t wanted = 0;
  if (!expected_selftest_hash(*task.model, task.plan.options.kv_type, &wanted)) {
    return Status::error(Code::kUnsupported, "self-test: the file states no hash");
  }
  const Result<Engine*> engine = make_engine(task);
  if (!engine.ok()) return engine.status();
  uint64_t hash = 0;
  THIMBLE_RETURN_IF_ERROR(run_selftest(**engine, &hash));
  if (hash != wanted) return Status::error(Code::kMismatch, "self-test hash").got(hash, wanted);
  print_hash("selftest passed ", hash);
  return {};
}

}  // namespace thimble::emu
