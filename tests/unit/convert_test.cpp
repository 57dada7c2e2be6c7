// The bytes that the converter writes, read back with nothing but the numbers of docs/FORMAT.md.

#include "tools/convert/convert.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include "base/checksum.h"
#include "tests/support/model_fixture.h"
#include "thimble/version.h"
#include "tools/error.h"

namespace thimble {
namespace {

using testing::Fixture;

template <class T>
T at(std::span<const std::byte> bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
  return value;
}

// The checksum as the format states it, byte by byte.
uint32_t checksum(std::span<const std::byte> bytes) {
  uint32_t h = 0x811c9dc5;
  for (size_t i = 0; i < bytes.size(); i += 4) {
    uint32_t word = 0;
    for (size_t k = 0; k < 4 && i + k < bytes.size(); ++k) word |= static_cast<uint32_t>(bytes[i + k]) << (8 * k);
    h = (h ^ word) * 0x9e3779b1;
    h = h << 15 | h >> 17;
  }
  h = (h ^ static_cast<uint32_t>(bytes.size())) * 0x9e3779b1;
  return h ^ h >> 16;
}

struct Section {
  std::string kind;
  uint32_t flags = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint32_t checksum = 0;
};

std::vector<Section> sections_of(std::span<const std::byte> image) {
  std::vector<Section> out(at<uint32_t>(image, 24));
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t entry = 128 + 32 * i;
    const auto* kind = reinterpret_cast<const char*>(image.data() + entry);
    out[i] = {std::string(kind, 4), at<uint32_t>(image, entry + 4), at<uint64_t>(image, entry + 8),
              at<uint64_t>(image, entry + 16), at<uint32_t>(image, entry + 24)};
    EXPECT_EQ(at<uint32_t>(image, entry + 28), 0u);
  }
  return out;
}

std::span<const std::byte> body(std::span<const std::byte> image, const char* kind) {
  for (const Section& s : sections_of(image)) {
    if (s.kind == kind) return image.subspan(s.offset, s.bytes);
  }
  ADD_FAILURE() << "no section " << kind;
  return {};
}

// The examples of docs/FORMAT.md.
TEST(Checksum, KnownValues) {
  const auto both = [](std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    EXPECT_EQ(checksum(bytes), checksum32(bytes));
    return checksum(bytes);
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(both(""), 0x46ae749bu);
  EXPECT_EQ(both("\0"sv), 0x1e188a6eu);
  EXPECT_EQ(both("abc"), 0x8104345fu);
  EXPECT_EQ(both("\0\1\2\3\4\5\6\7"sv), 0xbdc8fcd5u);
}

class Convert : public ::testing::TestWithParam<testing::FixtureSpec> {
 protected:
  Convert() : fixture_(testing::make_fixture(GetParam())), memory_(testing::to_thm(fixture_)), image_(memory_.span()) {}

  Fixture fixture_;
  const tools::ImageBytes memory_;
  std::span<const std::byte> image_;
};

INSTANTIATE_TEST_SUITE_P(AllSpecs, Convert, ::testing::ValuesIn(testing::all_specs()));

TEST_P(Convert, HeaderHoldsTheConfiguration) {
  EXPECT_EQ(reinterpret_cast<uintptr_t>(image_.data()) % 64, 0u);
  EXPECT_EQ(std::memcmp(image_.data(), "\x89THM\r\n\x1a\n", 8), 0);
  EXPECT_EQ(at<uint16_t>(image_, 8), 1u);
  EXPECT_EQ(at<uint16_t>(image_, 10), 0u);
  EXPECT_EQ(at<uint32_t>(image_, 12), 128u);
  EXPECT_EQ(at<uint64_t>(image_, 16), image_.size());
  const testing::FixtureSpec& s = GetParam();
  EXPECT_EQ(at<uint32_t>(image_, 28), s.tied ? 1u : 0u);
  const uint32_t fields[] = {s.dim,        s.hidden_dim, s.n_layers,   s.n_heads,
                             s.n_kv_heads, s.head_dim(), s.vocab_size, s.seq_len};
  for (size_t i = 0; i < std::size(fields); ++i) EXPECT_EQ(at<uint32_t>(image_, 32 + 4 * i), fields[i]) << i;
  EXPECT_EQ(at<float>(image_, 64), 10000.0f);
  EXPECT_EQ(at<float>(image_, 68), 1e-5f);
  for (size_t i = 72; i < 120; ++i) EXPECT_EQ(image_[i], std::byte{0});
  EXPECT_EQ(at<uint32_t>(image_, 124), checksum(image_.first(124)));
}

TEST_P(Convert, SectionsStandInOrderAlignedAndSummed) {
  const std::vector<Section> sections = sections_of(image_);
  const char* kinds[] = {"TENS", "ROPE", "VOCB", "ABOU", "SUMS", "DATA"};
  ASSERT_EQ(sections.size(), std::size(kinds));
  EXPECT_EQ(at<uint32_t>(image_, 120), checksum(image_.subspan(128, 32 * sections.size())));
  uint64_t end = 128 + 32 * sections.size();
  for (size_t i = 0; i < sections.size(); ++i) {
    const Section& s = sections[i];
    EXPECT_EQ(s.kind, kinds[i]);
    EXPECT_EQ(s.flags, s.kind == "ABOU" ? 0u : 1u);
    EXPECT_EQ(s.offset % 64, 0u);
    EXPECT_EQ(s.offset, (end + 63) / 64 * 64);
    for (uint64_t p = end; p < s.offset; ++p) EXPECT_EQ(image_[p], std::byte{0});
    EXPECT_EQ(s.checksum, s.kind == "DATA" ? 0u : checksum(image_.subspan(s.offset, s.bytes)));
    end = s.offset + s.bytes;
  }
  EXPECT_EQ(end, image_.size());
}

TEST_P(Convert, BlockSumsCoverTheWeights) {
  const auto sums = body(image_, "SUMS");
  const auto data = body(image_, "DATA");
  const size_t blocks = (data.size() + 16383) / 16384;
  ASSERT_EQ(sums.size(), blocks * 4);
  for (size_t b = 0; b < blocks; ++b) {
    const auto block = data.subspan(b * 16384, std::min<size_t>(16384, data.size() - b * 16384));
    EXPECT_EQ(at<uint32_t>(sums, b * 4), checksum(block));
  }
}

TEST_P(Convert, TensorsStandInReadingOrderPaddedWithZeros) {
  using enum Role;
  std::vector<std::pair<Role, uint32_t>> order;
  const bool tied = GetParam().tied;
  if (!tied) order.emplace_back(kTokenEmbedding, 0xffffffffu);
  for (uint32_t layer = 0; layer < GetParam().n_layers; ++layer) {
    for (const Role r : {kAttentionNorm, kWq, kWk, kWv, kWo, kFfnNorm, kWGate, kWUp, kWDown}) {
      order.emplace_back(r, layer);
    }
  }
  order.emplace_back(kFinalNorm, 0xffffffffu);
  order.emplace_back(tied ? kTokenEmbedding : kClassifier, 0xffffffffu);

  const auto directory = body(image_, "TENS");
  const auto data = body(image_, "DATA");
  ASSERT_EQ(directory.size(), order.size() * 32);
  std::vector<bool> used(data.size());
  uint64_t end = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto entry = directory.subspan(32 * i, 32);
    const testing::FixtureTensor& t = fixture_.tensor(order[i].first, order[i].second);
    EXPECT_EQ(at<uint16_t>(entry, 0), static_cast<uint16_t>(order[i].first));
    EXPECT_EQ(at<uint16_t>(entry, 2), 0u);
    EXPECT_EQ(at<uint32_t>(entry, 4), order[i].second);
    EXPECT_EQ(at<uint32_t>(entry, 8), t.rows);
    EXPECT_EQ(at<uint32_t>(entry, 12), t.cols);
    const auto offset = at<uint64_t>(entry, 16);
    const size_t stride = (t.cols * 4 + 15) / 16 * 16;
    EXPECT_EQ(offset, (end + 63) / 64 * 64);
    EXPECT_EQ(at<uint64_t>(entry, 24), t.rows * stride);
    end = offset + t.rows * stride;
    for (size_t r = 0; r < t.rows; ++r) {
      const size_t from = offset + r * stride;
      EXPECT_EQ(std::memcmp(data.data() + from, t.values.data() + r * t.cols, t.cols * 4), 0);
      std::fill_n(used.begin() + static_cast<ptrdiff_t>(from), t.cols * 4, true);
    }
  }
  EXPECT_EQ(end, data.size());
  for (size_t i = 0; i < data.size(); ++i) ASSERT_TRUE(used[i] || data[i] == std::byte{0}) << i;
}

TEST_P(Convert, RopeSectionHoldsThePhaseSteps) {
  const auto rope = body(image_, "ROPE");
  const auto steps = tools::rope_phase_steps(10000.0, GetParam().head_dim());
  ASSERT_EQ(rope.size(), steps.size() * 8);
  for (size_t i = 0; i < steps.size(); ++i) EXPECT_EQ(at<uint64_t>(rope, i * 8), steps[i]);
}

TEST_P(Convert, TheReaderAcceptsAndVerifiesIt) {
  Model model;
  const Status opened = model.open(image_);
  ASSERT_TRUE(opened.ok()) << opened.subject();
  const Status verified = model.verify();
  EXPECT_TRUE(verified.ok()) << verified.subject();
  EXPECT_EQ(model.config(), fixture_.config);
}

TEST_P(Convert, IsTheSameEveryTime) {
  const tools::ImageBytes again = testing::to_thm(fixture_);
  ASSERT_EQ(again.span().size(), image_.size());
  EXPECT_EQ(std::memcmp(again.span().data(), image_.data(), image_.size()), 0);
}

// Key -> (type, value bytes), in file order.
std::vector<std::pair<std::string, std::pair<int, std::string>>> about_of(std::span<const std::byte> section) {
  std::vector<std::pair<std::string, std::pair<int, std::string>>> out;
  size_t p = 4;
  for (uint32_t i = 0; i < at<uint32_t>(section, 0); ++i) {
    const size_t key_bytes = at<uint16_t>(section, p);
    const size_t value_bytes = at<uint32_t>(section, p + 4);
    EXPECT_EQ(section[p + 3], std::byte{0});
    const auto* text = reinterpret_cast<const char*>(section.subspan(p + 8, key_bytes + value_bytes).data());
    out.push_back(
        {std::string(text, key_bytes), {static_cast<int>(section[p + 2]), std::string(text + key_bytes, value_bytes)}});
    for (p += 8 + key_bytes + value_bytes; p % 4 != 0; ++p) EXPECT_EQ(section[p], std::byte{0});
  }
  EXPECT_EQ(p, section.size());
  return out;
}

TEST(ConvertAbout, HoldsSortedFacts) {
  tools::ImportedModel model = testing::to_imported(testing::make_fixture(testing::untied_spec()));
  model.source_bytes = 0x0102030405060708;
  model.source_checksum = 0xdeadbeef;
  tools::ConvertOptions options;
  options.command = "thimble convert a.bin b.thm";
  options.name = "a name";
  options.license = "MIT";
  options.chat_template = "[INST] {prompt} [/INST]";
  for (int i = 0; i < 11; ++i) options.prompts.push_back("prompt " + std::to_string(i));
  options.sampling = {{"sampling.top_p", 0.9f}, {"sampling.temperature", 0.8f}};
  const tools::ImageBytes image = tools::convert(model, options);

  const auto entries = about_of(body(image.span(), "ABOU"));
  for (size_t i = 1; i < entries.size(); ++i) EXPECT_LT(entries[i - 1].first, entries[i].first);
  const std::map<std::string, std::pair<int, std::string>> facts(entries.begin(), entries.end());
  EXPECT_EQ(facts.at("convert.command"), std::pair(0, options.command));
  EXPECT_EQ(facts.at("convert.version"), std::pair(0, std::string("thimble " THIMBLE_VERSION)));
  EXPECT_EQ(facts.at("name"), std::pair(0, options.name));
  EXPECT_EQ(facts.at("license"), std::pair(0, options.license));
  EXPECT_EQ(facts.at("chat.template"), std::pair(0, options.chat_template));
  EXPECT_EQ(facts.at("prompt.10"), std::pair(0, std::string("prompt 10")));
  EXPECT_EQ(facts.at("source.format"), std::pair(0, std::string("synthetic")));
  EXPECT_EQ(facts.at("source.bytes"), std::pair(2, std::string("\x08\x07\x06\x05\x04\x03\x02\x01")));
  EXPECT_EQ(facts.at("source.checksum"), std::pair(2, std::string("\xef\xbe\xad\xde\0\0\0\0", 8)));
  EXPECT_EQ(facts.at("sampling.top_p"), std::pair(1, std::string("\x66\x66\x66\x3f")));
  EXPECT_EQ(facts.at("weights.type"), std::pair(0, std::string("f32")));
  EXPECT_EQ(facts.at("selftest.kv_f32").second.size(), 8u);
  EXPECT_NE(facts.at("selftest.kv_i8").second, facts.at("selftest.kv_f32").second);
  EXPECT_EQ(facts.size(), 14u + 11u);
}

TEST(ConvertAbout, LeavesOutWhatIsNotKnown) {
  const auto image = tools::convert(testing::to_imported(testing::make_fixture(testing::smallest_spec())), {});
  for (const auto& [key, value] : about_of(body(image.span(), "ABOU"))) {
    EXPECT_TRUE(key.starts_with("convert.") || key == "name" || key.starts_with("source.") ||
                key.starts_with("selftest.") || key == "tokenizer.format" || key == "weights.type")
        << key;
    EXPECT_FALSE(value.second.empty()) << key;
  }
}

// The message of the Error that converting throws; empty when it does not.
std::string refusal(const tools::ImportedModel& model, const tools::ConvertOptions& options = {}) {
  try {
    tools::convert(model, options);
  } catch (const tools::Error& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

TEST(ConvertRefuses, WeightsThatAreNotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Fixture f = testing::make_fixture(testing::small_spec());
    testing::FixtureTensor& t = f.tensor(Role::kWUp, 1);
    t.values[7 * t.cols + 3] = -bad;
    const std::string message = refusal(testing::to_imported(f));
    EXPECT_PRED2(contains, message, "w_up of layer 1: row 7, column 3") << message;
  }
}

TEST(ConvertRefuses, TensorsMissingDoubledOrMisshapen) {
  const tools::ImportedModel good = testing::to_imported(testing::make_fixture(testing::small_spec()));
  tools::ImportedModel model = good;
  model.tensors.erase(model.tensors.begin() + 4);
  EXPECT_EQ(refusal(model), "tensor wv of layer 0 is missing");
  model = good;
  model.tensors[4] = model.tensors[3];
  EXPECT_PRED2(contains, refusal(model), "there twice");
  model = good;
  model.tensors.push_back(model.tensors[4]);
  EXPECT_PRED2(contains, refusal(model), "30 tensors, expected 29") << refusal(model);
  model = good;
  ++model.tensors[8].cols;
  EXPECT_EQ(refusal(model), "tensor w_up of layer 0 has shape 44 x 25, expected 44 x 24");
}

TEST(ConvertRefuses, ConfigurationsBeyondTheFormat) {
  const tools::ImportedModel good = testing::to_imported(testing::make_fixture(testing::small_spec()));
  const auto with = [&](auto change) {
    tools::ImportedModel model = good;
    change(model.config);
    return refusal(model);
  };
  EXPECT_PRED2(contains, with([](ModelConfig& c) { c.dim = 0; }), "dim is 0");
  EXPECT_PRED2(contains, with([](ModelConfig& c) { c.n_layers = 1025; }), "n_layers is 1025");
  EXPECT_PRED2(contains, with([](ModelConfig& c) { c.vocab_size = (1 << 20) + 1; }), "vocab_size");
  EXPECT_PRED2(contains, with([](ModelConfig& c) { c.n_kv_heads = 3; }), "n_kv_heads is 3");
  EXPECT_PRED2(contains, with([](ModelConfig& c) { c.head_dim = 60000; }), "n_heads x head_dim");
  EXPECT_PRED2(contains, with([](ModelConfig& c) { c.norm_eps = -1; }), "norm_eps");
  EXPECT_PRED2(contains, with([](ModelConfig& c) { c.rope_theta = 0; }), "rope_theta");
}

TEST(ConvertRefuses, VocabulariesOfAnotherSizeAndBadFacts) {
  const tools::ImportedModel good = testing::to_imported(testing::make_fixture(testing::small_spec()));
  tools::ImportedModel model = good;
  model.vocabulary.pieces.pop_back();
  EXPECT_PRED2(contains, refusal(model), "299 pieces, but the model 300") << refusal(model);
  const auto with = [&](std::vector<std::pair<std::string, float>> sampling) {
    tools::ConvertOptions options;
    options.sampling = std::move(sampling);
    return refusal(good, options);
  };
  EXPECT_EQ(with({{"sampling.a", 1.0f}}), "");
  EXPECT_NE(with({{"temperature", 1.0f}}), "");
  EXPECT_NE(with({{"sampling.Top", 1.0f}}), "");
  EXPECT_NE(with({{"sampling.a", 1.0f}, {"sampling.a", 2.0f}}), "");
  EXPECT_NE(with({{"sampling.a", std::numeric_limits<float>::infinity()}}), "");
}

TEST(ConvertRefuses, WeightsBeyondTheirType) {
  const auto with = [](float weight, tools::WeightType type) {
    Fixture f = testing::make_fixture(testing::small_spec());
    testing::FixtureTensor& t = f.tensor(Role::kWo, 2);
    std::fill(t.values.begin(), t.values.end(), 1e-40f);
    t.values[7 * t.cols + 3] = weight;
    tools::ConvertOptions options;
    options.type = type;
    return refusal(testing::to_imported(f), options);
  };
  EXPECT_EQ(with(70000.0f, tools::WeightType::kF32), "");
  EXPECT_EQ(with(70000.0f, tools::WeightType::kQ8), "");
  EXPECT_EQ(with(65504.0f, tools::WeightType::kF16), "");
  EXPECT_EQ(
      with(70000.0f, tools::WeightType::kF16),
      "tensor wo of layer 2: row 7, column 3 is 70000, expected a weight that f16 can hold, at most 65504; use f32");
  for (const auto type : {tools::WeightType::kQ8, tools::WeightType::kQ4}) {
    EXPECT_PRED2(contains, with(1e-40f, type), "tensor wo of layer 2: the weights need a scale of ");
  }
}

// --- types of weights ---

class ConvertTypes : public ::testing::TestWithParam<tools::WeightType> {};

std::string type_name(const ::testing::TestParamInfo<tools::WeightType>& info) {
  return tools::weight_type_name(info.param);
}

using enum tools::WeightType;
INSTANTIATE_TEST_SUITE_P(AllTypes, ConvertTypes, ::testing::Values(kF32, kF16, kQ8, kQ4, kMixed), type_name);

TEST_P(ConvertTypes, TheReaderAcceptsAndVerifiesIt) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    const tools::ImageBytes image = testing::to_thm(testing::make_fixture(spec), GetParam());
    Model model;
    ASSERT_TRUE(model.open(image.span()).ok());
    const Status verified = model.verify();
    EXPECT_TRUE(verified.ok()) << verified.subject() << spec.dim;
    EXPECT_EQ(model.arithmetic(), GetParam() == kF32 || GetParam() == kF16 ? Arithmetic::kFloat : Arithmetic::kInteger);
    EXPECT_EQ(model.about_text("weights.type"), tools::weight_type_name(GetParam()));
  }
}

TEST_P(ConvertTypes, EachRoleHasItsType) {
  const tools::ImageBytes image = testing::to_thm(testing::make_fixture(testing::untied_spec()), GetParam());
  Model model;
  ASSERT_TRUE(model.open(image.span()).ok());
  // Norms, the two tables of the vocabulary, what mixed keeps in q8, the other matrices.
  const std::map<tools::WeightType, std::array<DType, 4>> expected = {
      {kF32, {DType::kF32, DType::kF32, DType::kF32, DType::kF32}},
      {kF16, {DType::kF32, DType::kF16, DType::kF16, DType::kF16}},
      {kQ8, {DType::kQ16, DType::kQ8, DType::kQ8, DType::kQ8}},
      {kQ4, {DType::kQ16, DType::kQ8, DType::kQ4, DType::kQ4}},
      {kMixed, {DType::kQ16, DType::kQ8, DType::kQ8, DType::kQ4}},
  };
  const auto kind_of = [](Role role) -> size_t {
    if (role == Role::kAttentionNorm || role == Role::kFfnNorm || role == Role::kFinalNorm) return 0;
    if (role == Role::kTokenEmbedding || role == Role::kClassifier) return 1;
    return role == Role::kWk || role == Role::kWv || role == Role::kWo || role == Role::kWDown ? 2 : 3;
  };
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    const DType type = model.tensor_at(i, &role, &layer).type;
    EXPECT_EQ(type, expected.at(GetParam())[kind_of(role)]) << role_name(role);
  }
}

// One report per tensor, in file order, with the error that a reader of the file will find.
TEST_P(ConvertTypes, ReportsWhatBecameOfEachTensor) {
  const Fixture fixture = testing::make_fixture(testing::untied_spec());
  const Fixture exact = testing::dequantized(fixture, GetParam());
  std::vector<tools::TensorReport> reports;
  tools::ConvertOptions options;
  options.type = GetParam();
  options.on_tensor = [&](const tools::TensorReport& report) { reports.push_back(report); };
  const tools::ImageBytes image = tools::convert(testing::to_imported(fixture), options);
  Model model;
  ASSERT_TRUE(model.open(image.span()).ok());
  ASSERT_EQ(reports.size(), model.tensor_count());
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    const TensorView view = model.tensor_at(i, &role, &layer);
    EXPECT_EQ(reports[i].role, role);
    EXPECT_EQ(reports[i].layer, layer);
    EXPECT_EQ(reports[i].type, view.type);
    EXPECT_EQ(reports[i].rows, view.rows);
    EXPECT_EQ(reports[i].cols, view.cols);
    EXPECT_EQ(reports[i].bytes, view.bytes);
    double error = 0, size = 0;
    const auto& from = fixture.tensor(role, layer).values;
    const auto& to = exact.tensor(role, layer).values;
    for (size_t k = 0; k < from.size(); ++k) {
      const double difference = static_cast<double>(to[k]) - static_cast<double>(from[k]);
      error += difference * difference;
      size += static_cast<double>(from[k]) * static_cast<double>(from[k]);
    }
    EXPECT_NEAR(reports[i].relative_error, std::sqrt(error / size), 1e-6) << role_name(role) << layer;
  }
}

// Zeros are common where training masks weights, and no type may make something of them.
TEST_P(ConvertTypes, ZerosStayZeros) {
  Fixture fixture = testing::make_fixture(testing::small_spec());
  testing::FixtureTensor& t = fixture.tensor(Role::kWGate, 1);
  for (size_t i = 0; i < t.values.size(); i += 2) t.values[i] = 0;
  const Fixture exact = testing::dequantized(fixture, GetParam());
  for (size_t i = 0; i < t.values.size(); i += 2) EXPECT_EQ(exact.tensor(Role::kWGate, 1).values[i], 0.0f) << i;
}

// The same file every time, whether or not it was run once; without that its hashes say that they are not known.
TEST_P(ConvertTypes, TheSelfTestChangesItsHashesAlone) {
  const tools::ImportedModel source = testing::to_imported(testing::make_fixture(testing::small_spec()));
  tools::ConvertOptions options;
  options.type = GetParam();
  const tools::ImageBytes tested = tools::convert(source, options);
  const tools::ImageBytes again = tools::convert(source, options);
  options.self_test = false;
  const tools::ImageBytes untested = tools::convert(source, options);
  EXPECT_TRUE(std::ranges::equal(tested.span(), again.span()));
  for (const char* kind : {"TENS", "ROPE", "VOCB", "SUMS", "DATA"}) {
    EXPECT_TRUE(std::ranges::equal(body(tested.span(), kind), body(untested.span(), kind))) << kind;
  }
  Model with, without;
  ASSERT_TRUE(with.open(tested.span()).ok());
  ASSERT_TRUE(without.open(untested.span()).ok());
  EXPECT_TRUE(with.verify().ok());
  for (const char* key : {"selftest.kv_f32", "selftest.kv_i8"}) {
    EXPECT_NE(with.about_u64(key, 0), 0u);
    EXPECT_EQ(without.about_u64(key, 1), 0u);
  }
}

TEST(ConvertProgress, RisesToTheEnd) {
  uint64_t last = 0, total = 0;
  tools::convert(testing::to_imported(testing::make_fixture(testing::small_spec())), {},
                 [&](uint64_t done, uint64_t all) {
                   EXPECT_GT(done, last);
                   last = done, total = all;
                 });
  EXPECT_GT(total, 0u);
  EXPECT_EQ(last, total);
}

}  // namespace
}  // namespace thimble
