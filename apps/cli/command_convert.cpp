// thimble convert: a llama2.c checkpoint and its tokenizer become one .thm file.

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/conversation.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/plain_text.h"
#include "apps/cli/scoring.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"
#include "base/checksum.h"
#include "format/layout.h"
#include "tools/calibrate/calibrator.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble convert stories15M.bin --tokenizer tokenizer.bin          writes stories15M.thm\n"
    "  thimble convert model.bin model.thm --temp 0.7 --license MIT --prompt \"Once upon a time\"\n"
    "  thimble convert model.bin small.thm --type q4\n"
    "  thimble convert chat.bin --chat-template \"User: {prompt}\\nBot:\"   {prompt}: what the user says\n\n"
    "Types: q8 takes a byte per weight and computes in integers; q4 takes half of that, but keeps the embedding and\n"
    "the classifier in q8; mixed keeps wk, wv, wo and w_down in q8 too; f16 and f32 compute in floats. The report\n"
    "states the size and the error of every tensor. OUT is written completely or not at all. Sampling options are "
    "stored as\n"
    "the model's defaults.\n";

// --- the report -----------------------------------------------------------------------------------------------------

// Layers that have lines of their own: the first ones and the last, which are the ones that differ most.
constexpr uint32_t kFirstLayers = 2;
constexpr uint32_t kLastLayers = 1;

// Tensors of one role, and of one layer or of several neighbours.
struct Line {
  tools::TensorReport first;
  uint32_t last_layer = 0;
  uint32_t tensors = 0;
  uint64_t bytes = 0;
  double errors = 0;  // added up

  void add(const tools::TensorReport& report) {
    if (tensors == 0) first = report;
    last_layer = report.layer;
    ++tensors;
    bytes += report.bytes;
    errors += report.relative_error;
  }
};

std::string place(const Line& line) {
  if (!in_layer(line.first.role)) return "";
  const std::string from = std::to_string(line.first.layer);
  return line.tensors == 1 ? "layer " + from : "layers " + from + ".." + std::to_string(line.last_layer);
}

std::string text(const Line& line) {
  const tools::TensorReport& t = line.first;
  const double error = line.errors / line.tensors;
  return format("  %-13s %-16s %7u x %-6u %-4s %10s  %s\n", place(line).c_str(), role_name(t.role), t.rows, t.cols,
                dtype_name(t.type), format_bytes(line.bytes).c_str(),
                error == 0 ? "exact" : format("%.3g %%", 100 * error).c_str());
}

uint32_t layer_count(std::span<const tools::TensorReport> reports) {
  uint32_t layers = 0;
  for (const tools::TensorReport& report : reports) {
    if (in_layer(report.role)) layers = std::max(layers, report.layer + 1);
  }
  return layers;
}

// Reports come in file order, so the lines of the middle begin with its first layer.
std::vector<Line> lines_of(std::span<const tools::TensorReport> reports, bool every_layer) {
  const uint32_t layers = layer_count(reports);
  const auto in_middle = [&](const tools::TensorReport& report) {
    return !every_layer && in_layer(report.role) && report.layer >= kFirstLayers && report.layer + kLastLayers < layers;
  };
  std::vector<Line> lines;
  for (const tools::TensorReport& report : reports) {
    const auto shares = [&](const Line& line) { return in_middle(line.first) && line.first.role == report.role; };
    auto line = in_middle(report) ? std::ranges::find_if(lines, shares) : lines.end();
    if (line == lines.end()) line = lines.insert(line, Line{});
    line->add(report);
  }
  return lines;
}

// A heading, and a line per tensor: place, name, shape, type, size, relative error. The layers in the middle of a deep
// model share a line per role, with their size together and their mean error, unless `every_layer`. No newline behind
// the last line.
std::string conversion_table(std::span<const tools::TensorReport> reports, bool every_layer) {
  std::string table = format("  %-13s %-16s %7s   %-6s %-4s %10s  %s\n", "", "tensor", "rows", "cols", "type", "size",
                             "error, root mean square");
  for (const Line& line : lines_of(reports, every_layer)) table += text(line);
  table.pop_back();
  return table;
}

std::string summary(const std::string& path, std::span<const std::byte> image) {
  Model model;
  check(model.open(image), path);  // before anything is replaced: what was made can be read
  return path + format(": %u tensors, %llu parameters, %.3f bytes per weight, %zu bytes, checksum %08x",
                       model.tensor_count(), static_cast<unsigned long long>(model.parameter_count()),
                       bytes_per_weight(model), image.size(), checksum32(image));
}

// --- the command ----------------------------------------------------------------------------------------------------

// The types by their names, and by those of llama.cpp for what comes near.
tools::WeightType parse_weight_type(const std::string& text, Notes* notes) {
  using enum tools::WeightType;
  std::string name = lower_case(text);
  const bool foreign = name == "q8_0" || name == "q4_0";
  if (foreign) name.resize(2);
  for (const tools::WeightType type : {kQ8, kQ4, kMixed, kF16, kF32}) {
    if (name != tools::weight_type_name(type)) continue;
    if (foreign) notes->push_back("--type " + text + ": writes " + name + ", which is Thimble's own layout");
    return type;
  }
  throw UsageError("--type " + text + ": no such type; there are q8, q4, mixed, f16 and f32");
}

// The input's name with its ending replaced.
std::string default_output(const std::string& input) {
  const size_t name_at = input.size() - file_name(input).size();
  const size_t dot = input.find_last_of('.');
  const bool has_ending = dot != std::string::npos && dot > name_at;
  return (has_ending ? input.substr(0, dot) : input) + ".thm";
}

// The sampling options that were given, as facts to store.
std::vector<std::pair<std::string, float>> stored_sampling(const SamplingOptions& sampling) {
  std::vector<std::pair<std::string, float>> facts;
  const auto add = [&](const char* key, const std::optional<float>& value) {
    if (value) facts.emplace_back(key, *value);
  };
  add("sampling.temperature", sampling.temperature);
  add("sampling.top_p", sampling.top_p);
  add("sampling.min_p", sampling.min_p);
  add("sampling.repeat_penalty", sampling.repeat_penalty);
  if (sampling.top_k) facts.emplace_back("sampling.top_k", static_cast<float>(*sampling.top_k));
  return facts;
}

// The text of a file as the model reads it.
std::vector<std::vector<uint32_t>> token_sequences(const tools::ImportedModel& model, const std::string& path) {
  const std::vector<std::byte> section = tools::write_vocabulary(model.vocabulary);
  Tokenizer tokenizer;
  check(tokenizer.open(section, model.config.vocab_size), path);
  return sequences_of(read_text_file(path), tokenizer, model.config.max_context, 0);
}

class ConvertCommand : public Command {
 public:
  explicit ConvertCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  tools::ConvertOptions checked_options(const Invocation& invocation, Notes* notes);
  std::string recorded_command(const std::vector<std::string>& words) const;

  std::string input_;
  std::string output_;  // empty: the input's name with .thm
  std::string type_ = "q8";
  std::string calibrate_;  // a text; empty: none
  uint32_t context_ = 0;   // 0: that of IN
  std::string tokenizer_;
  std::optional<float> rope_theta_;  // absent: what IN says
  std::string name_;
  std::string license_;
  std::vector<std::string> prompts_;
  std::string chat_template_;
  bool escapes_ = true;
  bool verbose_ = false;
  bool quiet_ = false;
  SamplingOptions sampling_;
};

ConvertCommand::ConvertCommand(CLI::App& app) {
  add_text(app, "IN", &input_, " ", "A llama2.c checkpoint, version 0, 1 or 2");
  add_text(app, "OUT", &output_, " ", "The .thm file to write [IN with the ending .thm]");
  add_text(app, "--type", &type_, "TYPE:{q8,q4,mixed,f16,f32}", "Type of the weights [q8]");
  add_text(app, "--calibrate", &calibrate_, "TEXT", "Round q8 and q4 for the inputs that this text makes");
  add_whole(app, "--seq", &context_, 1, format::kMaxContext, "N", "Context to state, in tokens [that of IN]");
  add_text(app, "--tokenizer", &tokenizer_, "FILE", "tokenizer.bin or sentencepiece .model [beside IN]");
  add_rope_theta(app, &rope_theta_);
  add_text(app, "--name", &name_, "TEXT", "Name of the model [that of IN]");
  add_text(app, "--license", &license_, "TEXT", "Licence of the weights, SPDX, such as MIT");
  add_texts(app, "--prompt", &prompts_, "TEXT", "An example prompt to store; repeatable");
  add_text(app, "--chat-template", &chat_template_, "TEXT", "A pattern around {prompt}, for chat");
  add_escapes(app, &escapes_, "--chat-template and --prompt");
  add_flag(app, "-v,--verbose", &verbose_, "Report the tensors of every layer");
  add_flag(app, "-q,--quiet", &quiet_, "No report and no progress on stderr");
  sampling_.declare_recommended(app);
}

int ConvertCommand::run(const Invocation& invocation) {
  Notes notes = invocation.notes;
  tools::ConvertOptions options = checked_options(invocation, &notes);
  ModelFiles files(input_);
  tools::ImportedModel source = tools::import_model(files, {rope_theta_}, &notes);
  const std::string output = output_.empty() ? default_output(input_) : output_;
  if (host::same_file(input_, output)) throw UsageError(output + ": is the input; give the output another name");
  // Early, so that a folder that cannot be written is known before the work is done.
  host::AtomicFile file(output);
  tools::attach_vocabulary(&source, files, tokenizer_, &notes);

  std::vector<tools::TensorReport> tensors;
  options.on_tensor = [&](const tools::TensorReport& tensor) { tensors.push_back(tensor); };
  if (context_ != 0) source.config.max_context = context_;
  std::optional<tools::Calibrator> calibrator;
  if (!calibrate_.empty()) {
    calibrator.emplace(source, token_sequences(source, calibrate_), tools::dtype_of(options.type, Role::kTokenEmbedding));
    options.quantize = [&](const TensorShape& shape, DType type, std::span<const float> weights,
                           std::span<std::byte> out) { return calibrator->quantize(shape, type, weights, out); };
  }
  Progress progress("converting", !quiet_);
  const tools::ImageBytes image =
      tools::convert(source, options, [&](uint64_t done, uint64_t total) { progress.update(done, total); });
  progress.clear();
  files.check_unchanged();
  const std::string result = summary(output, image.span());
  file.write(image.span());
  file.commit();
  if (quiet_) return 0;
  write_notes(notes);
  write_note(conversion_table(tensors, verbose_));
  write_notes({result});
  return 0;
}

// Throws UsageError.
tools::ConvertOptions ConvertCommand::checked_options(const Invocation& invocation, Notes* notes) {
  if (input_.empty()) throw UsageError("no input; name one: thimble convert IN OUT.thm");
  tools::ConvertOptions options;
  options.type = parse_weight_type(type_, notes);
  const DType matrices = tools::dtype_of(options.type, Role::kWq);
  if (!calibrate_.empty() && arithmetic_of(matrices) == Arithmetic::kFloat) {
    throw UsageError("--calibrate: " + type_ + " has nothing to calibrate; choose --type q4, mixed or q8");
  }
  options.command = recorded_command(invocation.words);
  options.name = name_;
  options.license = license_;
  options.chat_template = escapes_ ? unescape(chat_template_) : chat_template_;
  options.prompts = prompts_;
  if (escapes_) std::ranges::transform(prompts_, options.prompts.begin(), unescape);
  sampling_.check();
  options.sampling = stored_sampling(sampling_);
  if (!options.chat_template.empty() && !ChatTemplate::is_valid(options.chat_template)) {
    throw UsageError("--chat-template \"" + options.chat_template +
                     "\": write {prompt} once, where the user's words go, as in " + "\"User: {prompt}\\nBot:\"");
  }
  return options;
}

// The command line for the model's about section: quoted where needed, and without folders, which say nothing about
// the model and much about the machine.
std::string ConvertCommand::recorded_command(const std::vector<std::string>& words) const {
  std::string line = "thimble";
  for (std::string word : words) {
    for (const std::string& path : {input_, output_, tokenizer_, calibrate_}) {
      if (!path.empty() && (word == path || word.ends_with("=" + path))) {
        word = word.substr(0, word.size() - path.size()) + file_name(path);
      }
    }
    for (size_t at = word.find('\''); at != std::string::npos; at = word.find('\'', at + 4)) {
      word.replace(at, 1, "'\\''");
    }
    const bool quoted = word.empty() || word.find_first_of(" \t\n\"'$`\\{}<>|&;()*?") != std::string::npos;
    line.append(quoted ? " '" : " ").append(word).append(quoted ? "'" : "");
  }
  return line;
}

}  // namespace

const CommandInfo kConvert = {"convert", "Make a .thm file from a llama2.c checkpoint", kExamples,
                              declare_command<ConvertCommand>};

}  // namespace thimble::cli
