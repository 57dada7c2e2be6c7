// A forward pass in plain floats whose activations and kv cache can be rounded to the integers under study and straight
// back. The weights come rounded already, or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "bench/quantization_study/weights.h"

namespace thimble::study {

enum class ScaleForm { kF32, kCode8, kPowerOfTwo };
enum class KvSpan { kOff, kPosition, kHead };  // off: floats; else int8, and what shares a scale

// What becomes narrow besides the weights.
struct Numerics {
  bool activations = false;  // int8, a scale per vector: the inputs of all matrices
  KvSpan keys = KvSpan::kOff;
  KvSpan values = KvSpan::kOff;
  ScaleForm kv_scale = ScaleForm::kF32;
  bool queries = false;    // int8, a scale per head
  bool exp_table = false;  // attention: exponentials of 15 bits in steps of 1/256 octave
  int product_bits = 0;    // attention: bits of exponential times scale of the value; 0: exact; needs int8 values
  ScaleForm activation_scale = ScaleForm::kF32;
};

// A matrix in panels of kTile rows, columns outermost: the loops over rows become vectors.
class PackedMatrix {
 public:
  explicit PackedMatrix(const Matrix& m);
  std::vector<float> times(const std::vector<float>& x) const;  // x [n, cols] to [n, rows]

 private:
  static constexpr size_t kTile = 32;
  size_t rows_;
  size_t cols_;
  std::vector<float> w_;
};

// `weights` must outlive it.
class Network {
 public:
  Network(const Weights& weights, const Numerics& numerics);
  std::vector<float> run(const Tokens& tokens) const;  // logits [tokens, vocab_size]

 private:
  // A head of a story: n positions, its keys transposed and its values padded so that the loops become vectors.
  struct HeadCache {
    size_t n = 0;
    size_t width = 0;           // head_dim in whole vectors
    std::vector<float> keys;    // [head_dim, n]
    std::vector<float> values;  // [n, width]
  };

  std::vector<float> times(TensorName name, const std::vector<float>& x) const { return packed_.at(name).times(x); }
  void make_narrow(std::vector<float>* x, size_t width) const;
  std::vector<float> norm(const std::vector<float>& x, TensorName name) const;
  void rotate(std::vector<float>* heads, size_t width) const;
  std::vector<float> make_cache(std::vector<float>* kv, KvSpan span) const;
  std::vector<float> attention(const std::vector<float>& xb, uint32_t layer) const;
  HeadCache head_cache(const std::vector<float>& k, const std::vector<float>& v, size_t kv_head) const;
  static void scores(const HeadCache& cache, std::span<const float> q, std::span<float> a);
  static void mix(const HeadCache& cache, std::span<const float> a, float sum, std::span<float> out);
  float weigh(std::span<float> a, const std::vector<float>& v_scales, size_t kv_head) const;
  void round_products(std::span<float> a, const std::vector<float>& v_scales, size_t kv_head) const;

  const Weights& weights_;
  Numerics numerics_;
  std::map<TensorName, PackedMatrix> packed_;
  std::vector<float> rope_;  // [max_context, head_dim]: cos, sin of each pair
};

}  // namespace thimble::study
