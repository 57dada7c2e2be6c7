// The core with memory from the heap: an engine over a model, and text of any length to token ids.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/options.h"
#include "ports/port.h"
#include "thimble/engine.h"
#include "thimble/model.h"
#include "thimble/plan.h"
#include "thimble/tokenizer.h"

namespace thimble::cli {

// The most positions that a kv cache of a type, not kDefault, holds for a model.
uint32_t most_context(const Model& model, KvType kv_type);

// The plan's options for a model. What was asked for is checked against what the model allows; what was not is chosen
// so that the model runs here, and `notes` says so when that is less than the model was trained for. `max_run_bytes`:
// the longest text that will be encoded at once. Throws UsageError.
PlanOptions plan_options(const Model& model, const EngineOptions& options, size_t max_run_bytes, Notes* notes);

// Whether a buffer means something for a plan: those of streaming do not where weights are in memory.
bool is_shown(const Plan& plan, Buffer buffer);

// The plan of an engine: lines "  BUFFER  BYTES", then the total; each ends with a newline.
std::string plan_table(const Plan& plan);

// Bytes of all tensors, with scales and padding, for each weight.
double bytes_per_weight(const Model& model);

// One heap block, planned for exactly, and as many workers as were planned for. The model's image must outlive the
// session.
class Session {
 public:
  // `subject` names the model in messages. Throws Failure.
  Session(const Model& model, const PlanOptions& options, const std::string& subject);
  // A model whose weights are read through `reader`, in a block of `memory_bytes`; 0: what that takes at least.
  Session(const Model& model, const PlanOptions& options, const std::string& subject, const WeightReader& reader,
          size_t memory_bytes);

  Engine& engine() { return engine_; }
  const Engine& engine() const { return engine_; }
  const Plan& plan() const { return engine_.plan(); }

 private:
  void start(const Model& model, const Plan& plan, const std::string& subject, const WeightReader* reader);

  struct Free {
    void operator()(std::byte* p) const { ::operator delete[](p, std::align_val_t{kBlockAlignment}); }
  };
  std::unique_ptr<std::byte[], Free> block_;
  std::unique_ptr<port::Workers> workers_;
  Engine engine_;
};

// Throws Failure.
std::vector<uint32_t> encode_text(const Tokenizer& tokenizer, std::string_view text, const EncodeOptions& options);

}  // namespace thimble::cli
