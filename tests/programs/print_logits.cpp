// Runs a model, whatever it comes from, in f32: print_logits MODEL ID... >LOGITS. After each id its logits follow as
// raw floats. MODEL is a file or a folder; it needs a tokenizer as `thimble run` does.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <list>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/shared_models.h"
#include "thimble/engine.h"
#include "thimble/plan.h"
#include "tools/import/importers.h"

namespace {

using namespace thimble;

class DiskFiles final : public tools::SourceFiles {
 public:
  explicit DiskFiles(const std::string& path) : path_(path), is_folder_(std::filesystem::is_directory(path)) {
    if (!is_folder_) named_ = testing::read_file(path);
  }
  const std::string& path() const override { return path_; }
  bool is_folder() const override { return is_folder_; }
  std::span<const std::byte> bytes() const override { return named_; }
  bool has_file(const std::string& path) const override { return std::filesystem::is_regular_file(path); }
  std::span<const std::byte> read(const std::string& path) override {
    return others_.emplace_back(testing::read_file(path));
  }

 private:
  std::string path_;
  bool is_folder_;
  std::vector<std::byte> named_;
  std::list<std::vector<std::byte>> others_;
};

void check(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.subject());
}

void print(const std::string& path, const std::vector<uint32_t>& ids) {
  DiskFiles files(path);
  tools::Notes notes;
  tools::ImportedModel source = tools::import_model(files, {}, &notes);
  tools::attach_vocabulary(&source, files, "", &notes);
  tools::ConvertOptions options;
  options.self_test = false;
  const tools::ImageBytes image = tools::convert(source, options);
  Model model;
  check(model.open(image.span()));
  const Plan plan = make_plan(model, {.context = static_cast<uint32_t>(ids.size())}, MemoryLayout::unlimited());
  check(plan.status);
  tools::ImageBytes memory(plan.total_bytes());
  Engine engine;
  check(engine.init(model, plan, Memory(memory.span())));
  // Blocks of rows, in order for each position; one token at a time keeps the positions in order, too.
  const LogitsSink to_stdout = {[](void*, uint32_t, uint32_t, std::span<const float> logits) {
                                  std::fwrite(logits.data(), sizeof(float), logits.size(), stdout);
                                },
                                nullptr};
  for (const uint32_t& id : ids) check(engine.forward({&id, 1}, LogitsOf::kAll, &to_stdout));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: print_logits MODEL ID... >LOGITS\n");
    return 2;
  }
  try {
    std::vector<uint32_t> ids(static_cast<size_t>(argc) - 2);
    std::transform(argv + 2, argv + argc, ids.begin(), [](const char* word) { return std::stoul(word); });
    print(argv[1], ids);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "print_logits: %s\n", error.what());
    return 1;
  }
  return 0;
}
