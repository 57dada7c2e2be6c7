// thimble plan: whether a model runs on a board, where everything goes, and how fast it will be. Nothing is measured.

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/plan_report.h"
#include "apps/cli/text.h"
#include "apps/cli/weight_types.h"
#include "ports/host/file.h"
#include "tools/convert/convert.h"
#include "tools/flash/board.h"
#include "tools/plan/prediction.h"
#include "tools/synth/synthetic_model.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble plan                                            the model that ships, on every board\n"
    "  thimble plan story.thm --board esp32-s3-n16r8\n"
    "  thimble plan story.thm --board esp32-s3-n16r8 --wifi --json | jq .boards[0].tokens_per_second\n"
    "  thimble plan --shape dim=288,hidden=768,layers=6,heads=6,kv=6,vocab=8192,type=q4 --board esp32-s3-n16r8\n\n"
    "All speeds are predictions, from instructions that emulators counted and from figures that others measured; the\n"
    "assumptions stand below them. A shape is a model that does not exist yet; its context is 256 unless it says\n"
    "context=N. --json writes one document with the keys model, bytes, prompt_tokens and boards.\n";

constexpr uint64_t kMostShapeBytes = uint64_t{1} << 30;  // an image as large as that is no model for these boards

std::string list_of_boards() {
  std::string list;
  for (const std::string& name : tools::board_names()) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

// A shape as it is typed: words NAME=NUMBER with commas between.
class TypedShape {
 public:
  // Throws UsageError.
  explicit TypedShape(const std::string& text) : text_(text) {
    for (size_t at = 0; at <= text.size();) {
      const size_t end = std::min(text.find(',', at), text.size());
      take_word(text.substr(at, end - at));
      at = end + 1;
    }
    finish();
  }

  const ModelConfig& config() const { return config_; }
  const std::string& type() const { return type_; }

 private:
  void take_word(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (name == "type") {
      type_ = value;
      return;
    }
    const struct {
      const char* name;
      uint32_t* number;
    } numbers[] = {{"dim", &config_.dim},
                   {"hidden", &config_.hidden_dim},
                   {"layers", &config_.n_layers},
                   {"heads", &config_.n_heads},
                   {"kv", &config_.n_kv_heads},
                   {"vocab", &config_.vocab_size},
                   {"context", &config_.max_context}};
    for (const auto& known : numbers) {
      if (name != known.name) continue;
      const std::optional<uint32_t> number = whole_number<uint32_t>(value);
      if (!number || *number == 0) refuse(name + " needs a whole number from 1");
      *known.number = *number;
      return;
    }
    refuse("\"" + word + "\" is none of dim=, hidden=, layers=, heads=, kv=, vocab=, context=, type=");
  }

  void finish() {
    if (config_.n_kv_heads == 0) config_.n_kv_heads = config_.n_heads;
    if (config_.max_context == 0) config_.max_context = 256;
    for (const auto& [name, number] : {std::pair{"dim", config_.dim},
                                       {"hidden", config_.hidden_dim},
                                       {"layers", config_.n_layers},
                                       {"heads", config_.n_heads},
                                       {"vocab", config_.vocab_size}}) {
      if (number == 0) refuse(std::string(name) + " is missing");
    }
    if (config_.dim % (2 * config_.n_heads) != 0) refuse("dim is no multiple of twice the heads");
    if (config_.vocab_size < tools::kLeastSyntheticPieces) {
      refuse("a vocabulary has " + std::to_string(tools::kLeastSyntheticPieces) + " pieces at least");
    }
    config_.head_dim = config_.dim / config_.n_heads;
    config_.tied_classifier = true;
    config_.rope_theta = 10000;
    config_.norm_eps = 1e-5f;
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw UsageError("--shape " + text_ + ": " + why +
                     "; write it as dim=288,hidden=768,layers=6,heads=6,kv=6,vocab=8192,type=q4");
  }

  std::string text_;
  ModelConfig config_;
  std::string type_ = "q8";
};

class PlanCommand : public Command {
 public:
  explicit PlanCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  LoadedModel model_of_shape(Notes* notes) const;
  std::vector<std::string> boards() const;
  void check_wishes(const Model& model);
  std::vector<tools::Prediction> predictions(const Model& model, const std::vector<std::string>& names) const;

  ModelOptions model_;
  std::string board_;
  std::string framework_ = "idf";
  bool wifi_ = false;
  tools::Wishes wishes_;
  std::string kv_type_;
  std::string shape_;
  std::string svg_;
  bool json_ = false;
};

PlanCommand::PlanCommand(CLI::App& app) {
  model_.declare(app);
  add_text(app, "--board", &board_, "NAME", "The board [all of them, a row each]");
  add_choice(app, "--framework", &framework_, {"idf", "arduino"}, "NAME", "Whose settings the program has [idf]");
  add_flag(app, "--wifi", &wifi_, "Leave the memory that Wi-Fi takes");
  add_whole(app, "-c,--ctx-size,--context", &wishes_.plan.context, 1, 1 << 20, "N",
            "Context, in tokens [the model's, or as much as fits]");
  add_whole(app, "-b,--batch-size", &wishes_.plan.batch, 1, kMaxBatch, "N",
            "Tokens a sweep of a prompt [as many as leave room for the weights]");
  add_choice(app, "--kv", &kv_type_, {"f32", "i8", "i4"}, "TYPE", "Type of the kv cache [i8 for q8 and q4, else f32]");
  add_whole(app, "--prompt", &wishes_.prompt_tokens, 1, 1 << 20, "N",
            "Tokens of the prompt before the first token [16]");
  add_text(app, "--shape", &shape_, "dim=N,...", "A model that does not exist yet, by its shape");
  add_text(app, "--svg", &svg_, "FILE", "Draw it");
  add_flag(app, "--json", &json_, "Write all of it as one JSON document");
}

// Weights of zero: a plan looks at none.
LoadedModel PlanCommand::model_of_shape(Notes* notes) const {
  const TypedShape typed(shape_);
  tools::ConvertOptions options;
  options.type = parse_weight_type(typed.type(), notes);
  const tools::ImportedModel source = tools::synthetic_model({"shape", typed.config()}, 1, 0);
  if (tools::converted_bytes(source, options) > kMostShapeBytes) {
    throw UsageError("--shape " + shape_ + ": takes more than a gigabyte; that is no model for these boards");
  }
  LoadedModel loaded;
  loaded.path = shape_;
  const auto memory = [&](uint64_t bytes) {
    loaded.converted = host::LargeMemory(bytes, "--shape");
    return loaded.converted.span();
  };
  tools::blank_image_into(memory, source, options);
  check(loaded.model.open(std::as_const(loaded.converted).span()), "--shape");
  return loaded;
}

std::vector<std::string> PlanCommand::boards() const {
  if (board_.empty()) return tools::board_names();
  const std::string name = tools::board_called(lower_case(board_));
  if (name.empty()) throw UsageError("--board " + board_ + ": no such board; there are " + list_of_boards());
  return {name};
}

// Throws UsageError.
void PlanCommand::check_wishes(const Model& model) {
  if (kv_type_ == "f32") wishes_.plan.kv_type = KvType::kF32;
  if (kv_type_ == "i8") wishes_.plan.kv_type = KvType::kI8;
  if (kv_type_ == "i4") wishes_.plan.kv_type = KvType::kI4;
  const uint32_t most = model.config().max_context;
  if (wishes_.plan.context > most) {
    throw UsageError(format("-c %u: longer than the model's context of %u", wishes_.plan.context, most));
  }
}

std::vector<tools::Prediction> PlanCommand::predictions(const Model& model,
                                                        const std::vector<std::string>& names) const {
  const tools::Setup setup = {framework_ == "arduino" ? tools::Framework::kArduino : tools::Framework::kIdf, wifi_};
  std::vector<tools::Prediction> all;
  for (const std::string& name : names) {
    if (board_.empty() && wifi_ && !tools::has_radio(name)) continue;
    all.push_back(tools::predict(model, tools::hardware_of(name, setup), wishes_));
  }
  return all;
}

void write_file(const std::string& path, const std::string& text) {
  host::AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

int PlanCommand::run(const Invocation& invocation) {
  Notes notes = invocation.notes;
  const std::vector<std::string> names = boards();
  if (shape_.empty()) {
    model_.check_or_use_shipped(invocation.command, &notes);
  } else if (!model_.model.empty() || !model_.typed_flag.empty()) {
    throw UsageError("a model and --shape; name one of them");
  }
  const LoadedModel loaded = shape_.empty() ? load_model(model_) : model_of_shape(&notes);
  check_wishes(loaded.model);
  const std::vector<tools::Prediction> all = predictions(loaded.model, names);
  const PlannedModel model = {shape_.empty() ? file_name(loaded.path) : shape_, loaded.model.image().size(),
                              wishes_.prompt_tokens};
  write_notes(concatenated(loaded.notes, notes));
  if (!svg_.empty()) write_file(svg_, plan_svg(model, all));
  if (json_) {
    write_product(plan_json(model, all));
  } else {
    write_product(board_.empty() ? plan_overview(model, all) : plan_report(model, all[0]));
  }
  return 0;
}

}  // namespace

const CommandInfo kPlan = {"plan", "Say whether a model runs on a board, and predict how fast", kExamples,
                           declare_command<PlanCommand>};

}  // namespace thimble::cli
