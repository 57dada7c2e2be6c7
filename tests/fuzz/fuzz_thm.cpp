// The .thm reader, and the engine on what it accepts. The first byte chooses: bit 0 set takes the rest as edits of a
// valid image (else the rest is the image), bit 1 set makes the checksums right again, so that the checks behind them
// are reached; the bits above say which image: each type of weights, tied and untied.

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

#include "tests/fuzz/patches.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_repair.h"
#include "thimble/thimble.hpp"

namespace thimble {
namespace {

constexpr uint8_t kEdits = 1;
constexpr uint8_t kRepair = 2;
constexpr int kImageShift = 2;

// Bounds the time and memory of one run.
constexpr uint32_t kMostPositions = 4;
constexpr size_t kMostMemory = 8u << 20;
constexpr uint64_t kMostParameters = 1u << 20;

std::span<const std::byte> valid_image(size_t which) {
  static const std::vector<tools::ImageBytes> images = [] {
    using tools::WeightType;
    std::vector<tools::ImageBytes> all;
    for (const WeightType type :
         {WeightType::kF32, WeightType::kF16, WeightType::kQ8, WeightType::kQ4, WeightType::kMixed}) {
      all.push_back(testing::to_thm(testing::make_fixture(testing::smallest_spec()), type));
      all.push_back(testing::to_thm(testing::make_fixture(testing::five_words_spec()), type));
    }
    return all;
  }();
  return images[which % images.size()].span();
}

volatile uint64_t sink;  // what was read must count for something, or the read is left out

void touch(std::span<const std::byte> bytes) {
  uint64_t sum = 0;
  for (const std::byte b : bytes) sum += static_cast<uint64_t>(b);
  sink = sink + sum;
}

void touch(std::string_view text) { touch(std::as_bytes(std::span(text))); }

void walk_tensors(const Model& model) {
  for (uint32_t i = 0; i <= model.tensor_count(); ++i) {
    Role role{};
    uint32_t layer = 0;
    const TensorView view = model.tensor_at(i, &role, &layer);
    touch({view.data, static_cast<size_t>(view.bytes)});
  }
  for (int role = 0; role <= kRoleCount; ++role) {
    for (uint32_t layer = 0; layer <= model.config().n_layers; ++layer) {
      const TensorView view = model.tensor(static_cast<Role>(role), layer);
      touch({view.data, static_cast<size_t>(view.bytes)});
    }
  }
  for (uint32_t pair = 0; pair <= model.config().head_dim / 2; ++pair) sink = sink + model.rope_step(pair);
  sink = sink + model.parameter_count() + model.weight_bytes();
}

void walk_about(const Model& model) {
  for (uint32_t i = 0; i <= model.about_count(); ++i) {
    const AboutEntry entry = model.about_at(i);
    touch(entry.key);
    touch(entry.text);
    touch(model.about_text(entry.key, "none"));
    sink = sink + model.about_u64(entry.key, 1) + (model.about_f32(entry.key, 1.0f) > 0 ? 1 : 0);
  }
}

void walk_vocabulary(const Model& model) {
  Tokenizer tokenizer;
  touch(model.vocabulary());
  if (!tokenizer.open(model.vocabulary(), model.config().vocab_size).ok()) return;
  for (uint32_t id = 0; id <= tokenizer.vocab_size(); ++id) {
    touch(tokenizer.piece(id));
    touch(tokenizer.decode(tokenizer.bos(), id));
    sink = sink + tokenizer.find(tokenizer.name(id));
  }
}

void check(bool kept) {
  if (!kept) std::abort();
}

// What a file recommends is always a legal choice.
void read_sampling(const Model& model) { check(Sampler().set_params(model_sampling(model)).ok()); }

bool has_vocabulary(const Model& model) { return Tokenizer().open(model.vocabulary(), model.config().vocab_size).ok(); }

// Hash of the logits of a few tokens. An integer model's are finite, whatever its weights say. 0 when the vocabulary is
// none, which the engine refuses.
uint64_t run(const Model& model, const Plan& plan, const WeightReader* reader = nullptr) {
  tools::ImageBytes memory(plan.total_bytes());
  Engine engine;
  const bool ready = engine.init(model, plan, Memory(memory.span()), reader).ok();
  check(ready == has_vocabulary(model));
  if (!ready) return 0;
  std::vector<uint32_t> tokens(plan.options.context);
  const uint32_t vocab_size = model.config().vocab_size;
  for (uint32_t i = 0; i < tokens.size(); ++i) tokens[i] = selftest_token(i, vocab_size);
  struct Collector {
    LogitsHash hash;
    bool finite = true;
  } collector{LogitsHash(vocab_size)};
  const LogitsSink logits{[](void* context, uint32_t index, uint32_t first_row, std::span<const float> rows) {
                            auto* c = static_cast<Collector*>(context);
                            c->hash.add(index, first_row, rows);
                            for (const float x : rows) {
                              if ((std::bit_cast<uint32_t>(x) & 0x7f800000) == 0x7f800000) c->finite = false;
                            }
                          },
                          &collector};
  check(engine.forward(tokens, LogitsOf::kAll, &logits).ok());
  check(collector.finite || model.arithmetic() == Arithmetic::kFloat);
  return collector.hash.value();
}

// What an image says of its own head: as much as the whole, or nothing.
class Head {
 public:
  Head(std::span<const std::byte> image, bool whole_is_sound) : image_(image) {
    const auto bytes = Model::head_bytes(image);
    check(bytes.ok() || !whole_is_sound);
    if (!bytes.ok()) return;
    head_ = tools::ImageBytes(static_cast<size_t>(std::min<uint64_t>(*bytes, image.size())));
    std::ranges::copy(image.first(head_.span().size()), head_.span().begin());
    check(model_.open_head(head_.span(), image.size()).ok() == whole_is_sound);
  }
  const Model& model() const { return model_; }
  WeightReader reader() {
    return {[](void* context, uint64_t offset, std::span<std::byte> out) {
              const auto image = static_cast<Head*>(context)->image_;
              check(offset <= image.size() && out.size() <= image.size() - offset);
              std::ranges::copy(image.subspan(static_cast<size_t>(offset), out.size()), out.begin());
              return Status();
            },
            this};
  }

 private:
  std::span<const std::byte> image_;
  tools::ImageBytes head_;
  Model model_;
};

// Memory in which weights are streamed, unless all of them fit the buffers for that.
size_t streaming_bytes(const Model& model, const PlanOptions& options) {
  return make_plan(model, options, MemoryLayout().add(Region::kFast, 0)).buffer_bytes();
}

// Whether a reader would find what the checksums say.
bool is_intact(const Model& model) {
  const auto data = model.image().subspan(static_cast<size_t>(model.data_offset()));
  for (uint32_t block = 0; block < model.block_count(); ++block) {
    const auto rest = data.subspan(block * Model::kBlockBytes);
    if (!model.check_block(block, rest.first(std::min(rest.size(), Model::kBlockBytes))).ok()) return false;
  }
  return true;
}

// A block that differs from its checksum ends init() or the sweep that needs it, and nothing worse.
void fail_through_reader(const Model& model, const Plan& plan, const WeightReader& reader) {
  tools::ImageBytes memory(plan.total_bytes());
  Engine engine;
  if (!engine.init(model, plan, Memory(memory.span()), &reader).ok()) return;
  const uint32_t token = 0;
  const LogitsSink nowhere{[](void*, uint32_t, uint32_t, std::span<const float>) {}, nullptr};
  const Status status = engine.forward({&token, 1}, LogitsOf::kLast, &nowhere);
  check(status.ok() || status.code() == Code::kCorrupt);
}

// All kinds of kv cache; tokens one by one give the bits of a batch, and weights that are read those of the image.
void run_engine(const Model& model, Head* head) {
  if (model.parameter_count() > kMostParameters) return;
  for (const KvType kv : {KvType::kF32, KvType::kI8, KvType::kI4}) {
    PlanOptions options;
    options.context = std::min(model.config().max_context, kMostPositions);
    options.kv_type = kv;
    const Plan one = make_plan(model, options, MemoryLayout::unlimited());
    options.max_batch = 3;
    const Plan three = make_plan(model, options, MemoryLayout::unlimited());
    if (!one.status.ok() || !three.status.ok() || three.total_bytes() > kMostMemory) continue;
    const uint64_t hash = run(model, one);
    check(run(model, three) == hash);
    const WeightReader reader = head->reader();
    for (const WeightHome home : {WeightHome::kFast, WeightHome::kStreamed}) {
      options.weights = home;
      const Plan most = make_plan(head->model(), options, MemoryLayout::unlimited());
      const size_t bytes = home == WeightHome::kFast ? most.total_bytes() : streaming_bytes(head->model(), options);
      const Plan plan = make_plan(head->model(), options, MemoryLayout().add(Region::kFast, bytes));
      if (bytes > kMostMemory || !plan.status.ok()) continue;
      if (is_intact(model)) {
        check(run(head->model(), plan, &reader) == hash);
      } else {
        fail_through_reader(head->model(), plan, reader);
      }
    }
  }
}

void open_and_walk(std::span<const std::byte> image) {
  Model model;
  const bool sound = model.open(image).ok();
  Head head(image, sound);
  if (!sound) return;
  static_cast<void>(model.verify().ok());
  walk_tensors(model);
  walk_about(model);
  walk_vocabulary(model);
  read_sampling(model);
  run_engine(model, &head);  // verified or not: docs/SECURITY.md
}

}  // namespace
}  // namespace thimble

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace thimble;
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  const bool edits = (data[0] & kEdits) != 0;
  const auto source = edits ? valid_image(data[0] >> kImageShift) : std::as_bytes(rest);
  tools::ImageBytes image(source.size());
  std::ranges::copy(source, image.span().begin());
  if (edits) testing::apply_patches(rest, image.span());
  if ((data[0] & kRepair) != 0) testing::repair_checksums(image.span());
  open_and_walk(image.span());
  return 0;
}
