// Uses the library as another project would.
//   consumer MODEL.thm                 16 greedy tokens
//   consumer MODEL.thm PROMPT SEED     the text that the model's own sampling gives
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <span>
#include <thimble/thimble.hpp>
#include <vector>

namespace {

int report(const thimble::Status& status) {
  char line[200];
  thimble::format_status(status, line);
  std::fprintf(stderr, "%s\n", line);
  return 1;
}

thimble::GeneratorParams greedy() {
  thimble::GeneratorParams params;
  params.sampler.temperature = 0;
  params.max_tokens = 16;
  params.ignore_eos = true;
  return params;
}

int tell(std::span<const std::byte> image, const char* prompt, const char* seed) {
  thimble::Model model;
  if (auto s = model.open(image); !s.ok()) return report(s);
  const auto plan = thimble::make_plan(model, {.max_batch = 4}, thimble::MemoryLayout::unlimited());
  if (!plan.status.ok()) return report(plan.status);

  std::vector<std::byte> block(plan.total_bytes() + thimble::kBlockAlignment - 1);
  thimble::Engine engine;
  if (auto s = engine.init(model, plan, thimble::Memory(block)); !s.ok()) return report(s);

  thimble::GeneratorParams params = greedy();
  if (seed != nullptr) {
    params = {.sampler = thimble::model_sampling(model)};
    params.sampler.seed = std::strtoull(seed, nullptr, 10);
  }
  thimble::Generator generator(engine, params);
  if (auto s = generator.start(prompt); !s.ok()) return report(s);
  while (auto piece = generator.next()) std::fwrite(piece.text().data(), 1, piece.text().size(), stdout);
  std::puts("");
  return generator.status().ok() ? 0 : report(generator.status());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) return 2;
  std::ifstream file(argv[1], std::ios::binary | std::ios::ate);
  if (!file) return 1;
  std::vector<std::byte> image(static_cast<size_t>(file.tellg()));  // aligned to 16, as every heap has it
  file.seekg(0);
  file.read(reinterpret_cast<char*>(image.data()), static_cast<std::streamsize>(image.size()));
  std::fprintf(stderr, "thimble %s\n", THIMBLE_VERSION);
  return tell(image, argc == 4 ? argv[2] : "Once", argc == 4 ? argv[3] : nullptr);
}
