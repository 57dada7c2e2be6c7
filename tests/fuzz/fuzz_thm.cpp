// The .thm reader. The first byte chooses: bit 0 set takes the rest as edits of a valid image (else the rest is the
// image), bit 1 set makes the checksums right again, so that the checks behind them are reached.

#include <algorithm>

#include "tests/fuzz/patches.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_repair.h"
#include "thimble/model.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

constexpr uint8_t kEdits = 1;
constexpr uint8_t kRepair = 2;
constexpr uint8_t kUntied = 4;

std::span<const std::byte> valid_image(bool untied) {
  static const tools::ImageBytes tied_image = testing::to_thm(testing::make_fixture(testing::smallest_spec()));
  static const tools::ImageBytes untied_image = testing::to_thm(testing::make_fixture(testing::five_words_spec()));
  return untied ? untied_image.span() : tied_image.span();
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
      if (view.data != nullptr) touch(std::as_bytes(std::span(view.f32_row(view.rows - 1), view.cols)));
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

void open_and_walk(std::span<const std::byte> image) {
  Model model;
  if (!model.open(image).ok()) return;
  static_cast<void>(model.verify().ok());
  walk_tensors(model);
  walk_about(model);
  walk_vocabulary(model);
}

}  // namespace
}  // namespace thimble

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace thimble;
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  const bool edits = (data[0] & kEdits) != 0;
  const auto source = edits ? valid_image((data[0] & kUntied) != 0) : std::as_bytes(rest);
  tools::ImageBytes image(source.size());
  std::ranges::copy(source, image.span().begin());
  if (edits) testing::apply_patches(rest, image.span());
  if ((data[0] & kRepair) != 0) testing::repair_checksums(image.span());
  open_and_walk(image.span());
  return 0;
}
