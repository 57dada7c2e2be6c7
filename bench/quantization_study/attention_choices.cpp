// What the kv cache and attention keep; weights in floats.

#include <string>

#include "bench/quantization_study/choices.h"
#include "bench/quantization_study/table.h"

namespace thimble::study {

void print_kv(const Study& study) {
  const double head_dim = study.weights.config.head_dim;
  const double kv_dim = study.weights.config.kv_dim();
  print_head("kv cache in int8, weights in floats", "bytes/elem.");
  const auto line = [&](const std::string& name, const Numerics& numerics, double bytes) {
    print_score(name, bytes, study.judge.score(study.weights, numerics));
  };
  constexpr KvSpan kPosition = KvSpan::kPosition;
  constexpr KvSpan kHead = KvSpan::kHead;
  line("scale per position, f32", {false, kPosition, kPosition, ScaleForm::kF32}, 1 + 4 / kv_dim);
  line("scale per position, 8-bit code", {false, kPosition, kPosition, ScaleForm::kCode8}, 1 + 1 / kv_dim);
  line("scale per position, power of two", {false, kPosition, kPosition, ScaleForm::kPowerOfTwo}, 1 + 1 / kv_dim);
  line("scale per head and position, f32", {false, kHead, kHead, ScaleForm::kF32}, 1 + 4 / head_dim);
  line("scale per head and position, 8-bit code", {false, kHead, kHead, ScaleForm::kCode8}, 1 + 1 / head_dim);
  line("scale per head and position, power of two", {false, kHead, kHead, ScaleForm::kPowerOfTwo}, 1 + 1 / head_dim);
  line("  8-bit code, keys alone", {false, kHead, KvSpan::kOff, ScaleForm::kCode8}, 1 + 1 / head_dim);
  line("  8-bit code, values alone", {false, KvSpan::kOff, kHead, ScaleForm::kCode8}, 1 + 1 / head_dim);
}

void print_attention(const Study& study) {
  print_head("attention over an int8 cache with 8-bit codes, weights in floats", "bytes/elem.");
  const double bytes = 1 + 1.0 / study.weights.config.head_dim;
  Numerics cache;
  cache.keys = cache.values = KvSpan::kHead;
  cache.kv_scale = ScaleForm::kCode8;
  const auto line = [&](const std::string& name, const Numerics& numerics) {
    print_score(name, bytes, study.judge.score(study.weights, numerics));
  };
  line("the cache alone", cache);
  Numerics queries = cache;
  queries.queries = true;
  line("int8 queries", queries);
  Numerics table = cache;
  table.exp_table = true;
  line("table of exponentials", table);
  for (const int bits : {7, 8, 9, 10, 11, 12, 13, 14, 15, 16}) {
    Numerics product = cache;
    product.product_bits = bits;
    line("weight x scale of value in " + std::to_string(bits) + " bits", product);
  }
  Numerics all = queries;
  all.exp_table = true;
  all.product_bits = 14;
  line("queries, table and 14 bits together", all);
}

}  // namespace thimble::study
