#include "tests/support/model_fixture.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "tests/support/vocabulary_fixture.h"

namespace thimble::testing {
namespace {

// Uniform in [-1, 1) from a counter (splitmix64), the same on every machine.
class Uniform {
 public:
  explicit Uniform(uint64_t seed) : state_(seed) {}
  float next() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return static_cast<float>(static_cast<int32_t>(z >> 40) - (1 << 23)) / static_cast<float>(1 << 23);
  }

 private:
  uint64_t state_;
};

constexpr Role kLayerRoles[] = {Role::kAttentionNorm, Role::kWq,    Role::kWk,  Role::kWv,   Role::kWo,
                                Role::kFfnNorm,       Role::kWGate, Role::kWUp, Role::kWDown};

std::pair<uint32_t, uint32_t> shape(const FixtureSpec& s, Role role) {
  const uint32_t kv_dim = s.head_dim() * s.n_kv_heads;
  switch (role) {
    case Role::kTokenEmbedding:
    case Role::kClassifier: return {s.vocab_size, s.dim};
    case Role::kWk:
    case Role::kWv: return {kv_dim, s.dim};
    case Role::kWGate:
    case Role::kWUp: return {s.hidden_dim, s.dim};
    case Role::kWDown: return {s.dim, s.hidden_dim};
    case Role::kWq:
    case Role::kWo: return {s.dim, s.dim};
    default: return {1, s.dim};
  }
}

bool is_norm(Role role) { return role == Role::kAttentionNorm || role == Role::kFfnNorm || role == Role::kFinalNorm; }

std::vector<float> random_tensor(const FixtureSpec& s, Role role, uint64_t seed) {
  const auto [rows, cols] = shape(s, role);
  Uniform uniform(seed);
  std::vector<float> values(size_t{rows} * cols);
  // Uniform numbers have variance 1/3: sqrt(3 / cols) keeps a product at the size of its input; a little more makes
  // the layers matter.
  const float scale = 1.5f * std::sqrt(3.0f / static_cast<float>(cols));
  for (float& v : values) v = is_norm(role) ? 1.0f + 0.25f * uniform.next() : scale * uniform.next();
  return values;
}

void put_u32(std::vector<std::byte>* out, uint32_t value) {
  out->resize(out->size() + 4);
  store_u32(out->data() + out->size() - 4, value);
}

void put_floats(std::vector<std::byte>* out, const std::vector<float>& values) {
  for (const float v : values) put_u32(out, std::bit_cast<uint32_t>(v));
}

void put_params(std::vector<std::byte>* out, const FixtureSpec& s, bool signed_vocab) {
  for (const uint32_t v : {s.dim, s.hidden_dim, s.n_layers, s.n_heads, s.n_kv_heads}) put_u32(out, v);
  put_u32(out, signed_vocab && !s.tied ? 0u - s.vocab_size : s.vocab_size);
  put_u32(out, s.seq_len);
}

// Everything but the norms, in the order of all llama2.c formats from version 1 on.
std::vector<std::pair<Role, uint32_t>> matrices(const Fixture& f) {
  std::vector<std::pair<Role, uint32_t>> order = {{Role::kTokenEmbedding, 0}};
  for (const Role role :
       {Role::kWq, Role::kWk, Role::kWv, Role::kWo, Role::kWGate, Role::kWDown, Role::kWUp}) {
    for (uint32_t layer = 0; layer < f.spec.n_layers; ++layer) order.emplace_back(role, layer);
  }
  if (!f.spec.tied) order.emplace_back(Role::kClassifier, 0);
  return order;
}

void put_layers(std::vector<std::byte>* out, const Fixture& f, Role role) {
  for (uint32_t layer = 0; layer < f.spec.n_layers; ++layer) put_floats(out, f.tensor(role, layer));
}

// Header of versions 1 and 2, padded to 256 bytes, and the norms behind it.
std::vector<std::byte> versioned_header(const Fixture& f, uint32_t version, uint32_t group_size) {
  std::vector<std::byte> out;
  put_u32(&out, 0x616b3432);  // "ak42"
  put_u32(&out, version);
  put_params(&out, f.spec, false);
  out.push_back(f.spec.tied ? std::byte{1} : std::byte{0});
  if (version == 2) put_u32(&out, group_size);
  out.resize(256);
  put_layers(&out, f, Role::kAttentionNorm);
  put_layers(&out, f, Role::kFfnNorm);
  put_floats(&out, f.tensor(Role::kFinalNorm));
  return out;
}

void put_groups(std::vector<std::byte>* out, const std::vector<float>& values, uint32_t group_size) {
  std::vector<float> scales;
  for (size_t at = 0; at < values.size(); at += group_size) {
    float most = 0;
    for (size_t i = at; i < at + group_size; ++i) most = std::max(most, std::abs(values[i]));
    const float scale = most / 127.0f;
    scales.push_back(scale);
    for (size_t i = at; i < at + group_size; ++i) {
      const float q = scale == 0 ? 0 : std::round(values[i] / scale);
      out->push_back(static_cast<std::byte>(static_cast<int8_t>(q)));
    }
  }
  put_floats(out, scales);
}

}  // namespace

FixtureSpec small_spec() { return {}; }

FixtureSpec untied_spec() {
  FixtureSpec s;
  s.dim = 40;
  s.hidden_dim = 52;
  s.n_layers = 2;
  s.n_heads = 5;
  s.n_kv_heads = 5;
  s.vocab_size = 333;
  s.tied = false;
  s.seed = 2;
  return s;
}

std::vector<FixtureSpec> all_specs() {
  const FixtureSpec least{2, 1, 1, 1, 1, 8, 4, true, 3};
  const FixtureSpec one_kv_head{12, 17, 2, 6, 1, 9, 33, false, 4};
  const FixtureSpec larger{64, 172, 2, 8, 4, 400, 128, true, 5};
  return {small_spec(), untied_spec(), least, one_kv_head, larger};
}

Fixture make_fixture(const FixtureSpec& spec) {
  Fixture f;
  f.spec = spec;
  uint64_t seed = spec.seed << 32;
  const auto add = [&](Role role, uint32_t layer) { f.tensors[{role, layer}] = random_tensor(spec, role, ++seed << 8); };
  add(Role::kTokenEmbedding, 0);
  for (uint32_t layer = 0; layer < spec.n_layers; ++layer) {
    for (const Role role : kLayerRoles) add(role, layer);
  }
  add(Role::kFinalNorm, 0);
  if (!spec.tied) add(Role::kClassifier, 0);
  return f;
}

std::vector<std::byte> to_llama2c_v0(const Fixture& f) {
  std::vector<std::byte> out;
  put_params(&out, f.spec, true);
  put_floats(&out, f.tensor(Role::kTokenEmbedding));
  for (const Role role : {Role::kAttentionNorm, Role::kWq, Role::kWk, Role::kWv, Role::kWo, Role::kFfnNorm,
                          Role::kWGate, Role::kWDown, Role::kWUp}) {
    put_layers(&out, f, role);
  }
  put_floats(&out, f.tensor(Role::kFinalNorm));
  out.resize(out.size() + size_t{f.spec.seq_len} * f.spec.head_dim() * sizeof(float));  // the dead rope tables
  if (!f.spec.tied) put_floats(&out, f.tensor(Role::kClassifier));
  return out;
}

std::vector<std::byte> to_llama2c_v1(const Fixture& f) {
  std::vector<std::byte> out = versioned_header(f, 1, 0);
  for (const auto& [role, layer] : matrices(f)) put_floats(&out, f.tensor(role, layer));
  return out;
}

std::vector<std::byte> to_llama2c_v2(const Fixture& f, uint32_t group_size) {
  std::vector<std::byte> out = versioned_header(f, 2, group_size);
  for (const auto& [role, layer] : matrices(f)) put_groups(&out, f.tensor(role, layer), group_size);
  return out;
}

tools::ImportedModel to_imported(const Fixture& f) {
  const auto bytes = std::make_shared<const std::vector<std::byte>>(to_llama2c_v0(f));
  tools::ImportedModel model = tools::import_llama2c(*bytes, "fixture.bin");
  model.vocabulary = make_vocabulary(f.spec.vocab_size, f.spec.seed);
  model.keep_alive = bytes;
  return model;
}

tools::ImageBytes to_thm(const Fixture& f) { return tools::convert(to_imported(f), {}); }

}  // namespace thimble::testing
