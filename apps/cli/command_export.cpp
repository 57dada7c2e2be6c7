// thimble export: a float model becomes a file of another program's format.

#include <string>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/text.h"
#include "tools/error.h"
#include "tools/export/exporters.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble export stories.thm stories.gguf                          for llama.cpp; the tokenizer is inside\n"
    "  thimble export stories.thm stories.bin --tokenizer tokenizer.bin for llama2.c, which reads two files\n\n"
    "The weights are written as they are: in f16 or f32 into a .gguf, in f32 into a .bin. A model of q8 or q4 weights\n"
    "computes in integers, which no other program does: export what it was made from. OUT is written completely or "
    "not\n"
    "at all.\n";

class ExportCommand : public Command {
 public:
  explicit ExportCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  template <class Export>
  void write(const std::string& path, const Export& export_to) const;

  std::string input_;
  std::string output_;
  std::string tokenizer_;  // empty: none
  bool quiet_ = false;
};

ExportCommand::ExportCommand(CLI::App& app) {
  add_text(app, "MODEL", &input_, " ", "A model of f32 or f16 weights, as for thimble run");
  add_text(app, "OUT", &output_, " ", "The .gguf or .bin file to write");
  add_text(app, "--tokenizer", &tokenizer_, "FILE", "Write the tokenizer beside a .bin, as llama2.c's tokenizer.bin");
  add_flag(app, "-q,--quiet", &quiet_, "No report on stderr");
}

// One file, complete or not there.
template <class Export>
void ExportCommand::write(const std::string& path, const Export& export_to) const {
  if (host::same_file(input_, path)) throw UsageError(path + ": is the input; give the output another name");
  host::AtomicFile file(path);
  uint64_t bytes = 0;
  export_to([&](std::span<const std::byte> part) {
    file.write(part);
    bytes += part.size();
  });
  file.commit();
  if (!quiet_) write_note(format("%s: %llu bytes", path.c_str(), static_cast<unsigned long long>(bytes)));
}

int ExportCommand::run(const Invocation& invocation) {
  if (input_.empty() || output_.empty()) throw UsageError("two files are needed: thimble export MODEL OUT.gguf");
  const bool gguf = output_.ends_with(".gguf");
  if (!gguf && !output_.ends_with(".bin")) throw UsageError(output_ + ": name a file that ends with .gguf or .bin");
  if (gguf && !tokenizer_.empty()) throw UsageError("--tokenizer: a .gguf has the tokenizer inside; leave it out");
  ModelOptions options;
  options.model = input_;
  const LoadedModel loaded = load_model(options);
  try {
    if (gguf) {
      write(output_, [&](const tools::Sink& sink) { tools::export_gguf(loaded.model, sink); });
    } else {
      write(output_, [&](const tools::Sink& sink) { tools::export_llama2c(loaded.model, sink); });
    }
    if (!tokenizer_.empty()) {
      const tools::Vocabulary vocabulary =
          tools::read_vocabulary_section(loaded.model.vocabulary(), loaded.model.config().vocab_size);
      write(tokenizer_, [&](const tools::Sink& sink) { tools::export_tokenizer_bin(vocabulary, sink); });
    }
  } catch (const tools::Error& error) {
    throw Failure(input_ + ": " + error.what());
  }
  loaded.file.check_unchanged();
  if (!quiet_) write_notes(invocation.notes);
  if (!quiet_ && !gguf && tokenizer_.empty())
    write_note("llama2.c reads a tokenizer.bin beside it: --tokenizer FILE writes one");
  return 0;
}

}  // namespace

const CommandInfo kExport = {"export", "Write a float model as GGUF or as a llama2.c checkpoint", kExamples,
                             declare_command<ExportCommand>};

}  // namespace thimble::cli
