// thimble convert: a llama2.c checkpoint and its tokenizer become one .thm file.

#include <string>

#include "apps/cli/commands.h"
#include "apps/cli/conversion_table.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/output.h"
#include "apps/cli/progress.h"
#include "apps/cli/text.h"
#include "base/checksum.h"

namespace thimble::cli {
namespace {

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

tools::ConvertOptions convert_options(const ConvertCommandOptions& options) {
  tools::ConvertOptions result;
  result.type = options.type;
  result.command = options.command_line;
  result.name = options.name;
  result.license = options.license;
  result.chat_template = options.chat_template;
  result.prompts = options.prompts;
  result.sampling = stored_sampling(options.sampling);
  return result;
}

std::string summary(const std::string& path, std::span<const std::byte> image) {
  Model model;
  check(model.open(image), path);  // before anything is replaced: what was made can be read
  return path + format(": %u tensors, %llu parameters, %.3f bytes per weight, %zu bytes, checksum %08x",
                       model.tensor_count(), static_cast<unsigned long long>(model.parameter_count()),
                       bytes_per_weight(model), image.size(), checksum32(image));
}

}  // namespace

int convert(const ConvertCommandOptions& options) {
  std::vector<std::string> notes = options.notes;
  ModelFiles files(options.input);
  tools::ImportedModel source = tools::import_model(files, {options.rope_theta}, &notes);
  const std::string output = options.output.empty() ? default_output(options.input) : options.output;
  if (host::same_file(options.input, output)) {
    throw UsageError(output + ": is the input; give the output another name");
  }
  // Early, so that a folder that cannot be written is known before the work is done.
  host::AtomicFile file(output);
  tools::attach_vocabulary(&source, files, options.tokenizer, &notes);

  std::vector<tools::TensorReport> tensors;
  tools::ConvertOptions wanted = convert_options(options);
  wanted.on_tensor = [&](const tools::TensorReport& tensor) { tensors.push_back(tensor); };
  Progress progress("converting", !options.quiet);
  const tools::ImageBytes image =
      tools::convert(source, wanted, [&](uint64_t done, uint64_t total) { progress.update(done, total); });
  progress.clear();
  files.check_unchanged();
  const std::string result = summary(output, image.span());
  file.write(image.span());
  file.commit();
  if (options.quiet) return 0;
  write_notes(notes, {});
  write_note(conversion_table(tensors, options.verbose));
  write_notes({result}, {});
  return 0;
}

}  // namespace thimble::cli
