#include "tools/plan/prediction.h"

#include <algorithm>
#include <span>

#include "tools/error.h"
#include "tools/plan/token_work.h"

namespace thimble::tools {
namespace {

// A model whose file is on a card, as a chip opens it: its tables are in memory, and its vocabulary stays outside.
struct OnCard {
  std::vector<std::byte> tables;
  Model model;
};

OnCard on_card(const Model& model) {
  const std::span<const std::byte> file = model.image();
  OnCard card;
  const Result<TableParts> parts = Model::table_parts(file);
  if (!parts.ok()) throw Error(std::string("the model's tables: ") + parts.status().subject());
  const auto append = [&](std::span<const std::byte> part) {
    card.tables.insert(card.tables.end(), part.begin(), part.end());
  };
  append(file.first(static_cast<size_t>(parts->front_bytes)));
  append(file.subspan(static_cast<size_t>(parts->back_at), static_cast<size_t>(parts->back_bytes)));
  const Status status = card.model.open_tables(card.tables, file.size());
  if (!status.ok()) throw Error(std::string("the model's tables: ") + status.subject());
  return card;
}

// What the tables leave of the memory: they go into PSRAM where there is some.
MemoryLayout without(MemoryLayout memory, size_t bytes) {
  auto& bulk = memory.regions[static_cast<size_t>(Region::kBulk)];
  auto& region = bulk.count > 0 ? bulk : memory.regions[static_cast<size_t>(Region::kFast)];
  size_t& block = region.block_bytes[0];
  block -= std::min(block, bytes);
  return memory;
}

// Where the parts of the file that are not in memory are read from: mapped flash when the file fits, else a card.
Medium place_of_file(const Model& model, const Hardware& hardware) {
  const bool in_flash = model.image().size() <= std::min(hardware.model_bytes, hardware.mapped_bytes);
  return in_flash ? Medium::kFlash : Medium::kCard;
}

std::vector<TensorPlace> places_of(const Model& model, const Plan& plan, Medium elsewhere) {
  std::vector<TensorPlace> places(model.tensor_count());
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    model.tensor_at(i, &places[i].role, &places[i].layer);
    places[i].bytes = homes_of(plan, model, i, elsewhere);
  }
  return places;
}

double seconds_of(const Prediction& p, const Model& model, const KernelCosts& costs, const Sweep& sweep) {
  return total_of(times_of(p.hardware.machine, sweep_work(model, p.plan, costs, sweep))).total();
}

// The prompt in sweeps; its last token is the one whose logits are asked for.
double first_token_seconds(const Prediction& p, const Model& model, const KernelCosts& costs, uint32_t prompt) {
  const uint32_t batch = p.plan.options.max_batch;
  double seconds = 0;
  for (uint32_t at = 0; at < prompt; at += batch) {
    Sweep sweep;
    sweep.tokens = std::min(batch, prompt - at);
    sweep.positions = at + (sweep.tokens + 1) / 2.0;
    sweep.logits = at + sweep.tokens == prompt;
    sweep.elsewhere = p.elsewhere;
    seconds += seconds_of(p, model, costs, sweep);
  }
  return seconds;
}

Speed speed_of(const Prediction& p, const Model& model, const KernelCosts& costs, uint32_t prompt) {
  Sweep token;
  token.positions = (p.mean_tokens + 1) / 2.0;
  token.elsewhere = p.elsewhere;
  Speed speed;
  speed.stages = times_of(p.hardware.machine, sweep_work(model, p.plan, costs, token));
  speed.token_seconds = total_of(speed.stages).total();
  speed.first_token_seconds = first_token_seconds(p, model, costs, prompt);
  return speed;
}

std::string shortage(const Plan& plan) {
  const Status& status = plan.status;
  if (status.code() != Code::kOutOfMemory) return status.subject();
  return std::string("no room for ") + status.subject() + ": " + std::to_string(status.expected()) + " bytes, and " +
         std::to_string(status.found()) + " are left in the largest block";
}

}  // namespace

Prediction predict(const Model& file, const Hardware& hardware, const Wishes& wishes) {
  Prediction p;
  p.hardware = hardware;
  p.elsewhere = place_of_file(file, hardware);
  OnCard card;
  if (p.elsewhere == Medium::kCard) {
    card = on_card(file);
    p.hardware.memory = without(hardware.memory, card.tables.size());
  }
  const Model& model = p.elsewhere == Medium::kCard ? card.model : file;
  p.plan = fit_plan(model, p.hardware, wishes.plan);
  if (!p.plan.status.ok()) p.problem = shortage(p.plan);
  if (!p.problem.empty() || p.elsewhere == Medium::kCard) p.remedies = remedies_for(file, model, p.hardware, p.plan);
  if (!p.problem.empty()) return p;
  if (p.plan.options.kv_type == KvType::kI4) {
    p.hardware.assumptions.emplace_back(
        "attention over a kv cache of int4 takes what it takes over int8 (guess): nobody has counted it; "
        "unpacking comes on top");
  }
  p.tensors = places_of(model, p.plan, p.elsewhere);
  p.mean_tokens = std::min(kMeanTokens, p.plan.options.context);
  const uint32_t prompt = std::min(wishes.prompt_tokens, p.plan.options.context);
  p.speed = speed_of(p, model, hardware.kernels, prompt);
  if (hardware.plain_kernels) p.plain = speed_of(p, model, *hardware.plain_kernels, prompt);
  if (hardware.watts) p.token_joules = *hardware.watts * p.speed.token_seconds;
  return p;
}

}  // namespace thimble::tools
