// Fixtures as llama2.c checkpoints, written from the description of the formats and not from the importer.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "base/bytes.h"
#include "tests/support/model_fixture.h"

namespace thimble::testing {
namespace {

using Bytes = std::vector<std::byte>;

void put_u32(Bytes* out, uint32_t v) {
  out->resize(out->size() + 4);
  store_u32(out->data() + out->size() - 4, v);
}

void put_floats(Bytes* out, const std::vector<float>& values) {
  const size_t at = out->size();
  out->resize(at + values.size() * sizeof(float));
  std::memcpy(out->data() + at, values.data(), values.size() * sizeof(float));
}

void put_fields(Bytes* out, const ModelConfig& c, uint32_t vocab_field) {
  for (const uint32_t v : {c.dim, c.hidden_dim, c.n_layers, c.n_heads, c.n_kv_heads, vocab_field, c.max_context}) {
    put_u32(out, v);
  }
}

Bytes versioned_header(const ModelConfig& c, uint32_t version, uint32_t group_size) {
  Bytes out;
  put_u32(&out, 0x616b3432);
  put_u32(&out, version);
  put_fields(&out, c, c.vocab_size);
  out.push_back(std::byte{c.tied_classifier});
  if (version == 2) put_u32(&out, group_size);
  out.resize(256);
  return out;
}

// Group by group over the flattened tensor: the largest magnitude becomes 127.
struct Rounded {
  std::vector<int8_t> q;
  std::vector<float> scales;
};

Rounded round_groups(const std::vector<float>& values, uint32_t group_size) {
  if (values.size() % group_size != 0) throw std::invalid_argument("group_size");
  Rounded out;
  for (size_t at = 0; at < values.size(); at += group_size) {
    float largest = 0;
    for (size_t i = 0; i < group_size; ++i) largest = std::max(largest, std::abs(values[at + i]));
    const float scale = largest / 127.0f;
    out.scales.push_back(scale);
    for (size_t i = 0; i < group_size; ++i) {
      const float q = scale == 0 ? 0 : std::round(values[at + i] / scale);
      out.q.push_back(static_cast<int8_t>(std::clamp(q, -127.0f, 127.0f)));
    }
  }
  return out;
}

void put_rounded(Bytes* out, const std::vector<float>& values, uint32_t group_size) {
  const Rounded rounded = round_groups(values, group_size);
  for (const int8_t q : rounded.q) out->push_back(static_cast<std::byte>(q));
  put_floats(out, rounded.scales);
}

constexpr Role kMatrices[] = {Role::kWq, Role::kWk, Role::kWv, Role::kWo, Role::kWGate, Role::kWDown, Role::kWUp};

void put_all_layers(Bytes* out, const Fixture& f, Role role) {
  for (uint32_t layer = 0; layer < f.config.n_layers; ++layer) put_floats(out, f.tensor(role, layer).values);
}

void put_norms(Bytes* out, const Fixture& f) {
  put_all_layers(out, f, Role::kAttentionNorm);
  put_all_layers(out, f, Role::kFfnNorm);
  put_floats(out, f.tensor(Role::kFinalNorm).values);
}

}  // namespace

Bytes to_llama2c_v0(const Fixture& f) {
  const ModelConfig& c = f.config;
  Bytes out;
  put_fields(&out, c, c.tied_classifier ? c.vocab_size : 0u - c.vocab_size);
  put_floats(&out, f.tensor(Role::kTokenEmbedding).values);
  put_all_layers(&out, f, Role::kAttentionNorm);
  for (const Role role : {Role::kWq, Role::kWk, Role::kWv, Role::kWo}) put_all_layers(&out, f, role);
  put_all_layers(&out, f, Role::kFfnNorm);
  for (const Role role : {Role::kWGate, Role::kWDown, Role::kWUp}) put_all_layers(&out, f, role);
  put_floats(&out, f.tensor(Role::kFinalNorm).values);
  // The table of rotary angles, blank, as some exporters leave it.
  put_floats(&out, std::vector<float>(size_t{c.max_context} * c.head_dim));
  if (!c.tied_classifier) put_floats(&out, f.tensor(Role::kClassifier).values);
  return out;
}

Bytes to_llama2c_v1(const Fixture& f) {
  Bytes out = versioned_header(f.config, 1, 0);
  put_norms(&out, f);
  put_floats(&out, f.tensor(Role::kTokenEmbedding).values);
  for (const Role role : kMatrices) put_all_layers(&out, f, role);
  if (!f.config.tied_classifier) put_floats(&out, f.tensor(Role::kClassifier).values);
  return out;
}

Bytes to_llama2c_v2(const Fixture& f, uint32_t group_size) {
  Bytes out = versioned_header(f.config, 2, group_size);
  put_norms(&out, f);
  put_rounded(&out, f.tensor(Role::kTokenEmbedding).values, group_size);
  for (const Role role : kMatrices) {
    for (uint32_t layer = 0; layer < f.config.n_layers; ++layer) {
      put_rounded(&out, f.tensor(role, layer).values, group_size);
    }
  }
  if (!f.config.tied_classifier) put_rounded(&out, f.tensor(Role::kClassifier).values, group_size);
  return out;
}

Fixture rounded_to_int8(const Fixture& fixture, uint32_t group_size) {
  Fixture out = fixture;
  for (FixtureTensor& t : out.tensors) {
    if (t.role == Role::kAttentionNorm || t.role == Role::kFfnNorm || t.role == Role::kFinalNorm) continue;
    const Rounded rounded = round_groups(t.values, group_size);
    for (size_t i = 0; i < t.values.size(); ++i) {
      t.values[i] = static_cast<float>(rounded.q[i]) * rounded.scales[i / group_size];
    }
  }
  return out;
}

}  // namespace thimble::testing
