// thimble selftest: the hash that the conversion wrote into the model, found again on this machine.

#include <algorithm>
#include <string>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"
#include "thimble/selftest.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble selftest stories.thm\n"
    "  thimble selftest stories.thm --kv-type i8 -t 4 -b 3\n\n"
    "Runs a few tokens and compares a hash of all logits with the one that the conversion wrote into the file, for\n"
    "each type of kv cache. The hash is the same on every machine and chip, for any -t and -b. Exit code 1 when one\n"
    "differs.\n";

constexpr size_t kNoText = 0;  // the tokens of the run are given

std::string hex(uint64_t hash) { return format("%016llx", static_cast<unsigned long long>(hash)); }

// A cache of i8 is there for most models.
std::vector<KvType> kv_types_of(const Model& model) {
  if (model.config().head_dim > kMaxI8HeadDim) return {KvType::kF32};
  return {KvType::kI8, KvType::kF32};
}

// Runs the test with one type of kv cache. Prints the result; true when it is the expected one.
bool passes(const LoadedModel& loaded, const EngineOptions& options) {
  Notes notes;  // none: the context and the type were given
  const PlanOptions plan = plan_options(loaded.model, options, kNoText, &notes);
  const char* type = kv_type_name(options.kv_type);
  uint64_t expected = 0;
  if (!expected_selftest_hash(loaded.model, options.kv_type, &expected)) {
    throw Failure(loaded.path + ": states no hash for a kv cache of " + type + "; convert the model again");
  }
  Session session(loaded.model, plan, loaded.path);
  uint64_t hash = 0;
  check(run_selftest(session.engine(), &hash), loaded.path);
  const bool same = hash == expected;
  write_product(format("kv cache %-4s %s  %s\n", type, hex(hash).c_str(),
                       same ? "ok" : ("FAILED, expected " + hex(expected)).c_str()));
  return same;
}

class SelftestCommand : public Command {
 public:
  explicit SelftestCommand(CLI::App& app) {
    model_.declare(app);
    engine_.declare(app);
  }
  int run(const Invocation& invocation) override;

 private:
  ModelOptions model_;
  EngineOptions engine_;  // kDefault: both types of kv cache
};

int SelftestCommand::run(const Invocation& invocation) {
  Notes notes = invocation.notes;
  model_.check(invocation.command);
  engine_.check(&notes);

  const LoadedModel loaded = load_model(model_);
  if (!loaded.source_format.empty()) {
    throw Failure(loaded.path + ": only a .thm file states what it computes; convert it first: thimble convert " +
                  file_name(loaded.path));
  }
  const uint32_t needed = std::min(kSelfTestTokens, loaded.model.config().max_context);
  if (engine_.context != 0 && engine_.context < needed) {
    throw UsageError("-c " + std::to_string(engine_.context) + ": the test takes " + std::to_string(needed) +
                     " positions; give as many, or leave -c out");
  }
  write_notes(notes);
  std::vector<KvType> types = {engine_.kv_type};
  if (engine_.kv_type == KvType::kDefault) types = kv_types_of(loaded.model);
  bool passed = true;
  for (const KvType type : types) {
    EngineOptions engine = engine_;
    engine.kv_type = type;
    if (engine.context == 0) engine.context = needed;
    passed = passes(loaded, engine) && passed;
  }
  loaded.file.check_unchanged();
  if (passed) return 0;
  flush_product();
  throw Failure(loaded.path + ": the logits are not those of the conversion; check the file with thimble inspect " +
                "--verify, and report it if the file is sound");
}

}  // namespace

const CommandInfo kSelftest = {"selftest", "Prove that this machine computes what every other one does", kExamples,
                               declare_command<SelftestCommand>};

}  // namespace thimble::cli
