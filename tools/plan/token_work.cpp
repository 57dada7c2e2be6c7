#include "tools/plan/token_work.h"

#include <algorithm>
#include <string>

#include "base/checked.h"
#include "base/quantized_layout.h"
#include "engine/stages.h"
#include "engine/streaming/resident_runs.h"
#include "format/roles.h"
#include "tools/error.h"

namespace thimble::tools {
namespace {

// Columns as a kernel walks over them.
double padded_columns(const TensorView& tensor) {
  switch (tensor.type) {
    case DType::kQ8:
      return round_up<uint32_t>(tensor.cols, 16);
    case DType::kQ4:
      return round_up<uint32_t>(tensor.cols, kQ4Block);
    default:
      return round_up<uint32_t>(tensor.cols, 8);
  }
}

// Collects the work of one sweep.
class Collector {
 public:
  Collector(const Model& model, const Plan& plan, const KernelCosts& costs, const Sweep& sweep)
      : model_(model),
        plan_(plan),
        costs_(costs),
        sweep_(sweep),
        c_(plan.config),
        stages_(plan.arithmetic == Arithmetic::kInteger ? costs.integer_stages : costs.float_stages),
        tokens_(sweep.tokens) {}

  std::vector<Work> collect() {
    for (uint32_t i = 0; i < model_.tensor_count(); ++i) add_product(i);
    add_kv_cache();
    add_others();
    return works_;
  }

 private:
  double cost(const std::string& stage, const std::string& unit, double otherwise = 0) const {
    const auto costs = stages_.find(stage);
    if (costs == stages_.end()) return otherwise;
    const auto found = costs->second.find(unit);
    return found == costs->second.end() ? otherwise : found->second;
  }

  // Elements that become int8 by the largest of them, whose largest is looked for, and that become int8 by a scale; and
  // the calls for these.
  double cost_of_rounding(double quantised, double largest, double rescaled, double calls) const {
    const double element = cost("quantise", "element");
    return element * quantised + cost("quantise", "largest", element) * largest +
           cost("quantise", "rescaled", element) * rescaled + cost("quantise", "head") * calls;
  }

  // The logits of one token, for which there is the room of a whole sweep.
  uint32_t logits_calls() const {
    const uint32_t rows = plan_.logits_rows * plan_.options.max_batch;
    return (c_.vocab_size + rows - 1) / rows;
  }

  void add_product(uint32_t index) {
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    const TensorView tensor = model_.tensor_at(index, &role, &layer);
    const bool classifier = role == Role::kClassifier || (role == Role::kTokenEmbedding && c_.tied_classifier);
    if (format::row_of(role).kind == format::Kind::kNorm) return;
    if (!classifier && role == Role::kTokenEmbedding) return;  // one row of it
    if (classifier && !sweep_.logits) return;
    const auto units = costs_.products.find(dtype_name(tensor.type));
    if (units == costs_.products.end()) {
      throw Error("kernels " + costs_.name + ": nobody has counted products of " + dtype_name(tensor.type));
    }
    const double calls = classifier ? logits_calls() : 1;
    double cycles = units->second.at("mac") * tensor.rows * padded_columns(tensor) +
                    units->second.at("row") * tensor.rows + units->second.at("call") * calls;
    if (!classifier) cycles *= tokens_;
    add_parts(index, product_stage(role), cycles, joins_of(role, calls));
  }

  // Each part of a matrix from where it lies.
  void add_parts(uint32_t index, const char* stage, double cycles, double joins) {
    const auto homes = homes_of(plan_, model_, index, sweep_.elsewhere);
    double all = 0;
    for (const uint64_t bytes : homes) all += static_cast<double>(bytes);
    const bool stripes =
        plan_.options.weights == WeightHome::kStreamed && ResidentRuns(model_, plan_).stripes().count() > 0;
    for (size_t medium = 0; medium < kMediumCount; ++medium) {
      if (homes[medium] == 0) continue;
      const auto bytes = static_cast<double>(homes[medium]);
      const bool in_turns = stripes && static_cast<Medium>(medium) == Medium::kCard;  // the last one
      works_.push_back({stage, cycles * bytes / all, true, joins, static_cast<Medium>(medium), bytes, in_turns});
      joins = 0;
    }
  }

  // Matrices that one call of the workers multiplies are counted with the first of them.
  static double joins_of(Role role, double calls) {
    if (role == Role::kWk || role == Role::kWv || role == Role::kWUp) return 0;
    return calls;
  }

  // The layers of the cache that are not in fast memory, as far as the context is in use.
  void add_kv_cache() {
    double in_bulk = 0;
    for (size_t i = 0; i < plan_.kv_run_count; ++i) {
      if (plan_.kv_runs[i].place.region == Region::kBulk) in_bulk += plan_.kv_runs[i].layers;
    }
    const double share = sweep_.positions / plan_.options.context;
    const double positions = c_.n_layers * sweep_.positions;
    Work work;
    work.stage = "attention";
    work.cycles = tokens_ * (cost("attention", "mac") * positions * c_.q_dim() +
                             cost("attention", "position") * positions * c_.n_heads +
                             cost("attention", "element") * c_.n_layers * c_.q_dim() +
                             cost("attention", "head") * c_.n_layers * c_.n_heads);
    work.shared = true;
    work.joins = c_.n_layers;
    work.medium = in_bulk > 0 ? Medium::kBulk : Medium::kFast;
    work.bytes = tokens_ * in_bulk * share * static_cast<double>(plan_.kv_layer_bytes);
    works_.push_back(std::move(work));
  }

  void add(const std::string& stage, double cycles, bool shared) {
    if (cycles > 0) works_.push_back({stage, cycles, shared, 0, Medium::kFast, 0});
  }

  // What is no product. The workers gate, make the logits, and do what is done head by head: they rotate, quantise
  // queries, and find keys and values the scale that they are stored with.
  void add_others() {
    const double layers = c_.n_layers;
    const double all_heads = c_.n_heads + c_.n_kv_heads;
    const double norms = 2 * layers + 1;
    add("norms", tokens_ * (cost("norms", "element") * norms * c_.dim + cost("norms", "call") * norms), false);
    add("quantise",
        tokens_ * layers * cost_of_rounding(c_.q_dim(), 2 * c_.kv_dim(), c_.kv_dim(), c_.n_heads + 3 * c_.n_kv_heads),
        true);
    add("quantise",
        tokens_ * (layers * (cost_of_rounding(2 * c_.dim + c_.hidden_dim, 4 * c_.dim + c_.q_dim(), c_.q_dim(),
                                              2 * c_.n_heads) +
                             cost("quantise", "layer")) +
                   cost_of_rounding(c_.dim, 0, 0, 0)),
        false);
    add("rope", tokens_ * layers * all_heads * (cost("rope", "element") * c_.head_dim + cost("rope", "call")), true);
    add("gate", tokens_ * layers * (cost("gate", "element") * c_.hidden_dim + cost("gate", "call")), true);
    add("add", tokens_ * 2 * layers * (cost("add", "element") * c_.dim + cost("add", "call")), false);
    if (sweep_.logits) {
      add("logits", cost("logits", "element") * c_.vocab_size + cost("logits", "call") * logits_calls(), true);
      add("sampler", cost("sampler", "element") * c_.vocab_size + cost("sampler", "call"), false);
    }
    // Traced (bench/trace_cycles.py): 49 % of it for the story model and 65 % for stories260K are within the workers'
    // part, which is what heads and elements come to.
    add("engine", tokens_ * layers * (cost("engine", "head") * all_heads + cost("engine", "element") * c_.kv_dim()),
        true);
    add("engine",
        tokens_ * (cost("engine", "layer") * layers + cost("engine", "pair") * c_.head_dim +
                   cost("engine", "dim") * c_.dim + cost("engine", "token")),
        false);
  }

  const Model& model_;
  const Plan& plan_;
  const KernelCosts& costs_;
  const Sweep& sweep_;
  const ModelConfig& c_;
  const std::map<std::string, UnitCosts>& stages_;
  double tokens_;
  std::vector<Work> works_;
};

}  // namespace

std::array<uint64_t, kMediumCount> homes_of(const Plan& plan, const Model& model, uint32_t tensor, Medium elsewhere) {
  const TensorView view = model.tensor_at(tensor, nullptr, nullptr);
  std::array<uint64_t, kMediumCount> bytes{};
  if (plan.options.weights != WeightHome::kStreamed) {
    bytes[static_cast<size_t>(is_resident(plan, model, tensor) ? Medium::kFast : elsewhere)] = view.bytes;
    return bytes;
  }
  uint64_t outside = view.bytes;
  const auto add = [&](uint64_t run_first, uint64_t run_last, Region region) {
    const uint64_t first = std::max(run_first, view.offset);
    const uint64_t last = std::min(run_last, view.offset + view.bytes);
    if (first >= last) return;
    bytes[static_cast<size_t>(region == Region::kFast ? Medium::kFast : Medium::kBulk)] += last - first;
    outside -= last - first;
  };
  const ResidentRuns runs(model, plan);
  for (const ResidentRun& run : runs.all()) add(run.first, run.last, run.place.region);
  for (uint32_t i = 0; i < runs.stripes().count(); ++i) {
    const Stripes::Kept kept = runs.stripes().kept(i);
    add(kept.first, kept.last, runs.stripes_place().region);
  }
  bytes[static_cast<size_t>(elsewhere)] += outside;
  return bytes;
}

std::vector<Work> sweep_work(const Model& model, const Plan& plan, const KernelCosts& costs, const Sweep& sweep) {
  return Collector(model, plan, costs, sweep).collect();
}

}  // namespace thimble::tools
