// Attention over the kv cache, which is f32 or narrow (int8, perhaps packed in int4) whatever the arithmetic of the
// model: a head changes its form on the way where the two differ.
#pragma once

#include <span>

#include "engine/activations.h"
#include "engine/kv_cache.h"
#include "engine/kv_int4/packed_kv.h"
#include "engine/products.h"
#include "engine/weights.h"

namespace thimble {

// Tokens that go through the layers together.
struct Sweep {
  std::span<const uint32_t> tokens;  // [batch]
  uint32_t position = 0;             // of the first token
  size_t batch() const { return tokens.size(); }
};

class Attention {
 public:
  // Views all it is given.
  Attention(const Model& model, const Plan& plan, const Memory& memory, const Kernels& kernels,
            const Products& products, const Activations& activations);

  // rope = cosine and sine of every pair at every position of the sweep.
  void find_rotations(const Sweep& sweep) const;
  // q = wq xb, rotated, and keys and values of xb into the cache of the layer.
  void project(const LayerWeights& w, uint32_t layer, const Sweep& sweep) const;
  // q = for each head, values weighted by softmax(q . keys / sqrt(head_dim)) over the positions up to its own. Heads of
  // a narrow cache leave wide integers and head_scales in an integer model, floats in a float model.
  void attend(uint32_t layer, const Sweep& sweep) const;
  // xb = q as one narrow vector, in an integer model: heads are brought to one scale, that of the largest element of
  // all.
  void gather(const Sweep& sweep) const;

 private:
  enum class Part { kQueries, kKeys, kValues };

  void project_part(Part part, const TensorView& w, Range heads, std::byte* kv, const Sweep& sweep) const;
  void store_heads(const HeadKernels& all, Part part, Scale unit, Range heads, std::byte* kv, const Sweep& sweep,
                   size_t b) const;
  void attend_heads(const HeadKernels& all, Range heads, std::byte* kv, size_t heads_per_kv, size_t length, size_t b,
                    uint32_t worker) const;
  void attend_f32_heads(const HeadKernels& all, Range heads, std::byte* kv, size_t heads_per_kv, size_t length,
                        size_t b, uint32_t worker) const;
  HeadCache head_cache(std::byte* kv, size_t first) const;
  void rotate(const Vectors& head, size_t b) const;
  Scale to_cached_form(const Vectors& head, Scale scale) const;
  void store_query(const Vectors& q, Scale scale, size_t head, size_t b) const;
  void store_key(const Vectors& k, Scale scale, const KvHead& cache, size_t position) const;
  void store_value(const Vectors& v, Scale scale, const KvHead& cache, size_t position) const;
  Multiplier to_cached_scale(const int32_t* head, Scale scale, uint8_t* code) const;
  void attend_f32(const KvHead& kv, float* q, size_t length, uint32_t worker) const;
  Scale attend_narrow(const KvHead& kv, const int8_t* query, Scale query_scale, int32_t* out, size_t length,
                      uint32_t worker) const;

  bool integer() const { return arithmetic_ == Arithmetic::kInteger; }
  bool kv_narrow() const { return cache_.layout().type != KvType::kF32; }
  bool kv_i4() const { return kv_int4::kLinked && cache_.layout().type == KvType::kI4; }
  // The kernels for all heads, where the set has them and they are for this model and cache.
  const HeadKernels* heads_at_once() const {
    return integer() && cache_.layout().type == KvType::kI8 ? head_kernels(kernels_) : nullptr;
  }
  // Those for attention over a cache of f32.
  const HeadKernels* f32_heads_at_once() const { return kv_narrow() ? nullptr : head_kernels(kernels_); }
  // Behind the scores of a worker and their weights, for an int4 cache.
  int8_t* unpacked(uint32_t worker) const {
    return reinterpret_cast<int8_t*>(a_.att + (worker + 1) * a_.att_bytes) - kv_int4::scratch_bytes(cache_.layout());
  }
  // Always inline: its calls would take more of a chip than it does.
  [[gnu::always_inline]] Scale* head_scales(size_t b) const { return a_.head_scales + b * config_.n_heads; }

  const Model& model_;
  const ModelConfig& config_;
  const Kernels& kernels_;
  const Products& products_;
  const Activations& a_;
  const KvCache cache_;
  const Arithmetic arithmetic_;
  const float softmax_scale_;  // 1 / sqrt(head_dim)
  const Scale score_scale_;    // the same for scores_i8: times log2(e), its units, and the unit of scale codes
};

}  // namespace thimble
