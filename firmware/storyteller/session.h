// The model that tells: its bytes, the plan, and the engine over them.
#pragma once

#include "firmware/storyteller/engine_memory.h"
#include "firmware/storyteller/listener.h"
#include "firmware/storyteller/model_sources.h"
#include "firmware/storyteller/opened_model.h"
#include "thimble/engine.h"
#include "thimble/parallel.h"
#include "thimble/plan.h"

namespace thimble::storyteller {

// What a self-test found.
struct Proof {
  Status status;
  uint64_t hash = 0;
  uint64_t expected = 0;  // by the model file; 0: it does not say

  bool holds() const { return status.ok() && (expected == 0 || hash == expected); }
};

class Session {
 public:
  // bulk_for_weights: bulk memory is quicker to read than flash, so mapped weights are copied there, too.
  Session(EngineMemory& memory, const Parallel& parallel, bool bulk_for_weights)
      : memory_(memory), parallel_(parallel), bulk_for_weights_(bulk_for_weights) {}

  // Makes the model of `source` ready, in place of the one before: checks it, plans, fills the memory, and has it prove
  // itself. Says in the log what became of it, and in source->state; why not, where it was refused. Then, too, the one
  // before is gone.
  bool load(ModelSource* source, std::span<const std::byte> built_in);

  // The same hash on every machine, or something is broken. In slices, which yield; what the listener hears ends it,
  // where there is one.
  Proof prove(Listener* listener);

  bool ready() const { return source_ != nullptr; }
  ModelSource* source() const { return source_; }  // null: no model is ready
  // Whether the model that was loaded last computed what every other machine does; that of the program runs in any
  // case.
  bool proved() const { return proved_; }
  const Model& model() const { return opened_.model(); }
  Engine& engine() { return engine_; }
  const Plan& plan() const { return plan_; }

  // Whether a larger memory would serve this model better: less context than it has, or weights read in place.
  bool is_short_of_memory() const;

  // Of the model, where it is one's; null: of any other.
  ModelFile* file() { return opened_.is_file() ? &opened_.file() : nullptr; }
  const ModelFile* file() const { return opened_.is_file() ? &opened_.file() : nullptr; }

  // Bytes of a region that the model and its engine have.
  size_t used(Region region) const { return memory_.used(plan_, as_one_, region); }

  // Which bytes went where, for the log.
  void report_memory() const;

 private:
  Status make_ready(ModelSource* source, std::span<const std::byte> built_in);
  Status accept(const ModelSource& source);
  void explain_shortage() const;

  EngineMemory& memory_;
  const Parallel parallel_;
  const bool bulk_for_weights_;
  bool as_one_ = false;  // how memory_ was lent
  OpenedModel opened_;
  Plan plan_;
  Engine engine_;
  ModelSource* source_ = nullptr;
  bool proved_ = false;
};

void log_proof(const Proof& proof);

}  // namespace thimble::storyteller
