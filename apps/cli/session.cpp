#include "apps/cli/session.h"

#include <algorithm>

#include "apps/cli/errors.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

constexpr uint32_t kUsualPiece = 8 * kStreamGrain;  // of a file that is streamed

constexpr size_t kLeastRunBytes = 512;
constexpr size_t kMostRunBytes = 1u << 24;  // PlanOptions::max_run_bytes
constexpr size_t kAddedSpace = 1;           // the tokenizer may put one before the text

// A context that nobody asked for leaves as much to the model's own bytes and to other programs.
constexpr uint64_t kSharesOfMemory = 2;

// Below some megabytes of weights a token is over before a second thread is awake, and each further one needs as much
// again to pay.
constexpr uint64_t kBytesPerThread = 4u << 20;

// Rows of a classifier for each of several threads: a call of them takes about a microsecond, and computing so many
// rows of a small model some ten.
constexpr uint32_t kLogitsRowsPerThread = 2048;

// Room for the ids of a text and for its encoding.
constexpr size_t kAddedTokens = 8;      // BOS and the added space, generously
constexpr size_t kAddedBytes = 16;      // the added space, and no run is shorter than this
constexpr size_t kUsualRun = 1u << 16;  // with spaces between words, runs are far shorter

uint32_t threads_that_pay(const Model& model) {
  return static_cast<uint32_t>(std::min<uint64_t>(port::core_count(), 1 + model.weight_bytes() / kBytesPerThread));
}

KvType choose_kv_type(const Model& model, KvType asked, Notes* notes) {
  const uint32_t head_dim = model.config().head_dim;
  const std::string type = kv_type_name(asked == KvType::kDefault ? KvType::kI8 : asked);
  const std::string too_wide = "a kv cache of " + type + " takes heads of at most " + std::to_string(kMaxI8HeadDim) +
                               ", and this model's are " + std::to_string(head_dim) + " wide";
  const bool fits_i8 = head_dim <= kMaxI8HeadDim;
  if (asked == KvType::kI4 && head_dim < kMinI4HeadDim) {
    throw UsageError("--kv-type i4: takes heads of at least " + std::to_string(kMinI4HeadDim) +
                     ", and this model's are " + std::to_string(head_dim) +
                     " wide (with 8 it lost 0.71 nats a token); leave it out");
  }
  if (asked != KvType::kDefault && asked != KvType::kF32 && !fits_i8) {
    throw UsageError("--kv-type " + type + ": " + too_wide + "; leave it out");
  }
  if (asked != KvType::kDefault) return asked;
  if (model.arithmetic() == Arithmetic::kFloat) return KvType::kF32;
  if (fits_i8) return KvType::kI8;
  notes->push_back("kv cache f32: " + too_wide);
  return KvType::kF32;
}

void check_context(const Model& model, uint32_t asked, KvType kv_type) {
  const std::string subject = "-c " + std::to_string(asked) + ": ";
  const uint32_t trained = model.config().max_context;
  if (asked > trained) {
    throw UsageError(subject + "more than the model's context of " + std::to_string(trained) +
                     "; give at most that, or leave -c out");
  }
  if (asked > most_context(model, kv_type)) {
    throw UsageError(subject + "a kv cache of " + kv_type_name(kv_type) + " ends at " + std::to_string(kMaxI8Context) +
                     "; give at most that, or --kv-type f32");
  }
}

// The longest context, up to the one given, whose plan takes at most `room` bytes; the one given when none does.
uint32_t longest_context_in(uint64_t room, const Model& model, const PlanOptions& options) {
  const auto fits = [&](uint32_t context) {
    PlanOptions tried = options;
    tried.context = context;
    return make_plan(model, tried, MemoryLayout().add(Region::kFast, static_cast<size_t>(room))).status.ok();
  };
  if (fits(options.context) || !fits(1)) return options.context;
  uint32_t low = 1;  // fits
  for (uint32_t high = options.context; high - low > 1;) {
    const uint32_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

// The model's whole context where that is possible.
uint32_t choose_context(const Model& model, const PlanOptions& options, const EngineOptions& engine, Notes* notes) {
  const std::string of_all = " of " + std::to_string(model.config().max_context) + ": ";
  PlanOptions longest = options;
  longest.context = most_context(model, options.kv_type);
  const uint64_t here = engine.any_machine ? UINT64_MAX : host::memory_bytes() / kSharesOfMemory;
  const uint64_t room = engine.memory_bytes != 0 ? engine.memory_bytes : here;
  const uint32_t context = longest_context_in(room, model, longest);
  if (context < longest.context) {
    notes->push_back("context " + std::to_string(context) + of_all +
                     (engine.memory_bytes != 0 ? "that fills the memory that was given"
                                               : "that fills half of the memory here; -c takes more"));
  } else if (context < model.config().max_context) {
    notes->push_back("context " + std::to_string(context) + of_all + "a kv cache of " + kv_type_name(options.kv_type) +
                     " ends there; --kv-type f32 goes further");
  }
  return context;
}

}  // namespace

uint32_t most_context(const Model& model, KvType kv_type) {
  const uint32_t trained = model.config().max_context;
  return kv_type == KvType::kF32 ? trained : std::min(trained, kMaxI8Context);
}

PlanOptions plan_options(const Model& model, const EngineOptions& options, size_t max_run_bytes, Notes* notes) {
  const uint32_t threads = options.any_machine ? 1 : threads_that_pay(model);
  PlanOptions plan;
  plan.max_batch = options.batch;
  plan.max_workers = options.threads != 0 ? options.threads : threads;
  if (plan.max_workers > 1) plan.logits_rows = kLogitsRowsPerThread * plan.max_workers;
  plan.max_run_bytes = static_cast<uint32_t>(std::clamp(max_run_bytes + kAddedSpace, kLeastRunBytes, kMostRunBytes));
  plan.kv_type = choose_kv_type(model, options.kv_type, notes);
  check_context(model, options.context, plan.kv_type);
  if (options.streamed) plan.weights = WeightHome::kStreamed;
  plan.context = options.context != 0 ? options.context : choose_context(model, plan, options, notes);
  return plan;
}

bool is_shown(const Plan& plan, Buffer buffer) {
  return buffer < Buffer::kNorms || plan.options.weights == WeightHome::kStreamed;
}

std::string plan_table(const Plan& plan) {
  std::string table = format("plan: context %u, batch %u, kv cache %s, %u %s\n", plan.options.context,
                             plan.options.max_batch, kv_type_name(plan.options.kv_type), plan.options.max_workers,
                             plan.options.max_workers == 1 ? "thread" : "threads");
  const bool streamed = plan.options.weights == WeightHome::kStreamed;
  for (size_t i = 0; i < kBufferCount; ++i) {
    if (!is_shown(plan, static_cast<Buffer>(i))) continue;
    table += format("  %-12s %12zu\n", buffer_name(static_cast<Buffer>(i)), plan.buffers[i].bytes);
  }
  if (streamed)
    table += format("  %-12s %12zu  (of them; %s are streamed)\n", "weights", plan.resident_bytes,
                    format_bytes(plan.streamed_bytes).c_str());
  table += format("  %-12s %12zu  (%s)\n", "all", plan.total_bytes(), format_bytes(plan.total_bytes()).c_str());
  return table;
}

double bytes_per_weight(const Model& model) {
  return static_cast<double>(model.weight_bytes()) / static_cast<double>(model.parameter_count());
}

Session::Session(const Model& model, const PlanOptions& options, const std::string& subject) {
  start(model, make_plan(model, options, MemoryLayout::unlimited()), subject, nullptr);
}

Session::Session(const Model& model, const PlanOptions& options, const std::string& subject, const WeightReader& reader,
                 size_t memory_bytes) {
  PlanOptions least = options;
  least.stream_bytes = kUsualPiece;
  if (memory_bytes == 0) memory_bytes = make_plan(model, least, MemoryLayout().add(Region::kFast, 0)).buffer_bytes();
  const Plan plan = make_plan(model, options, MemoryLayout().add(Region::kFast, memory_bytes));
  if (plan.status.code() == Code::kOutOfMemory) {
    throw Failure(subject + ": --memory " + std::to_string(memory_bytes) + ": this model takes at least " +
                  std::to_string(plan.buffer_bytes()) +
                  " bytes; give more, or a smaller context with -c or batch with -b");
  }
  start(model, plan, subject, &reader);
}

void Session::start(const Model& model, const Plan& plan, const std::string& subject, const WeightReader* reader) {
  check(plan.status, subject);
  const size_t bytes = plan.block_bytes[static_cast<size_t>(Region::kFast)][0];
  block_.reset(static_cast<std::byte*>(::operator new[](bytes, std::align_val_t{kBlockAlignment}, std::nothrow)));
  if (block_ == nullptr) {
    throw Failure(subject + ": out of memory: a context of " + std::to_string(plan.options.context) + " takes " +
                  format_bytes(bytes) + "; choose a smaller one with -c");
  }
  check(engine_.init(model, plan, Memory(std::span(block_.get(), bytes)), reader), subject);
  if (plan.options.max_workers == 1) return;
  workers_ = std::make_unique<port::Workers>(plan.options.max_workers);
  check(engine_.set_parallel(workers_->parallel()), subject);
}

std::vector<uint32_t> encode_text(const Tokenizer& tokenizer, std::string_view text, const EncodeOptions& options) {
  std::vector<uint32_t> ids(text.size() + kAddedTokens);
  size_t count = 0;
  Status status;
  // The workspace for the worst case, one run from end to end, is many times the text: try the usual case first.
  for (const size_t run : {std::min(text.size(), kUsualRun), text.size()}) {
    std::vector<std::byte> workspace(Tokenizer::workspace_bytes(run + kAddedBytes));
    status = tokenizer.encode(text, options, workspace, ids, &count);
    if (status.code() != Code::kTextTooLong) break;
  }
  check(status, "text");
  ids.resize(count);
  return ids;
}

}  // namespace thimble::cli
