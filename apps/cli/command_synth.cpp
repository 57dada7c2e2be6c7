// thimble synth: a model of a known shape with random weights, to measure speed and memory with.

#include <algorithm>
#include <string>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/output.h"
#include "apps/cli/output_image.h"
#include "apps/cli/text.h"
#include "apps/cli/weight_types.h"
#include "format/layout.h"
#include "ports/host/file.h"
#include "tools/convert/convert.h"
#include "tools/synth/synthetic_model.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble synth --like stories15M random15M.thm\n"
    "  thimble synth --like tiny-llm tiny.thm --type q4 --seq 256\n\n"
    "The weights come from the seed and say nothing: such a model takes the memory and the time of the one it is "
    "like,\n"
    "and tells no story. Its vocabulary is made up, too.\n";

std::string list_of_shapes() {
  std::string list;
  for (const tools::Shape& shape : tools::known_shapes()) list.append(list.empty() ? "" : ", ").append(shape.name);
  return list;
}

// Throws UsageError.
const tools::Shape& shape_of(const std::string& name) {
  if (name.empty()) throw UsageError("no shape; name one with --like: " + list_of_shapes());
  for (const tools::Shape& shape : tools::known_shapes()) {
    if (lower_case(shape.name) == lower_case(name)) return shape;
  }
  throw UsageError("--like " + name + ": no such shape; there are " + list_of_shapes());
}

class SynthCommand : public Command {
 public:
  explicit SynthCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  std::string output_;
  std::string like_;
  std::string type_ = "q8";
  uint32_t context_ = 0;  // 0: the shape's
  uint64_t seed_ = 1;
  bool quiet_ = false;
};

SynthCommand::SynthCommand(CLI::App& app) {
  add_text(app, "OUT", &output_, " ", "The .thm file to write");
  add_text(app, "--like", &like_, "MODEL", "Whose shape: stories260K, tiny-llm, stories15M, stories42M, ...");
  add_text(app, "--type", &type_, kWeightTypeNames, "Type of the weights [q8]");
  add_whole(app, "--seq", &context_, 1, format::kMaxContext, "N", "Context, in tokens [that of MODEL]");
  add_whole(app, "-s,--seed", &seed_, 0, INT64_MAX, "N", "Seed of the weights [1]");
  add_flag(app, "-q,--quiet", &quiet_, "No report and no progress on stderr");
}

int SynthCommand::run(const Invocation& invocation) {
  Notes notes = invocation.notes;
  const tools::Shape& shape = shape_of(like_);
  if (output_.empty()) throw UsageError("no output; name one: thimble synth --like stories15M OUT.thm");
  tools::ConvertOptions options;
  options.type = parse_weight_type(type_, &notes);
  options.self_test = false;  // minutes for the largest, and nobody ships it
  options.command = format("thimble synth --like %s --type %s --seed %llu", shape.name,
                           tools::weight_type_name(options.type), static_cast<unsigned long long>(seed_));
  host::AtomicFile file(output_);
  Progress progress("writing", !quiet_);
  OutputImage image(&file, true);
  tools::convert_into(image.memory(), tools::synthetic_model(shape, seed_, context_), options,
                      [&](uint64_t done, uint64_t total) { progress.update(done, total); });
  progress.clear();
  const size_t bytes = image.bytes().size();
  image.write();
  file.commit();
  if (quiet_) return 0;
  write_notes(notes);
  write_note(format("%s: shape of %s, random weights of type %s, %zu bytes", output_.c_str(), shape.name,
                    tools::weight_type_name(options.type), bytes));
  return 0;
}

}  // namespace

const CommandInfo kSynth = {"synth", "Make a model of random weights in a well-known shape, to measure with", kExamples,
                            declare_command<SynthCommand>};

}  // namespace thimble::cli
