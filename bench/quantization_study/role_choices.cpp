// Which roles of matrices deserve 8 bits, and what whole types lose. Rounded by the quantiser of `thimble convert`.

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "bench/quantization_study/choices.h"
#include "bench/quantization_study/roundings.h"
#include "bench/quantization_study/table.h"
#include "format/reader.h"

namespace thimble::study {
namespace {

using Roles = std::vector<Role>;

const Roles kLayerRoles = {Role::kWq, Role::kWk, Role::kWv, Role::kWo, Role::kWGate, Role::kWUp, Role::kWDown};
const Roles kMixedRoles = {Role::kWq, Role::kWGate, Role::kWUp};  // in q4 in the type mixed

bool contains(const Roles& roles, Role role) { return std::find(roles.begin(), roles.end(), role) != roles.end(); }

// The roundings of a whole model, made once: sets of roles only choose among them.
struct BothTypes {
  explicit BothTypes(const Study& study)
      : q8(change(study.weights, [](TensorName) { return converted(DType::kQ8); })),
        q4(change(study.weights, [](TensorName) { return converted(DType::kQ4); })) {}

  Rounding operator()(TensorName name, bool narrow) const {
    const Matrix& m = (narrow ? q4 : q8).weights.at(name);
    const auto bytes = static_cast<double>(tensor_bytes(narrow ? DType::kQ4 : DType::kQ8, m.rows, m.cols));
    return [&m, bytes](const Weights&, TensorName) { return Rounded{m, bytes}; };
  }

  Changed q8;
  Changed q4;
};

struct SetScore {
  double bytes_per_weight = 0;
  double bytes = 0;
  Score score;
};

// The roles in `narrow` in q4, the rest in q8.
SetScore score_set(const Study& study, const BothTypes& types, const Roles& narrow, const Numerics& numerics = {}) {
  const Changed changed = change(study.weights, [&](TensorName t) { return types(t, contains(narrow, t.role)); });
  return {changed.bytes / changed.count, changed.bytes, study.judge.score(changed.weights, numerics)};
}

std::string names_of(const Roles& roles) {
  std::string text;
  for (const Role role : roles) text += std::string(text.empty() ? "" : " ") + role_name(role);
  return text;
}

}  // namespace

void print_roles(const Study& study) {
  const BothTypes types(study);
  const SetScore base = score_set(study, types, {});
  // What the step between q8 and q4 changes, 1e-6 nats/token for each byte.
  constexpr const char* kPerByte = "   cost/byte";
  const auto print_change = [&](const std::string& name, const SetScore& set, const SetScore& other) {
    print_score(name, set.bytes_per_weight, set.score, "");
    const double nats = set.score.mean_more() - other.score.mean_more();
    std::printf(" %11.4f\n", 1e6 * nats / (other.bytes - set.bytes));
  };
  print_head("roles in q4, the rest in q8", "bytes/weight", kPerByte);
  print_score("none", base.bytes_per_weight, base.score);
  for (const Role role : kLayerRoles) print_change(role_name(role), score_set(study, types, {role}), base);
  print_change("embedding and classifier", score_set(study, types, {Role::kTokenEmbedding, Role::kClassifier}), base);

  print_head("roles kept in q8, the rest of the layers in q4, embedding and classifier in q8", "bytes/weight",
             kPerByte);
  const SetScore most = score_set(study, types, kLayerRoles);
  print_score("none (the type q4)", most.bytes_per_weight, most.score);
  for (const Role kept : kLayerRoles) {
    Roles narrow = kLayerRoles;
    narrow.erase(std::find(narrow.begin(), narrow.end(), kept));
    print_change(role_name(kept), score_set(study, types, narrow), most);
  }

  print_head("mixed, and mixed with one role changed", "bytes/weight", kPerByte);
  const SetScore mixed = score_set(study, types, kMixedRoles);
  print_score("mixed", mixed.bytes_per_weight, mixed.score);
  for (const Role changed : kLayerRoles) {
    Roles narrow = kMixedRoles;
    const bool widens = std::erase(narrow, changed) != 0;
    if (!widens) narrow.push_back(changed);
    print_change(std::string(role_name(changed)) + (widens ? " in q8 too" : " in q4 too"),
                 score_set(study, types, narrow), mixed);
  }
}

// All sets of layer roles; printed are those that no smaller set matches, by divergence, whose noise is the least.
void print_sets(const Study& study) {
  const BothTypes types(study);
  struct Set {
    Roles narrow;
    SetScore result;
  };
  std::vector<Set> sets;
  for (unsigned bits = 0; bits < 1u << kLayerRoles.size(); ++bits) {
    Roles narrow;
    for (size_t i = 0; i < kLayerRoles.size(); ++i) {
      if ((bits >> i & 1u) != 0) narrow.push_back(kLayerRoles[i]);
    }
    sets.push_back({narrow, score_set(study, types, narrow)});
  }
  const auto divergence = [](const Set& set) { return set.result.score.mean_divergence(); };
  std::sort(sets.begin(), sets.end(), [&](const Set& a, const Set& b) {
    return a.result.bytes != b.result.bytes ? a.result.bytes < b.result.bytes : divergence(a) < divergence(b);
  });
  print_head("roles in q4, best sets by size (*: mixed); embedding and classifier in q8", "bytes/weight");
  double least = std::numeric_limits<double>::infinity();
  for (const Set& set : sets) {
    const bool best = divergence(set) < least;
    if (best) least = divergence(set);
    const bool mixed = set.narrow == kMixedRoles;
    if (!best && !mixed) continue;
    print_score((mixed ? "* " : "") + names_of(set.narrow), set.result.bytes_per_weight, set.result.score);
  }
}

// As the integer engine computes, except for its norms, residual stream and gate, which are finer than all of this.
void print_types(const Study& study) {
  const BothTypes types(study);
  Numerics engine;
  engine.activations = true;
  Numerics with_cache = engine;
  with_cache.queries = with_cache.exp_table = true;
  with_cache.keys = with_cache.values = KvSpan::kHead;
  with_cache.kv_scale = ScaleForm::kCode8;
  with_cache.product_bits = 14;
  print_head("whole types: int8 activations; embedding and classifier in q8", "bytes/weight");
  const auto line = [&](const std::string& name, const Roles& narrow) {
    const SetScore f32 = score_set(study, types, narrow, engine);
    print_score(name + ", kv cache f32", f32.bytes_per_weight, f32.score);
    const SetScore int8 = score_set(study, types, narrow, with_cache);
    print_score(name + ", kv cache int8", int8.bytes_per_weight, int8.score);
  };
  line("q8", {});
  line("mixed", kMixedRoles);
  line("q4", kLayerRoles);
}

}  // namespace thimble::study
