#include "firmware/storyteller/session.h"

#include "firmware/storyteller/card_advice.h"
#include "firmware/storyteller/numbers.h"
#include "firmware/storyteller/plain_text.h"
#include "firmware/storyteller/plan_for_memory.h"
#include "ports/line.h"
#include "thimble/selftest.h"

namespace thimble::storyteller {

using port::log_line;

bool Session::load(ModelSource* source, std::span<const std::byte> built_in) {
  source_ = nullptr;
  proved_ = false;
  source->why = make_ready(source, built_in);
  if (source->why.ok()) source->why = accept(*source);
  if (source->why.ok()) {
    source->state = ModelSource::State::kGood;
    source_ = source;
  } else if (source->why.code() == Code::kNotReady) {
    source->state = ModelSource::State::kAbsent;
  } else {
    source->state = ModelSource::State::kRefused;
    log_line(source->kind_name(), source->name, " is passed over: ", source->why);
    if (const char* advice = source->kind == ModelSource::Kind::kFile ? card_advice(source->why) : nullptr) {
      log_line(advice);
    }
  }
  return ready();
}

Status Session::make_ready(ModelSource* source, std::span<const std::byte> built_in) {
  THIMBLE_RETURN_IF_ERROR(opened_.open(source, built_in, &memory_));
  log_line("model: ", PlainText(model().about_text("name", "without a name")), " from ", source->kind_name(),
           source->name, ", ", source->bytes, " bytes");
  as_one_ = !opened_.is_file() && bulk_for_weights_;  // weights of a file go to both kinds
  const Memory memory = memory_.memory(as_one_);
  plan_for_memory(model(), memory.describe(), parallel_.workers, &plan_);
  if (plan_.status.code() == Code::kOutOfMemory) explain_shortage();
  THIMBLE_RETURN_IF_ERROR(engine_.init(model(), plan_, memory, opened_.reader()));
  THIMBLE_RETURN_IF_ERROR(engine_.set_parallel(parallel_));
  report_memory();
  return {};
}

// The verdict of the self-test. The model in the program runs all the same: there is no other, and the log says what is
// wrong.
Status Session::accept(const ModelSource& source) {
  const Proof proof = prove(nullptr);
  log_proof(proof);
  proved_ = proof.holds();
  if (proved_ || source.kind == ModelSource::Kind::kBuiltIn) return {};
  return proof.status.ok() ? Status::error(Code::kCorrupt, "self-test") : proof.status;
}

void Session::explain_shortage() const {
  log_line("it needs ", least_bytes(model(), parallel_.workers), " bytes at least, and there are ",
           memory_.free_bytes(), " in ", memory_.pieces(), " pieces, the largest of ", memory_.largest_free());
}

Proof Session::prove(Listener* listener) {
  const SweepCheck check = {[](void* self, size_t, size_t) {
                              port::yield();
                              return self == nullptr || !static_cast<Listener*>(self)->stop_asked();
                            },
                            listener};
  Proof proof;
  proof.status = run_selftest(engine_, &proof.hash, &check);
  (void)expected_selftest_hash(model(), plan_.options.kv_type, &proof.expected);
  return proof;
}

bool Session::is_short_of_memory() const {
  return ready() &&
         (plan_.options.context < model().config().max_context || plan_.resident_tensors < model().tensor_count());
}

void Session::report_memory() const {
  for (const Region region : {Region::kFast, Region::kBulk}) {
    const size_t bytes = memory_.bytes(region);
    if (bytes == 0) continue;
    log_line("engine, ", region_name(region), " memory: ", used(region), " of ", bytes, " bytes");
  }
  log_line("weights copied there: ", plan_.resident_tensors, " of ", model().tensor_count(), " tensors, ",
           plan_.resident_bytes, " bytes; context: ", plan_.options.context, " of ", model().config().max_context,
           " tokens");
  if (plan_.streamed_bytes > 0) {
    log_line("the rest is read from the card: ", plan_.streamed_bytes, " bytes for each token");
  }
  if (plan_.options.context == model().config().max_context) return;
  PlanOptions whole = plan_.options;
  whole.context = 0;
  const size_t more = make_plan(model(), whole, MemoryLayout::unlimited()).buffer_bytes() - plan_.buffer_bytes();
  log_line("note: memory is short, so stories end early; ", more, " bytes more would hold the whole context");
}

void log_proof(const Proof& proof) {
  if (!proof.status.ok()) {
    log_line("self-test: ", proof.status);
  } else if (proof.expected == 0) {
    log_line("self-test: hash ", hex(proof.hash), "; the model does not say what it should be");
  } else if (proof.holds()) {
    log_line("self-test: ok, hash ", hex(proof.hash), " by the kernels ", kernels_name());
  } else {
    log_line("self-test: FAILED, hash ", hex(proof.hash), " for ", hex(proof.expected),
             "; the model is damaged, or this board's memory is");
  }
}

}  // namespace thimble::storyteller
