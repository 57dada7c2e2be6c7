// thimble inspect: what is in a model file, what memory it needs, and whether its bytes are intact.

#include <string>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/inspection_json.h"
#include "apps/cli/model_source.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble inspect stories.thm\n"
    "  thimble inspect stories.thm --tensors --verify\n"
    "  thimble inspect stories.thm -b 1 --fast 150k           a chip that maps the file and has 150 kB to spare\n"
    "  thimble inspect stories.thm --json | jq .plan.bytes\n\n"
    "--json writes one document with the keys file, format, bytes, parameters, arithmetic, config, weights, about,\n"
    "tensors, plan, fast and verified, of which the last two are null unless asked for. Keys stay; new ones may come.\n"
    "Whole numbers may end in k, M or G for powers of 1000, and in Ki, Mi or Gi for powers of 1024.\n";

constexpr size_t kAnyText = 0;  // plan for prompts of ordinary words

// "q8 32.3 KiB, q4 90.1 KiB, q16 1.4 KiB": the matrices first.
std::string types_of(const Model& model) {
  std::string text;
  for (const DType type : {DType::kF32, DType::kF16, DType::kQ8, DType::kQ4, DType::kQ16}) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < model.tensor_count(); ++i) {
      const TensorView view = model.tensor_at(i, nullptr, nullptr);
      if (view.type == type) bytes += view.bytes;
    }
    if (bytes == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(dtype_name(type)) + " " + format_bytes(bytes);
  }
  return text;
}

void print_config(const LoadedModel& loaded) {
  const Model& model = loaded.model;
  const ModelConfig& c = model.config();
  const std::string kind = loaded.source_format.empty()
                               ? format(".thm %u.%u", unsigned{model.format_major()}, unsigned{model.format_minor()})
                               : loaded.source_format + ", shown as converted in memory";
  write_product(loaded.path + ": " + kind + ", " + format_bytes(model.image().size()) + "\n\n");
  write_product(format("dim          %u\n", c.dim));
  write_product(format("hidden dim   %u\n", c.hidden_dim));
  write_product(format("layers       %u\n", c.n_layers));
  write_product(
      format("heads        %u, and %u for keys and values; each %u wide\n", c.n_heads, c.n_kv_heads, c.head_dim));
  write_product(format("vocabulary   %u pieces\n", c.vocab_size));
  write_product(format("context      %u\n", c.max_context));
  write_product(format("rope theta   %g\n", static_cast<double>(c.rope_theta)));
  write_product(format("norm eps     %g\n", static_cast<double>(c.norm_eps)));
  write_product(format("classifier   %s\n", c.tied_classifier ? "shared with the embedding" : "its own"));
  write_product(format("parameters   %llu in %u tensors, %s, %.3f bytes per weight\n",
                       static_cast<unsigned long long>(model.parameter_count()), model.tensor_count(),
                       format_bytes(model.weight_bytes()).c_str(), bytes_per_weight(model)));
  write_product("weights      " + types_of(model) + "\n");
  const bool integer = model.arithmetic() == Arithmetic::kInteger;
  write_product(format("arithmetic   %s\n", integer ? "integer" : "float"));
}

void print_about(const Model& model) {
  write_product("\nabout:\n");
  for (uint32_t i = 0; i < model.about_count(); ++i) {
    const AboutEntry entry = model.about_at(i);
    std::string value;
    switch (entry.type) {
      case AboutEntry::Type::kText:
        value = visible(entry.text, false);
        break;
      case AboutEntry::Type::kF32:
        value = format("%g", static_cast<double>(entry.f32));
        break;
      case AboutEntry::Type::kU64:
        // Hashes read as everywhere else.
        value = entry.key.starts_with("selftest.") ? format("%016llx", static_cast<unsigned long long>(entry.u64))
                                                   : std::to_string(entry.u64);
        break;
    }
    write_product("  " + visible(entry.key, false) + ": " + value + "\n");
  }
}

void print_tensors(const Model& model) {
  write_product("\ntensors, in the order of the file:\n");
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    const TensorView view = model.tensor_at(i, &role, &layer);
    const std::string where = in_layer(role) ? "layer " + std::to_string(layer) : "";
    write_product(format("  %-9s %-16s %-4s %7u x %-6u %12llu B\n", where.c_str(), role_name(role),
                         dtype_name(view.type), view.rows, view.cols, static_cast<unsigned long long>(view.bytes)));
  }
}

// With weights in what the buffers leave of these blocks. `buffers`: the plan without limits.
Plan plan_fast(const Model& model, const Plan& buffers, const std::vector<size_t>& blocks) {
  PlanOptions options = buffers.options;
  options.weights = WeightHome::kFast;
  MemoryLayout memory;
  for (const size_t bytes : blocks) memory.add(Region::kFast, bytes);
  const Plan plan = make_plan(model, options, memory);
  if (plan.status.code() == Code::kOutOfMemory) {
    throw Failure("--fast: out of memory: no room for the buffer " + std::string(plan.status.subject()) +
                  "; one block of " + std::to_string(buffers.total_bytes()) +
                  " bytes holds all buffers, and a smaller -c or -b makes them smaller");
  }
  check(plan.status, "--fast");
  return plan;
}

// What a plan with WeightHome::kFast puts into fast memory, and what it leaves in place.
std::string placement_table(const Plan& plan, const Model& model) {
  const auto fast = static_cast<size_t>(Region::kFast);
  size_t buffers = 0;
  for (const Placement& place : plan.buffers) buffers += place.bytes;
  std::string table = format("fast memory: %zu bytes\n", plan.bytes(Region::kFast));
  for (size_t b = 0; b < kMaxBlocks; ++b) {
    if (plan.block_bytes[fast][b] > 0) table += format("  block %zu      %12zu\n", b, plan.block_bytes[fast][b]);
  }
  table += format("  %-12s %12zu\n", "buffers", buffers);
  table += format("  %-12s %12zu  (%u of %u tensors)\n", "weights", plan.resident_bytes, plan.resident_tensors,
                  model.tensor_count());
  uint64_t in_place = 0;
  std::string names;
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    if (is_resident(plan, model, i)) continue;
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    const TensorView tensor = model.tensor_at(i, &role, &layer);
    in_place += tensor.bytes;
    names += format("  %-16s %8llu%s\n", role_name(role), static_cast<unsigned long long>(tensor.bytes),
                    in_layer(role) ? format("  (layer %u)", layer).c_str() : "");
  }
  table += format("weights read in place: %llu bytes\n", static_cast<unsigned long long>(in_place)) + names;
  return table;
}

void verify(const LoadedModel& loaded) {
  Progress progress("verifying");
  const auto report = [](void* context, uint64_t done, uint64_t total) {
    static_cast<Progress*>(context)->update(done, total);
  };
  const Status status = loaded.model.verify(report, &progress);
  progress.clear();
  flush_product();
  check(status, loaded.path);
}

class InspectCommand : public Command {
 public:
  explicit InspectCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  ModelOptions model_;
  EngineOptions engine_;
  bool tensors_ = false;
  std::vector<size_t> fast_blocks_;  // bytes of each; none: no placement is shown
  bool verify_ = false;
  bool json_ = false;
};

InspectCommand::InspectCommand(CLI::App& app) {
  model_.declare(app);
  engine_.declare(app);
  add_flag(app, "--tensors", &tensors_, "List every tensor");
  add_bytes(app, "--fast", &fast_blocks_,
            "Show what goes into a block of so much fast memory, the rest being read in place; repeatable");
  add_flag(app, "--verify", &verify_, "Check every block and every weight; exit code 1 when one is bad");
  add_flag(app, "--json", &json_, "Write all of it as one JSON document");
}

int InspectCommand::run(const Invocation& invocation) {
  Notes given = invocation.notes;
  model_.check(invocation.command);
  engine_.check(&given);
  engine_.any_machine = true;

  const LoadedModel loaded = load_model(model_);
  const Model& model = loaded.model;
  check(Tokenizer().open(model.vocabulary(), model.config().vocab_size),
        loaded.path);  // what an engine checks at first
  Notes notes = concatenated(loaded.notes, given);
  const Plan plan = make_plan(model, plan_options(model, engine_, kAnyText, &notes), MemoryLayout::unlimited());
  check(plan.status, loaded.path);
  const bool places = !fast_blocks_.empty();
  const Plan fast = places ? plan_fast(model, plan, fast_blocks_) : Plan();

  write_notes(notes);
  if (json_) {
    if (verify_) verify(loaded);
    write_product(inspection_json(loaded, plan, places ? &fast : nullptr, verify_));
    return 0;
  }
  print_config(loaded);
  print_about(model);
  if (tensors_) print_tensors(model);
  write_product("\n" + plan_table(plan));
  if (places) write_product("\n" + placement_table(fast, model));
  if (verify_) {
    verify(loaded);
    write_product("\nverify: ok, every block has its checksum and every weight is finite\n");
  }
  return 0;
}

}  // namespace

const CommandInfo kInspect = {"inspect", "Show what is in a model and what memory it needs", kExamples,
                              declare_command<InspectCommand>};

}  // namespace thimble::cli
