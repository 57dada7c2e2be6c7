// Uses the library as another project would: MODEL.thm in, 16 greedy tokens of text out.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
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

// A block that starts on the multiple that a model and a plan ask for.
struct Block {
  explicit Block(size_t size) : bytes(size), storage(size + thimble::kBlockAlignment) {
    void* at = storage.data();
    size_t space = storage.size();
    data = static_cast<std::byte*>(std::align(thimble::kBlockAlignment, bytes, at, space));
  }
  std::span<std::byte> span() { return {data, bytes}; }

  size_t bytes;
  std::vector<std::byte> storage;
  std::byte* data = nullptr;
};

int tell(std::span<const std::byte> image) {
  thimble::Model model;
  if (auto s = model.open(image); !s.ok()) return report(s);
  const auto plan = thimble::make_plan(model, {.context = 32, .max_batch = 4}, thimble::MemoryLayout::unlimited());
  if (!plan.status.ok()) return report(plan.status);

  Block block(plan.total_bytes());
  const thimble::Memory memory(block.span());
  thimble::Engine engine;
  if (auto s = engine.init(model, plan, memory); !s.ok()) return report(s);

  thimble::GeneratorParams params;
  params.sampler.temperature = 0;
  params.max_tokens = 16;
  params.ignore_eos = true;
  thimble::Generator generator(engine, params);
  if (auto s = generator.start("Once"); !s.ok()) return report(s);
  while (auto piece = generator.next()) std::fwrite(piece.text().data(), 1, piece.text().size(), stdout);
  std::puts("");
  return generator.status().ok() ? 0 : report(generator.status());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ifstream file(argv[1], std::ios::binary | std::ios::ate);
  if (!file) return 1;
  Block image(static_cast<size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(image.data), static_cast<std::streamsize>(image.bytes));
  std::fprintf(stderr, "thimble %s\n", THIMBLE_VERSION);
  return tell(image.span());
}
