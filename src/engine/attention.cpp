#include "engine/attention.h"

#include <bit>
#include <cstring>

#include "base/math.h"
#include "engine/wide.h"

namespace thimble {
namespace {

constexpr Scale kLog2e = {0xb8aa3b29, -31};

// The part of range r that lies between first and last, counted from first.
Range overlap(Range r, size_t first, size_t last) {
  const size_t from = r.first < first ? first : r.first;
  const size_t to = r.last > last ? last : r.last;
  return from < to ? Range{from - first, to - first} : Range{};
}

}  // namespace

Attention::Attention(const Model& model, const Plan& plan, const Memory& memory, const Kernels& kernels,
                     const Products& products, const Activations& activations)
    : model_(model),
      config_(plan.config),
      kernels_(kernels),
      products_(products),
      a_(activations),
      cache_(plan, memory),
      arithmetic_(plan.arithmetic),
      softmax_scale_(rsqrt_f32(static_cast<float>(config_.head_dim))),
      score_scale_(shifted_by(rsqrt(make_scale(config_.head_dim)) * kLog2e, kScoreFraction + kCodeExponent)) {}

void Attention::find_rotations(const Sweep& sweep) const {
  for (size_t b = 0; b < sweep.batch(); ++b) {
    for (uint32_t i = 0; i < config_.head_dim / 2; ++i) {
      // Phases wrap at one turn, which is what 64-bit arithmetic does by itself.
      const CosSin turn = cos_sin_turns(model_.rope_step(i) * (sweep.position + b));
      if (integer()) {
        a_.rope.wide(b)[2 * i] = q30_from_f32(turn.cos);
        a_.rope.wide(b)[2 * i + 1] = q30_from_f32(turn.sin);
      } else {
        a_.rope.f32(b)[2 * i] = turn.cos;
        a_.rope.f32(b)[2 * i + 1] = turn.sin;
      }
    }
  }
}

// One stage for q, k and v: its units are heads, those of the queries first, then keys, then values.
void Attention::project(const LayerWeights& w, uint32_t layer, const Sweep& sweep) const {
  std::byte* kv = cache_.layer(layer);
  const size_t keys = config_.n_heads;
  const size_t values = keys + config_.n_kv_heads;
  const size_t units = values + config_.n_kv_heads;
  products_.stream(w.wq, a_.xb, a_.q, sweep.batch());
  products_.stream(w.wk, a_.xb, a_.k, sweep.batch());
  products_.stream(w.wv, a_.xb, a_.v, sweep.batch());
  products_.split(units, config_.head_dim * config_.dim * sweep.batch(), [&](Range heads, uint32_t) {
    project_part(Part::kQueries, w.wq, overlap(heads, 0, keys), kv, sweep);
    project_part(Part::kKeys, w.wk, overlap(heads, keys, values), kv, sweep);
    project_part(Part::kValues, w.wv, overlap(heads, values, units), kv, sweep);
  });
}

// Some heads of q, k or v: multiplied, rotated, brought into the form of the cache and stored.
void Attention::project_part(Part part, const TensorView& w, Range heads, std::byte* kv, const Sweep& sweep) const {
  const size_t head_dim = config_.head_dim;
  const Vectors& out = part == Part::kQueries ? a_.q : part == Part::kKeys ? a_.k : a_.v;
  const Range rows{heads.first * head_dim, heads.last * head_dim};
  products_.rows(w, rows, a_.xb, out.from(rows.first), sweep.batch());
  for (size_t b = 0; b < sweep.batch(); ++b) {
    const size_t position = sweep.position + b;
    Scale unit = integer() ? Products::unit_of(w, a_.xb_scales[b]) : Scale{};
    if (part != Part::kValues) unit = shifted_by(unit, kRotationShift);
    if (const HeadKernels* all = heads_at_once()) {
      store_heads(*all, part, unit, heads, kv, sweep, b);
      continue;
    }
    for (size_t head = heads.first; head < heads.last; ++head) {
      const Vectors x = out.from(head * head_dim, b);
      if (part != Part::kValues) rotate(x, b);
      const Scale scale = to_cached_form(x, unit);
      if (part == Part::kQueries) store_query(x, scale, head, b);
      if (part == Part::kKeys) store_key(x, scale, kv_head(cache_.layout(), kv, head), position);
      if (part == Part::kValues) store_value(x, scale, kv_head(cache_.layout(), kv, head), position);
    }
  }
}

// What project_part does behind the product, for all heads of a token in one call.
void Attention::store_heads(const HeadKernels& all, Part part, Scale unit, Range heads, std::byte* kv,
                            const Sweep& sweep, size_t b) const {
  if (heads.size() == 0) return;
  const size_t head_dim = config_.head_dim;
  const size_t stride = cache_.layout().key_stride;
  const int32_t* turn = a_.rope.wide(b);
  const size_t position = sweep.position + b;
  if (part == Part::kQueries) {
    all.store_queries(a_.queries.narrow(b) + heads.first * stride, stride, head_scales(b) + heads.first,
                      a_.q.wide(b) + heads.first * head_dim, turn, heads.size(), head_dim, unit);
    return;
  }
  const HeadCache cache = head_cache(kv, heads.first);
  if (part == Part::kKeys) {
    all.store_keys(cache, position, a_.k.wide(b) + heads.first * head_dim, turn, heads.size(), unit);
  } else {
    all.store_values(cache, position, a_.v.wide(b) + heads.first * head_dim, heads.size(), unit);
  }
}

// The cache of a layer from a kv head on.
HeadCache Attention::head_cache(std::byte* kv, size_t first) const {
  const KvLayout& layout = cache_.layout();
  const KvHead head = kv_head(layout, kv, first);
  return {head.i8_keys(),   head.i8_values(),  head.key_codes, head.value_codes,
          layout.positions, layout.key_stride, layout.head_dim};
}

// By the position of token b. The scale of a wide head grows by kRotationShift.
void Attention::rotate(const Vectors& head, size_t b) const {
  if (integer()) {
    kernels_.rope_i32(head.wide(), a_.rope.wide(b), 1, config_.head_dim);
  } else {
    kernels_.rope_f32(head.f32(), a_.rope.f32(b), 1, config_.head_dim);
  }
}

// Wide for a narrow cache, f32 for one of f32. `scale`: of a wide head. Returns it.
Scale Attention::to_cached_form(const Vectors& head, Scale scale) const {
  if (kv_narrow() && !integer()) return wide_from_f32(head.data, config_.head_dim);
  if (!kv_narrow() && integer()) f32_from_wide(head.data, config_.head_dim, scale);
  return scale;
}

// Queries of f32 stay where they are.
void Attention::store_query(const Vectors& q, Scale scale, size_t head, size_t b) const {
  if (!kv_narrow()) return;
  const size_t stride = cache_.layout().key_stride;
  const uint32_t largest =
      kernels_.quantize_i8(a_.queries.narrow(b) + head * stride, q.wide(), config_.head_dim, stride);
  head_scales(b)[head] = narrow_scale(scale, largest);
}

void Attention::store_key(const Vectors& k, Scale scale, const KvHead& cache, size_t position) const {
  const size_t at = position * cache_.layout().key_stride;
  if (!kv_narrow()) {
    std::memcpy(cache.f32_keys() + at, k.data, config_.head_dim * sizeof(float));
    return;
  }
  const Multiplier m = to_cached_scale(k.wide(), scale, &cache.key_codes[position]);
  if constexpr (kv_int4::kLinked) {
    if (kv_i4()) return kv_int4::store_key(kernels_, cache_.layout(), cache, position, k.wide(), m);
  }
  kernels_.rescale_i8(cache.i8_keys() + at, k.wide(), config_.head_dim, cache_.layout().key_stride, m);
}

void Attention::store_value(const Vectors& v, Scale scale, const KvHead& cache, size_t position) const {
  const size_t positions = cache_.layout().positions;
  if (!kv_narrow()) {
    float* column = cache.f32_values() + position;
    for (size_t d = 0; d < config_.head_dim; ++d) column[d * positions] = v.f32()[d];
    return;
  }
  const Multiplier m = to_cached_scale(v.wide(), scale, &cache.value_codes[position]);
  if constexpr (kv_int4::kLinked) {
    if (kv_i4()) return kv_int4::store_value(kernels_, cache_.layout(), cache, position, v.wide(), m);
  }
  int8_t* column = cache.i8_values() + position;
  for (size_t d = 0; d < config_.head_dim; ++d) column[d * positions] = narrowed(v.wide()[d], m);
}

// Finds the scale code for a head in a narrow cache, and returns what brings its elements to that scale.
Multiplier Attention::to_cached_scale(const int32_t* head, Scale scale, uint8_t* code) const {
  Scale wanted = narrow_scale(scale, kernels_.max_abs_i32(head, config_.head_dim));
  if (kv_i4()) wanted = wanted * kv_int4::kHeadroom;
  *code = code_at_least(wanted);
  return multiplier_of(scale * reciprocal(scale_of_code(*code)));
}

void Attention::attend(uint32_t layer, const Sweep& sweep) const {
  std::byte* kv = cache_.layer(layer);
  const size_t heads_per_kv = config_.n_heads / config_.n_kv_heads;
  const size_t longest = sweep.position + sweep.batch();
  products_.split(config_.n_heads, 2 * config_.head_dim * longest * sweep.batch(), [&](Range heads, uint32_t worker) {
    for (size_t b = 0; b < sweep.batch(); ++b) {
      const size_t length = sweep.position + b + 1;
      if (const HeadKernels* all = heads_at_once()) {
        attend_heads(*all, heads, kv, heads_per_kv, length, b, worker);
        continue;
      }
      if (const HeadKernels* all = f32_heads_at_once()) {
        attend_f32_heads(*all, heads, kv, heads_per_kv, length, b, worker);
        continue;
      }
      for (size_t head = heads.first; head < heads.last; ++head) {
        const Vectors q = a_.q.from(head * config_.head_dim, b);
        const KvHead cache = kv_head(cache_.layout(), kv, head / heads_per_kv);
        if (!kv_narrow()) {
          attend_f32(cache, q.f32(), length, worker);
          continue;
        }
        const int8_t* query = a_.queries.narrow(b) + head * cache_.layout().key_stride;
        Scale& scale = head_scales(b)[head];
        scale = attend_narrow(cache, query, scale, q.wide(), length, worker);
        if (!integer()) f32_from_wide(q.data, config_.head_dim, scale);
      }
    }
  });
}

// What attend_narrow does head by head, in one call.
void Attention::attend_heads(const HeadKernels& all, Range heads, std::byte* kv, size_t heads_per_kv, size_t length,
                             size_t b, uint32_t worker) const {
  const KvLayout& layout = cache_.layout();
  auto* scores = reinterpret_cast<int32_t*>(a_.att + worker * a_.att_bytes);
  auto* weights = reinterpret_cast<uint16_t*>(scores + layout.positions);
  const HeadQueries queries = {a_.queries.narrow(b) + heads.first * layout.key_stride, heads.first, heads.size(),
                               heads_per_kv};
  all.attend(a_.q.wide(b) + heads.first * layout.head_dim, head_scales(b) + heads.first, queries, head_cache(kv, 0),
             length, score_scale_, scores, weights);
}

// What attend_f32 does head by head, in one call.
void Attention::attend_f32_heads(const HeadKernels& all, Range heads, std::byte* kv, size_t heads_per_kv, size_t length,
                                 size_t b, uint32_t worker) const {
  const KvLayout& layout = cache_.layout();
  const KvHead first = kv_head(layout, kv, 0);
  const FloatCache cache = {first.f32_keys(), first.f32_values(), layout.positions, layout.key_stride, layout.head_dim};
  float* x = a_.q.f32(b) + heads.first * layout.head_dim;
  all.attend_f32({x, heads.first, heads.size(), heads_per_kv}, cache, length, softmax_scale_,
                 reinterpret_cast<float*>(a_.att + worker * a_.att_bytes));
}

void Attention::attend_f32(const KvHead& kv, float* q, size_t length, uint32_t worker) const {
  auto* scores = reinterpret_cast<float*>(a_.att + worker * a_.att_bytes);
  const size_t head_dim = config_.head_dim;
  const KvLayout& layout = cache_.layout();
  kernels_.matmul_f32(kv.f32_keys(), layout.key_stride, q, head_dim, scores, length, length, head_dim, 1);
  kernels_.softmax_f32(scores, length, softmax_scale_);
  kernels_.matmul_f32(kv.f32_values(), layout.positions, scores, length, q, head_dim, head_dim, length, 1);
}

// Returns the scale of `out`.
Scale Attention::attend_narrow(const KvHead& kv, const int8_t* query, Scale query_scale, int32_t* out, size_t length,
                               uint32_t worker) const {
  const KvLayout& layout = cache_.layout();
  auto* scores = reinterpret_cast<int32_t*>(a_.att + worker * a_.att_bytes);
  auto* weights = reinterpret_cast<uint16_t*>(scores + layout.positions);
  const size_t head_dim = config_.head_dim;
  const Multiplier to_score = multiplier_of(query_scale * score_scale_);
  if (!kv_i4()) {
    kernels_.scores_i8(scores, kv.i8_keys(), layout.key_stride, kv.key_codes, query, head_dim, length, to_score);
  } else if constexpr (kv_int4::kLinked) {
    kv_int4::score_keys(kernels_, layout, kv, query, length, to_score, unpacked(worker), scores);
  }
  const AttentionWeights sums = kernels_.weigh_i8(weights, scores, kv.value_codes, length);
  // What the sum of exponentials, at least 2^kExp2Fraction, loses to be short, the mix loses.
  const int32_t shift = kWeightSumBits - std::countl_zero(sums.sum);
  if (!kv_i4()) {
    kernels_.mix_i8(out, kv.i8_values(), layout.positions, weights, head_dim, length, shift);
  } else if constexpr (kv_int4::kLinked) {
    kv_int4::mix_values(kernels_, layout, kv, weights, length, shift, unpacked(worker), out);
  }
  const int32_t unit = static_cast<int32_t>(sums.octave) + kWeightShift + kCodeExponent;
  return shifted_by(reciprocal(make_scale(sums.sum)), shift + unit);
}

void Attention::gather(const Sweep& sweep) const {
  const size_t head_dim = config_.head_dim;
  const size_t padded = a_.xb.stride;
  for (size_t b = 0; b < sweep.batch(); ++b) {
    int8_t* xb = a_.xb.narrow(b);
    const int32_t* q = a_.q.wide(b);
    if (!kv_narrow()) {
      const Scale scale = wide_from_f32(a_.q.f32(b), config_.q_dim());
      a_.xb_scales[b] = narrow_scale(scale, kernels_.quantize_i8(xb, q, config_.q_dim(), padded));
      continue;
    }
    if (const HeadKernels* all = heads_at_once()) {
      a_.xb_scales[b] = all->gather(xb, padded, q, head_scales(b), config_.n_heads, head_dim);
      continue;
    }
    Scale largest;
    for (size_t head = 0; head < config_.n_heads; ++head) {
      const Scale reach = head_scales(b)[head] * make_scale(kernels_.max_abs_i32(q + head * head_dim, head_dim));
      if (largest < reach) largest = reach;
    }
    a_.xb_scales[b] = narrow_scale(largest, 1);
    const Scale to_narrow = reciprocal(a_.xb_scales[b]);
    for (size_t head = 0; head < config_.n_heads; ++head) {
      const bool last = head + 1 == config_.n_heads;
      const size_t at = head * head_dim;
      kernels_.rescale_i8(xb + at, q + at, head_dim, last ? padded - at : head_dim,
                          multiplier_of(head_scales(b)[head] * to_narrow));
    }
  }
}

}  // namespace thimble
