#include "thimble/selftest.h"

#include <array>

#include "engine/kv_int4/kv_int4.h"
#include "kernels/kernels.h"

namespace thimble {

Status run_selftest(Engine& engine, uint64_t* hash, const SweepCheck* check) {
  if (!engine.ready()) return Status::error(Code::kNotReady, "engine");
  const uint32_t vocab_size = engine.model().config().vocab_size;
  const uint32_t count = engine.context() < kSelfTestTokens ? engine.context() : kSelfTestTokens;
  std::array<uint32_t, kSelfTestTokens> tokens;
  for (uint32_t i = 0; i < count; ++i) tokens[i] = selftest_token(i, vocab_size);

  LogitsHash logits_hash(vocab_size);
  const LogitsSink sink{[](void* context, uint32_t index, uint32_t first_row, std::span<const float> logits) {
                          static_cast<LogitsHash*>(context)->add(index, first_row, logits);
                        },
                        &logits_hash};
  const uint64_t mismatches = kernel_mismatches();
  THIMBLE_RETURN_IF_ERROR(engine.rewind(0));
  THIMBLE_RETURN_IF_ERROR(engine.forward(std::span(tokens).first(count), LogitsOf::kAll, &sink, check));
  if (const uint64_t found = kernel_mismatches() - mismatches; found != 0) {
    return Status::error(Code::kArithmetic, "kernels").got(found, 0);
  }
  *hash = logits_hash.value();
  return {};
}

bool expected_selftest_hash(const Model& model, KvType kv_type, uint64_t* hash) {
  // Zero is a hash like others, but not one that chance will bring: it stands for "not there".
  *hash = 0;
  if (kv_int4::kLinked && kv_type == KvType::kI4) return false;  // files state none
  *hash = model.about_u64(kv_type == KvType::kI8 ? "selftest.kv_i8" : "selftest.kv_f32", 0);
  return *hash != 0;
}

const char* kernels_name() { return active_kernels().name; }

}  // namespace thimble
