// Synthetic models, made from a seed: the same floats on every machine, no data files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <vector>

#include "thimble/model.h"
#include "tools/convert/convert.h"
#include "tools/import/imported_model.h"

namespace thimble::testing {

struct FixtureSpec {
  uint32_t dim = 24;
  uint32_t hidden_dim = 44;
  uint32_t n_layers = 3;
  uint32_t n_heads = 4;
  uint32_t n_kv_heads = 2;
  uint32_t vocab_size = 300;
  uint32_t seq_len = 256;
  bool tied = true;
  uint64_t seed = 1;

  uint32_t head_dim() const { return dim / n_heads; }
};

// Names of parameterised tests: "dim24_vocab300".
inline void PrintTo(const FixtureSpec& spec, std::ostream* out) {
  *out << "dim" << spec.dim << "_vocab" << spec.vocab_size << "_seed" << spec.seed;
}

FixtureSpec small_spec();        // tied, shared kv heads, widths that are no multiple of 16, byte pieces
FixtureSpec untied_spec();       // a classifier of its own, as many kv heads as heads
FixtureSpec smallest_spec();     // dim 8, one layer, one head: the example of docs/FORMAT.md
FixtureSpec five_words_spec();   // five pieces, head size 2, an odd width
FixtureSpec least_spec();        // dim 2, hidden_dim 1
FixtureSpec one_kv_head_spec();  // untied, one kv head for all
FixtureSpec medium_spec();       // some 110,000 parameters, DATA of many checksum blocks
std::vector<FixtureSpec> all_specs();
// Few enough bytes to flip each one. 12 pieces, and 12 rows: a panel of 8 and one of 4; no width is a multiple of 16.
FixtureSpec tiny_spec(uint32_t dim = 12);
FixtureSpec wide_heads_spec();  // one kv head of 40, for caches of int4; not among all

struct FixtureTensor {
  Role role = Role::kTokenEmbedding;
  uint32_t layer = 0;
  uint32_t rows = 0;
  uint32_t cols = 0;
  std::vector<float> values;  // [rows, cols]
};

struct Fixture {
  FixtureSpec spec;
  ModelConfig config;
  std::vector<FixtureTensor> tensors;

  // Throws std::out_of_range when the model has no such tensor. `layer` is ignored outside layers. The classifier
  // of a tied model is its embedding.
  const FixtureTensor& tensor(Role role, uint32_t layer = 0) const;
  FixtureTensor& tensor(Role role, uint32_t layer = 0);
};

// Weights scaled so that activations stay near 1 and logits spread over several units: the best token is no tie.
Fixture make_fixture(const FixtureSpec& spec);

// As a llama2.c checkpoint. Version 2 rounds to int8 in groups of group_size over each flattened tensor, norms
// apart; group_size must divide the weights of every tensor.
std::vector<std::byte> to_llama2c_v0(const Fixture& fixture);
std::vector<std::byte> to_llama2c_v1(const Fixture& fixture);
std::vector<std::byte> to_llama2c_v2(const Fixture& fixture, uint32_t group_size);

// The fixture with the weights that to_llama2c_v2 stores.
Fixture rounded_to_int8(const Fixture& fixture, uint32_t group_size);

// Ready to convert, with a vocabulary of its own.
tools::ImportedModel to_imported(const Fixture& fixture);
tools::ImageBytes to_thm(const Fixture& fixture, tools::WeightType type = tools::WeightType::kF32);

// The weight that the bytes of a tensor stand for, by a decoder that shares nothing with the quantiser or the kernels.
double stored_weight(const TensorView& tensor, size_t row, size_t col);

// The fixture with the weights that to_thm stores, read back from the image by stored_weight.
Fixture dequantized(const Fixture& fixture, tools::WeightType type);

}  // namespace thimble::testing
