// Synthetic models from a seed: every shape a test needs without a data file, and their form in foreign formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "tools/convert/convert.h"

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

// Tied, grouped-query, no size a multiple of eight but dim, with byte fallback: the usual one.
FixtureSpec small_spec();
// A classifier of its own, as many key/value heads as heads.
FixtureSpec untied_spec();
// Both of them, the smallest shapes there are, and one of 100,000 parameters.
std::vector<FixtureSpec> all_specs();

// Weights by role and layer (0 for roles outside layers), row after row.
struct Fixture {
  FixtureSpec spec;
  std::map<std::pair<Role, uint32_t>, std::vector<float>> tensors;

  const std::vector<float>& tensor(Role role, uint32_t layer = 0) const { return tensors.at({role, layer}); }
};

// The same weights for the same spec on every machine; scaled so that logits differ clearly.
Fixture make_fixture(const FixtureSpec& spec);

std::vector<std::byte> to_llama2c_v0(const Fixture& fixture);
std::vector<std::byte> to_llama2c_v1(const Fixture& fixture);
// int8 in groups over the flattened tensors; every tensor's size must be a multiple of group_size.
std::vector<std::byte> to_llama2c_v2(const Fixture& fixture, uint32_t group_size);

// By way of v0 and a seeded vocabulary; the result owns its bytes.
tools::ImportedModel to_imported(const Fixture& fixture);
tools::ImageBytes to_thm(const Fixture& fixture);

}  // namespace thimble::testing
