// thimble convert: a model of another format and its tokenizer become one .thm file.

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/conversation.h"
#include "apps/cli/conversion_report.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/output_image.h"
#include "apps/cli/plain_text.h"
#include "apps/cli/scoring.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"
#include "apps/cli/weight_types.h"
#include "base/checksum.h"
#include "format/layout.h"
#include "tools/calibrate/calibrator.h"
#include "tools/calibrate/fit.h"
#include "tools/convert/c_array.h"
#include "tools/vocabulary/prune.h"
#include "tools/vocabulary/write_words.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble convert stories15M.bin --tokenizer tokenizer.bin          writes stories15M.thm\n"
    "  thimble convert model.bin model.thm --temp 0.7 --license MIT --prompt \"Once upon a time\"\n"
    "  thimble convert model.bin small.thm --type q4 --calibrate stories.txt\n"
    "  thimble convert model.bin small.thm --calibrate stories.txt --fit 256k --prune-vocab stories.txt\n"
    "  thimble convert model.bin model.h --type q4                      a C array, to compile into a program\n"
    "  thimble convert chat.bin --chat-template \"User: {prompt}\\nBot:\"   {prompt}: what the user says\n\n"
    "Types: q8 takes a byte per weight and computes in integers; q4 takes half of that, but keeps the embedding and\n"
    "the classifier in q8; mixed keeps wk, wv, wo and w_down in q8 too; f16 and f32 compute in floats. The report\n"
    "states the size and the error of every tensor. A text to calibrate with is like those that the model will see; a\n"
    "page does most of it. SIZE, such as 256k, counts the whole file. OUT is written completely or not at all.\n"
    "Sampling options are stored as the model's defaults.\n";

std::string summary(const std::string& path, std::span<const std::byte> image) {
  Model model;
  check(model.open(image), path);  // before anything is replaced: what was made can be read
  return path + format(": %u tensors, %llu parameters, %.3f bytes per weight, %zu bytes, checksum %08x",
                       model.tensor_count(), static_cast<unsigned long long>(model.parameter_count()),
                       bytes_per_weight(model), image.size(), checksum32(image));
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
  add("sampling.prompt_bias", sampling.prompt_bias);
  if (sampling.top_k) facts.emplace_back("sampling.top_k", static_cast<float>(*sampling.top_k));
  return facts;
}

bool is_c_header(const std::string& path) { return path.ends_with(".h"); }

// Texts as the model reads them. `context`: the longest sequence.
class TextReader {
 public:
  TextReader(const tools::ImportedModel& model, uint32_t context)
      : section_(tools::write_vocabulary(model.vocabulary)), context_(context) {
    check(tokenizer_.open(section_, model.config.vocab_size), model.name);
  }
  tools::Sequences read_file(const std::string& path) const {
    tools::Sequences sequences = sequences_of(read_text_file(path), tokenizer_, context_, 0);
    if (sequences.empty()) throw Failure(path + ": holds no text; name a file with some");
    return sequences;
  }
  std::vector<uint32_t> read(const std::string& text) const { return encode_text(tokenizer_, text, {}); }

 private:
  std::vector<std::byte> section_;
  uint32_t context_;
  Tokenizer tokenizer_;
};

class ConvertCommand : public Command {
 public:
  explicit ConvertCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  tools::ConvertOptions checked_options(const Invocation& invocation, Notes* notes);
  void set_context(ModelConfig* config, Notes* notes) const;
  void prune_vocabulary(const tools::ConvertOptions& options, tools::ImportedModel* source, Notes* notes) const;
  std::vector<tools::FittedTensor> calibrate(const tools::ImportedModel& source, tools::ConvertOptions* options,
                                             std::optional<tools::Calibrator>* calibrator, Notes* notes) const;
  std::vector<tools::FittedTensor> fit(const tools::ImportedModel& source, const tools::Sequences& text,
                                       tools::ConvertOptions* options, Notes* notes) const;
  std::string recorded_command(const std::vector<std::string>& words) const;

  std::string input_;
  std::string output_;               // empty: the input's name with .thm
  std::optional<std::string> type_;  // absent: q8
  std::string calibrate_;            // a text; empty: none
  std::string prune_;                // a text; empty: none
  uint64_t fit_ = 0;                 // bytes; 0: no matter
  uint32_t context_ = 0;             // 0: that of IN
  std::string words_;                // a text; empty: none
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
  add_text(app, "IN", &input_, " ", "A GGUF file, a Hugging Face folder or a llama2.c checkpoint");
  add_text(app, "OUT", &output_, " ", "The .thm file to write, or .h for a C array [IN with the ending .thm]");
  add_text(app, "--type", &type_, kWeightTypeNames, "Type of the weights [q8]");
  add_text(app, "--calibrate", &calibrate_, "TEXT", "Round q8 and q4 for the inputs that this text makes");
  add_whole(app, "--fit", &fit_, 1, int64_t{1} << 40, "SIZE",
            "Types per matrix, q4 or q8, so that OUT is at most so long; needs --calibrate");
  add_text(app, "--prune-vocab", &prune_, "TEXT", "Drop the pieces that this text does not need");
  add_text(app, "--words", &words_, "TEXT", "Have the model write only words of this text, and of its prompt");
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

  if (context_ != 0) set_context(&source.config, &notes);
  if (!prune_.empty()) prune_vocabulary(options, &source, &notes);
  std::optional<tools::Calibrator> calibrator;
  const std::vector<tools::FittedTensor> fitted = calibrate(source, &options, &calibrator, &notes);

  std::vector<tools::TensorReport> tensors;
  options.on_tensor = [&](const tools::TensorReport& tensor) { tensors.push_back(tensor); };
  Progress progress("converting", !quiet_);
  OutputImage image(&file, !is_c_header(output));
  tools::convert_into(image.memory(), source, options,
                      [&](uint64_t done, uint64_t total) { progress.update(done, total); });
  progress.clear();
  files.check_unchanged();
  const std::string result = summary(output, image.bytes());
  if (is_c_header(output)) {
    const std::string text = tools::c_array(image.bytes(), tools::array_name(output), options.command);
    file.write(std::as_bytes(std::span(text)));
  } else {
    image.write();
  }
  file.commit();
  if (quiet_) return 0;
  write_notes(notes);
  write_note(conversion_table(tensors, fitted, verbose_));
  write_notes({result});
  return 0;
}

void ConvertCommand::set_context(ModelConfig* config, Notes* notes) const {
  if (context_ > config->max_context) {
    notes->push_back(format("--seq %u: the source states %u; what lies beyond was not trained, and is worse", context_,
                            config->max_context));
  }
  config->max_context = context_;
}

// What --prompt and --chat-template say belongs to the text.
void ConvertCommand::prune_vocabulary(const tools::ConvertOptions& options, tools::ImportedModel* source,
                                      Notes* notes) const {
  const TextReader reader(*source, UINT32_MAX);
  tools::Sequences texts = reader.read_file(prune_);
  for (const std::string& prompt : options.prompts) texts.push_back(reader.read(prompt));
  texts.push_back(reader.read(options.chat_template));
  std::vector<uint32_t> ids;
  for (const std::vector<uint32_t>& text : texts) ids.insert(ids.end(), text.begin(), text.end());

  const uint64_t before = tools::converted_bytes(*source, options);
  const size_t pieces = source->vocabulary.pieces.size();
  const tools::Pruning pruning = tools::needed_pieces(source->vocabulary, ids);
  tools::keep_pieces(pruning, source);
  const size_t dropped = pieces - source->vocabulary.pieces.size();
  const uint64_t saved = before - tools::converted_bytes(*source, options);
  notes->push_back(
      format("--prune-vocab: keeps %zu of %zu pieces, %zu for the text, %zu characters and %zu steps without a row on "
             "the way to those, %zu bytes and specials; the %zu dropped took %s",
             pieces - dropped, pieces, pruning.in_text, pruning.characters, pruning.steps.size(), pruning.always,
             dropped, format_bytes(saved).c_str()));
}

// Has `options` ask the calibrator. Returns what --fit measured.
std::vector<tools::FittedTensor> ConvertCommand::calibrate(const tools::ImportedModel& source,
                                                           tools::ConvertOptions* options,
                                                           std::optional<tools::Calibrator>* calibrator,
                                                           Notes* notes) const {
  if (calibrate_.empty()) return {};
  const tools::Sequences text = TextReader(source, source.config.max_context).read_file(calibrate_);
  std::vector<tools::FittedTensor> fitted;
  if (fit_ != 0) fitted = fit(source, text, options, notes);
  const DType table = options->types.empty() ? tools::dtype_of(options->type, Role::kTokenEmbedding)
                                             : options->types[tensor_index(source.config, Role::kTokenEmbedding, 0)];
  if (arithmetic_of(table) == Arithmetic::kFloat) return fitted;
  calibrator->emplace(source, text, table);
  options->quantize = [calibrator](const TensorShape& shape, DType type, const tools::ReadRow& read_row,
                                   std::span<std::byte> out) {
    return (*calibrator)->quantize(shape, type, read_row, out);
  };
  return fitted;
}

// Sets the types. Nothing has to be measured where one type fits throughout.
std::vector<tools::FittedTensor> ConvertCommand::fit(const tools::ImportedModel& source, const tools::Sequences& text,
                                                     tools::ConvertOptions* options, Notes* notes) const {
  for (const tools::WeightType type : {tools::WeightType::kF32, tools::WeightType::kF16, tools::WeightType::kQ8}) {
    options->type = type;
    if (tools::converted_bytes(source, *options) > fit_) continue;
    notes->push_back(format("--fit: all of it fits as %s", tools::weight_type_name(type)));
    return {};
  }
  tools::check_can_fit(source, *options, fit_);
  Progress progress("measuring", !quiet_);
  std::vector<tools::FittedTensor> fitted =
      tools::measure_tensors(source, text, [&](uint64_t done, uint64_t total) { progress.update(done, total); });
  tools::fit(source, *options, fit_, &fitted);
  options->types = tools::types_of(fitted);
  return fitted;
}

// Throws UsageError.
tools::ConvertOptions ConvertCommand::checked_options(const Invocation& invocation, Notes* notes) {
  if (input_.empty()) throw UsageError("no input; name one: thimble convert IN OUT.thm");
  tools::ConvertOptions options;
  options.type = parse_weight_type(type_.value_or("q8"), notes);
  if (fit_ != 0 && calibrate_.empty()) throw UsageError("--fit: needs a text to measure with; add --calibrate TEXT");
  if (fit_ != 0 && type_) throw UsageError("--fit chooses the types; leave out --type");
  const DType matrices = tools::dtype_of(options.type, Role::kWq);
  if (!calibrate_.empty() && arithmetic_of(matrices) == Arithmetic::kFloat) {
    throw UsageError("--calibrate: " + *type_ + " has nothing to calibrate; choose --type q4, mixed or q8");
  }
  options.command = recorded_command(invocation.words);
  if (!words_.empty()) options.words = tools::write_words(read_text_file(words_));
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
    for (const std::string& path : {input_, output_, tokenizer_, calibrate_, prune_, words_}) {
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

const CommandInfo kConvert = {"convert",
                              "Make a .thm file from a GGUF file, a Hugging Face folder or a llama2.c checkpoint",
                              kExamples, declare_command<ConvertCommand>};

}  // namespace thimble::cli
