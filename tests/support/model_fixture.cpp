#include "tests/support/model_fixture.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "base/checksum.h"
#include "tests/support/vocabulary_fixture.h"

namespace thimble::testing {
namespace {

bool is_norm(Role role) { return role == Role::kAttentionNorm || role == Role::kFfnNorm || role == Role::kFinalNorm; }

// The seed, the tensor and the place in it decide a weight, whatever else is drawn.
uint64_t mix(uint64_t seed, uint64_t tensor, uint64_t index) {
  uint64_t z = seed * 0xd1342543de82ef95u + tensor * 0xaf251af3b0f025b5u + index * 0x9e3779b97f4a7c15u;
  for (const uint64_t multiplier : {0xff51afd7ed558ccdu, 0xc4ceb9fe1a85ec53u}) {
    z = (z ^ (z >> 33)) * multiplier;
  }
  return z ^ (z >> 33);
}

// Uniform in [-1, 1) on a grid of 2^-23: exact in float.
float uniform(uint64_t bits) { return static_cast<float>(static_cast<int64_t>(bits >> 40) - (1 << 23)) / 0x1p23f; }

// Half the width of the uniform distribution that weights are drawn from. Width 1 has a deviation of 1/sqrt(3).
float amplitude(Role role, uint32_t cols) {
  const float unit = std::sqrt(3.0f / static_cast<float>(cols));  // keeps the size of what is multiplied
  const bool attention = role == Role::kWq || role == Role::kWk;
  return attention ? 1.5f * unit : unit;  // attention that prefers some positions
}

// The final norm spreads the logits. Larger embeddings would too, but they would drown what the layers add, and a
// tied model would repeat its last token for ever.
float norm_level(Role role) { return role == Role::kFinalNorm ? 3.0f : 1.0f; }

void add_tensor(Fixture* fixture, Role role, uint32_t layer, uint32_t rows, uint32_t cols) {
  const uint64_t stream = static_cast<uint64_t>(role) << 32 | layer;
  FixtureTensor tensor{role, layer, rows, cols, std::vector<float>(size_t{rows} * cols)};
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    const float u = uniform(mix(fixture->spec.seed, stream, i));
    tensor.values[i] = is_norm(role) ? norm_level(role) * (1.0f + 0.25f * u) : amplitude(role, cols) * u;
  }
  fixture->tensors.push_back(std::move(tensor));
}

ModelConfig make_config(const FixtureSpec& s) {
  ModelConfig c;
  c.dim = s.dim;
  c.hidden_dim = s.hidden_dim;
  c.n_layers = s.n_layers;
  c.n_heads = s.n_heads;
  c.n_kv_heads = s.n_kv_heads;
  c.head_dim = s.head_dim();
  c.vocab_size = s.vocab_size;
  c.max_context = s.seq_len;
  c.rope_theta = 10000.0f;
  c.norm_eps = 1e-5f;
  c.tied_classifier = s.tied;
  return c;
}

// make_vocabulary begins at 8 pieces.
tools::Vocabulary vocabulary_for(const FixtureSpec& spec) {
  constexpr uint32_t kFewest = 8;
  tools::Vocabulary vocabulary = make_vocabulary(std::max(spec.vocab_size, kFewest), spec.seed);
  if (spec.vocab_size < kFewest) {
    vocabulary.pieces.resize(spec.vocab_size);
    if (spec.vocab_size > 3) vocabulary.pieces[3] = {" ", -1, PieceType::kNormal};
    if (spec.vocab_size > 4) vocabulary.pieces[4] = {"a", -2, PieceType::kNormal};
  }
  return vocabulary;
}

}  // namespace

FixtureSpec small_spec() { return {}; }
FixtureSpec untied_spec() { return {40, 52, 2, 5, 5, 333, 256, false, 2}; }
FixtureSpec smallest_spec() { return {8, 8, 1, 1, 1, 8, 16, true, 3}; }
FixtureSpec five_words_spec() { return {12, 17, 1, 6, 3, 5, 9, false, 4}; }
FixtureSpec least_spec() { return {2, 1, 1, 1, 1, 8, 4, true, 5}; }
FixtureSpec one_kv_head_spec() { return {20, 36, 3, 5, 1, 33, 40, false, 6}; }
FixtureSpec tiny_spec(uint32_t dim) {
  return {.dim = dim,
          .hidden_dim = 5,
          .n_layers = 1,
          .n_heads = 2,
          .n_kv_heads = 1,
          .vocab_size = 12,
          .seq_len = 8,
          .tied = true,
          .seed = 6};
}

FixtureSpec wide_heads_spec() { return {80, 36, 2, 2, 1, 40, 70, true, 8}; }
FixtureSpec medium_spec() { return {64, 172, 2, 8, 4, 300, 256, true, 7}; }

std::vector<FixtureSpec> all_specs() {
  return {small_spec(), untied_spec(),      smallest_spec(), five_words_spec(),
          least_spec(), one_kv_head_spec(), medium_spec()};
}

const FixtureTensor& Fixture::tensor(Role role, uint32_t layer) const {
  if (role == Role::kClassifier && config.tied_classifier) role = Role::kTokenEmbedding;
  for (const FixtureTensor& t : tensors) {
    if (t.role == role && (!in_layer(role) || t.layer == layer)) return t;
  }
  throw std::out_of_range("fixture tensor");
}

FixtureTensor& Fixture::tensor(Role role, uint32_t layer) {
  return const_cast<FixtureTensor&>(static_cast<const Fixture*>(this)->tensor(role, layer));
}

Fixture make_fixture(const FixtureSpec& spec) {
  Fixture f{spec, make_config(spec), {}};
  const ModelConfig& c = f.config;
  add_tensor(&f, Role::kTokenEmbedding, 0, c.vocab_size, c.dim);
  for (uint32_t layer = 0; layer < c.n_layers; ++layer) {
    add_tensor(&f, Role::kAttentionNorm, layer, 1, c.dim);
    add_tensor(&f, Role::kWq, layer, c.dim, c.dim);
    add_tensor(&f, Role::kWk, layer, c.kv_dim(), c.dim);
    add_tensor(&f, Role::kWv, layer, c.kv_dim(), c.dim);
    add_tensor(&f, Role::kWo, layer, c.dim, c.dim);
    add_tensor(&f, Role::kFfnNorm, layer, 1, c.dim);
    add_tensor(&f, Role::kWGate, layer, c.hidden_dim, c.dim);
    add_tensor(&f, Role::kWUp, layer, c.hidden_dim, c.dim);
    add_tensor(&f, Role::kWDown, layer, c.dim, c.hidden_dim);
  }
  add_tensor(&f, Role::kFinalNorm, 0, 1, c.dim);
  if (!c.tied_classifier) add_tensor(&f, Role::kClassifier, 0, c.vocab_size, c.dim);
  return f;
}

tools::ImportedModel to_imported(const Fixture& fixture) {
  const auto owned = std::make_shared<const Fixture>(fixture);
  tools::ImportedModel model;
  model.config = owned->config;
  model.vocabulary = vocabulary_for(owned->spec);
  for (const FixtureTensor& t : owned->tensors) {
    const float* values = t.values.data();
    model.tensors.push_back({t.role, t.layer, t.rows, t.cols, [owned, values](uint32_t row, std::span<float> out) {
                               std::copy_n(values + size_t{row} * out.size(), out.size(), out.begin());
                             }});
  }
  model.format = "synthetic";
  model.name = "fixture-" + std::to_string(fixture.spec.seed);
  return model;
}

tools::ImageBytes to_thm(const Fixture& fixture, tools::WeightType type) {
  tools::ConvertOptions options;
  options.type = type;
  options.license = "MIT";
  options.prompts = {"Once upon a time", "The"};
  options.sampling = {{"sampling.temperature", 0.8f}, {"sampling.top_p", 0.95f}};
  return tools::convert(to_imported(fixture), options);
}

// docs/FORMAT.md written down once more.
double stored_weight(const TensorView& t, size_t row, size_t col) {
  const auto byte = [&](size_t at) { return static_cast<int>(static_cast<uint8_t>(t.data[at])); };
  const auto u16 = [&](size_t at) { return byte(at) | byte(at + 1) << 8; };
  const auto as_signed = [](int value, int bits) { return value >= 1 << (bits - 1) ? value - (1 << bits) : value; };
  const double unit = std::ldexp(1.0, t.exponent);
  const size_t plain = row * t.row_bytes;
  switch (t.type) {
    case DType::kF32:
      return static_cast<double>(t.f32_row(row)[col]);
    case DType::kF16: {
      const int half = u16(plain + 2 * col);
      const int field = half >> 10 & 31;
      const double size = field == 0 ? std::ldexp(half & 1023, -24) : std::ldexp(1024 + (half & 1023), field - 25);
      return (half & 0x8000) != 0 ? -size : size;
    }
    case DType::kQ16:
      return as_signed(u16(plain + 2 * col), 16) * unit;
    case DType::kQ8: {
      const size_t panel = row / 8 * (16 + 8 * t.row_bytes);
      return as_signed(byte(panel + 16 + row % 8 * t.row_bytes + col), 8) * u16(panel + row % 8 * 2) * unit;
    }
    case DType::kQ4: {
      const size_t blocks = (t.cols + 31) / 32;
      const size_t header = 16 + (8 * blocks + 15) / 16 * 16;
      const size_t panel = row / 8 * (header + 8 * t.row_bytes);
      const int pair = byte(panel + header + row % 8 * t.row_bytes + col / 32 * 16 + col % 16);
      const int scales = byte(panel + 16 + row % 8 * blocks + col / 32);
      const auto half = [&](int both) { return as_signed(col % 32 < 16 ? both & 15 : both >> 4, 4); };
      return half(pair) * half(scales) * u16(panel + row % 8 * 2) * unit;
    }
  }
  throw std::out_of_range("type of tensor");
}

Fixture dequantized(const Fixture& fixture, tools::WeightType type) {
  const tools::ImageBytes image = to_thm(fixture, type);
  Model model;
  if (!model.open(image.span()).ok()) throw std::runtime_error("fixture does not open");
  Fixture result = fixture;
  for (FixtureTensor& t : result.tensors) {
    const TensorView view = model.tensor(t.role, t.layer);
    for (size_t i = 0; i < t.values.size(); ++i) {
      t.values[i] = static_cast<float>(stored_weight(view, i / t.cols, i % t.cols));
    }
  }
  return result;
}

}  // namespace thimble::testing
