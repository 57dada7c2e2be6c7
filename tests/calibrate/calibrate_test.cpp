// Quantisation for a text: what it gains over plain rounding, that it follows the forward pass, that it is the same
// every time, and that --fit keeps its promise about the size.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "base/quantized_layout.h"
#include "tests/support/float64_oracle.h"
#include "tests/support/model_fixture.h"
#include "tests/support/shared_models.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/calibrate/calibrator.h"
#include "tools/calibrate/error_feedback.h"
#include "tools/calibrate/fit.h"
#include "tools/error.h"
#include "tools/import/llama2c.h"
#include "tools/quantize/dequantize.h"

namespace thimble {
namespace {

using testing::Fixture;
using tools::RowMatrix;
using tools::Sequences;

RowMatrix random_matrix(Eigen::Index rows, Eigen::Index cols, unsigned seed) {
  std::srand(seed);
  return RowMatrix::Random(rows, cols);
}

// Inputs that go together, as those of a model do: few directions carry most of them.
RowMatrix correlated_inputs(Eigen::Index tokens, Eigen::Index width) {
  const Eigen::Index few = std::max<Eigen::Index>(1, width / 4);
  return random_matrix(tokens, few, 1) * random_matrix(few, width, 2) + 0.2f * random_matrix(tokens, width, 3);
}

Eigen::MatrixXd moments_of(const RowMatrix& inputs) {
  Eigen::MatrixXd moments = (inputs.transpose() * inputs).cast<double>();
  moments.diagonal().array() += 0.01 * moments.trace() / static_cast<double>(moments.cols());
  return moments;
}

struct Stored {
  std::vector<std::byte> bytes;
  TensorView view;

  RowMatrix matrix() const {
    RowMatrix m(view.rows, view.cols);
    for (uint32_t r = 0; r < view.rows; ++r) {
      for (uint32_t c = 0; c < view.cols; ++c) m(r, c) = static_cast<float>(testing::stored_weight(view, r, c));
    }
    return m;
  }
};

template <class Quantize>
Stored store(DType type, const RowMatrix& weights, const Quantize& quantize) {
  const auto rows = static_cast<uint32_t>(weights.rows()), cols = static_cast<uint32_t>(weights.cols());
  Stored s;
  s.bytes.resize(tensor_bytes(type, rows, cols));
  const tools::QuantizedTensor written = quantize(s.bytes);
  s.view = {s.bytes.data(), type, written.exponent, rows, cols, row_bytes(type, cols), s.bytes.size()};
  return s;
}

Stored with_feedback(DType type, const RowMatrix& weights, const Eigen::MatrixXd& moments) {
  return store(type, weights,
               [&](std::span<std::byte> out) { return tools::ErrorFeedback(moments).quantize(type, weights, out); });
}

Stored plainly(DType type, const RowMatrix& weights) {
  return store(type, weights, [&](std::span<std::byte> out) {
    return tools::quantize(type, {weights.data(), static_cast<size_t>(weights.size())},
                           static_cast<uint32_t>(weights.rows()), static_cast<uint32_t>(weights.cols()), out);
  });
}

TEST(ErrorFeedback, OutputsAreCloserThanWithPlainRounding) {
  for (const DType type : {DType::kQ4, DType::kQ8}) {
    for (const Eigen::Index cols : {16, 17, 33, 64, 172}) {
      const RowMatrix inputs = correlated_inputs(600, cols);
      const RowMatrix weights = random_matrix(11, cols, 4);
      const auto error = [&](const Stored& s) { return ((weights - s.matrix()) * inputs.transpose()).norm(); };
      const double fed_back = static_cast<double>(error(with_feedback(type, weights, moments_of(inputs))));
      const double plain = static_cast<double>(error(plainly(type, weights)));
      EXPECT_LT(fed_back, 0.75 * plain) << dtype_name(type) << " " << cols;
    }
  }
}

// Inputs that have nothing to do with each other leave nothing to make good.
TEST(ErrorFeedback, RoundsToNearestWhereInputsAreIndependent) {
  const RowMatrix weights = random_matrix(9, 40, 5);
  for (const DType type : {DType::kQ4, DType::kQ8}) {
    const Stored s = with_feedback(type, weights, Eigen::MatrixXd::Identity(40, 40));
    EXPECT_LT((weights - s.matrix()).norm(), 1.05f * (weights - plainly(type, weights).matrix()).norm());
  }
}

TEST(ErrorFeedback, EveryShape) {
  for (const DType type : {DType::kQ4, DType::kQ8}) {
    for (Eigen::Index cols = 1; cols <= 2 * kQ4Block + 3; ++cols) {
      RowMatrix weights = random_matrix(3, cols, static_cast<unsigned>(cols));
      weights.row(1).setZero();
      const Stored s = with_feedback(type, weights, moments_of(correlated_inputs(100, cols)));
      const RowMatrix back = s.matrix();
      EXPECT_EQ(back.row(1).norm(), 0);
      const double most = type == DType::kQ4 ? 0.5 : 0.05;
      EXPECT_LT(static_cast<double>((weights - back).norm() / weights.norm()), most) << cols;
    }
  }
}

TEST(ErrorFeedback, RefusesScalesThatNoFileStates) {
  const RowMatrix weights = RowMatrix::Constant(1, 4, 1e-38f) * 1e-7f;
  EXPECT_THROW(with_feedback(DType::kQ4, weights, Eigen::MatrixXd::Identity(4, 4)), tools::Error);
}

Sequences random_sequences(const Fixture& fixture, uint32_t seed, size_t count, uint32_t length) {
  Sequences sequences(count);
  for (std::vector<uint32_t>& ids : sequences) {
    for (uint32_t t = 0; t < length; ++t) {
      seed = seed * 1664525u + 1013904223u;  // Numerical Recipes' generator
      ids.push_back((seed >> 8) % fixture.config.vocab_size);
    }
  }
  return sequences;
}

class Calibration : public ::testing::TestWithParam<testing::FixtureSpec> {
 protected:
  Calibration() : fixture_(testing::make_fixture(GetParam())), source_(testing::to_imported(fixture_)) {}

  tools::ImageBytes convert(tools::WeightType type, const Sequences& text) const {
    tools::ConvertOptions options;
    options.type = type;
    options.self_test = false;
    tools::Calibrator calibrator(source_, text, dtype_of(type, Role::kTokenEmbedding));
    options.quantize = [&](const TensorShape& shape, DType dtype, const tools::ReadRow& read_row,
                           std::span<std::byte> out) { return calibrator.quantize(shape, dtype, read_row, out); };
    return tools::convert(source_, options);
  }

  // Mean square of the logits' errors, with the weights of an image in the oracle.
  double error_of(const tools::ImageBytes& image, const Sequences& text) const {
    Model model;
    EXPECT_TRUE(model.open(image.span()).ok());
    Fixture stored = fixture_;
    for (testing::FixtureTensor& t : stored.tensors) {
      const TensorView view = model.tensor(t.role, t.layer);
      for (size_t i = 0; i < t.values.size(); ++i) {
        t.values[i] = static_cast<float>(testing::stored_weight(view, i / t.cols, i % t.cols));
      }
    }
    double sum = 0, count = 0;
    for (const std::vector<uint32_t>& ids : text) {
      const auto expected = oracle_logits(fixture_, ids);
      const auto found = oracle_logits(stored, ids);
      for (size_t t = 0; t < found.size(); ++t) {
        for (size_t i = 0; i < found[t].size(); ++i) {
          sum += (found[t][i] - expected[t][i]) * (found[t][i] - expected[t][i]);
          ++count;
        }
      }
    }
    return sum / count;
  }

  Fixture fixture_;
  tools::ImportedModel source_;
};

INSTANTIATE_TEST_SUITE_P(Specs, Calibration,
                         ::testing::Values(testing::small_spec(), testing::untied_spec(), testing::one_kv_head_spec()));

// The forward pass that calibration follows, against the oracle.
TEST_P(Calibration, ActivationsAreThoseOfTheModel) {
  const Sequences text = random_sequences(fixture_, 1, 3, 17);
  const tools::Reading reading = tools::first_tokens(text, 1000);
  tools::Activations activations = embed(source_, tools::read_matrix(source_, Role::kTokenEmbedding, 0), reading);
  RowMatrix last;
  for (uint32_t i = 0; i < expected_tensor_count(source_.config); ++i) {
    const TensorShape shape = expected_tensor(source_.config, i);
    last = tools::read_matrix(source_, shape.role, shape.layer);
    activations.pass(shape.role, last);
  }
  const RowMatrix logits = activations.input() * last.transpose();
  for (size_t s = 0; s < text.size(); ++s) {
    const auto expected = oracle_logits(fixture_, text[s]);
    for (size_t t = 0; t < expected.size(); ++t) {
      for (size_t i = 0; i < expected[t].size(); ++i) {
        ASSERT_NEAR(static_cast<double>(logits(static_cast<Eigen::Index>(s * 17 + t), static_cast<Eigen::Index>(i))),
                    expected[t][i], 2e-4);
      }
    }
  }
}

TEST_P(Calibration, LosesLessThanPlainRoundingOnOtherText) {
  const Sequences text = random_sequences(fixture_, 1, 40, 60);
  const Sequences other = random_sequences(fixture_, 2, 3, 40);
  for (const tools::WeightType type : {tools::WeightType::kQ4, tools::WeightType::kMixed}) {
    const double plain = error_of(testing::to_thm(fixture_, type), other);
    EXPECT_LT(error_of(convert(type, text), other), 0.95 * plain) << tools::weight_type_name(type);
  }
}

TEST_P(Calibration, SameBytesEveryTime) {
  const Sequences text = random_sequences(fixture_, 1, 4, 40);
  const tools::ImageBytes a = convert(tools::WeightType::kQ4, text), b = convert(tools::WeightType::kQ4, text);
  ASSERT_EQ(a.span().size(), b.span().size());
  EXPECT_EQ(std::memcmp(a.span().data(), b.span().data(), a.span().size()), 0);
  tools::ConvertOptions plain;
  plain.type = tools::WeightType::kQ4;
  EXPECT_EQ(a.span().size(), tools::converted_bytes(source_, plain));
}

TEST_P(Calibration, RefusesNoText) { EXPECT_THROW(convert(tools::WeightType::kQ4, {{}, {}}), tools::Error); }

TEST_P(Calibration, FitKeepsToTheSizeAndUsesIt) {
  const Sequences text = random_sequences(fixture_, 1, 4, 60);
  const std::vector<tools::FittedTensor> measured = tools::measure_tensors(source_, text, nullptr);
  tools::ConvertOptions options;
  options.self_test = false;
  options.type = tools::WeightType::kQ8;
  const uint64_t most = tools::converted_bytes(source_, options);
  options.types = tools::types_of(measured);
  const uint64_t least = tools::converted_bytes(source_, options);
  ASSERT_LT(least, most);
  double lost_before = INFINITY;
  for (uint64_t bytes = least; bytes <= most + 256; bytes += (most - least) / 7) {
    std::vector<tools::FittedTensor> fitted = measured;
    tools::fit(source_, options, bytes, &fitted);
    options.types = tools::types_of(fitted);
    const tools::ImageBytes image = tools::convert(source_, options);
    EXPECT_LE(image.span().size(), bytes);
    EXPECT_EQ(image.span().size(), tools::converted_bytes(source_, options));
    double lost = 0;
    for (const tools::FittedTensor& tensor : fitted) lost += tensor.type == DType::kQ4 ? tensor.nats : 0;
    EXPECT_LE(lost, lost_before);
    lost_before = lost;
  }
  std::vector<tools::FittedTensor> fitted = measured;
  tools::fit(source_, options, most + 256, &fitted);
  for (const tools::FittedTensor& tensor : fitted) EXPECT_NE(tensor.type, DType::kQ4);
  EXPECT_THROW(tools::fit(source_, options, least - 1, &(fitted = measured)), tools::Error);
}

// Nats per token that a model needs for a text, its weights in floats.
double nats_per_token(const tools::ImportedModel& model, const Sequences& text) {
  const tools::Reading reading = tools::first_tokens(text, SIZE_MAX);
  tools::Activations activations = embed(model, tools::read_matrix(model, Role::kTokenEmbedding, 0), reading);
  RowMatrix last;
  for (uint32_t i = 0; i < expected_tensor_count(model.config); ++i) {
    const TensorShape shape = expected_tensor(model.config, i);
    last = tools::read_matrix(model, shape.role, shape.layer);
    activations.pass(shape.role, last);
  }
  const RowMatrix logits = activations.input() * last.transpose();
  double nats = 0;
  size_t count = 0;
  for (size_t s = 0; s + 1 < reading.starts.size(); ++s) {
    for (size_t t = reading.starts[s]; t + 1 < reading.starts[s + 1]; ++t, ++count) {
      const auto row = logits.row(static_cast<Eigen::Index>(t)).array().cast<double>();
      nats += std::log((row - row.maxCoeff()).exp().sum()) + row.maxCoeff() - row(reading.ids[t + 1]);
    }
  }
  return nats / static_cast<double>(count);
}

// The model with the weights that an image stores.
tools::ImportedModel with_stored_weights(tools::ImportedModel model, const Model& stored) {
  for (tools::SourceTensor& tensor : model.tensors) {
    const TensorView view = stored.tensor(tensor.role, tensor.layer);
    tensor.read_row = [view](uint32_t row, std::span<float> out) { tools::dequantize_row(view, row, out); };
  }
  return model;
}

// The bar of the project is 0.05 nats for 200 stories (docs/QUANTIZATION.md), with some 100,000 tokens to calibrate
// with.
TEST(RealModel, LosesLessOnStoriesThatItWasNotCalibratedWith) {
  THIMBLE_NEED_SHARED();
  const auto checkpoint = testing::read_file(testing::shared_folder() / "models/stories260K/stories260K.bin");
  const auto tokenizer = testing::read_file(testing::shared_folder() / "models/stories260K/tok512.bin");
  tools::ImportedModel source = tools::import_llama2c(checkpoint, "stories260K.bin");
  source.vocabulary = tools::read_vocabulary(tokenizer, "tok512.bin", 512);
  const auto section = tools::write_vocabulary(source.vocabulary);
  Tokenizer encoder;
  ASSERT_TRUE(encoder.open(section, 512).ok());
  const std::string text = testing::read_text(testing::shared_folder() / "eval/tinystories_tail.txt");
  Sequences evaluated, calibration;
  for (size_t at = 0; calibration.size() < 10; at = text.find("<|endoftext|>", at) + 14) {
    const std::string story = text.substr(at, text.find("<|endoftext|>", at) - at);
    std::vector<uint32_t> ids = testing::encode(encoder, story);
    ids.resize(std::min<size_t>(ids.size(), 512));
    (evaluated.size() < 12 ? evaluated : calibration).push_back(std::move(ids));
  }
  tools::ConvertOptions options;
  options.self_test = false;
  options.type = tools::WeightType::kQ4;
  const tools::ImageBytes plain = tools::convert(source, options);
  tools::Calibrator calibrator(source, calibration, DType::kQ8);
  options.quantize = [&](const TensorShape& shape, DType dtype, const tools::ReadRow& read_row,
                         std::span<std::byte> out) { return calibrator.quantize(shape, dtype, read_row, out); };
  const tools::ImageBytes calibrated = tools::convert(source, options);
  EXPECT_EQ(calibrated.span().size(), plain.span().size());

  const double exact = nats_per_token(source, evaluated);
  const auto extra = [&](const tools::ImageBytes& image) {
    Model model;
    EXPECT_TRUE(model.open(image.span()).ok());
    return nats_per_token(with_stored_weights(source, model), evaluated) - exact;
  };
  EXPECT_NEAR(exact, 1.45, 0.2);
  EXPECT_LT(extra(calibrated), 0.05);
  EXPECT_LT(extra(calibrated), 0.7 * extra(plain));
}

// No other choice of as many bytes saves more: all of them, for a model of few matrices.
TEST(Fit, ChoosesTheBest) {
  const Fixture fixture = testing::make_fixture(testing::smallest_spec());
  const tools::ImportedModel source = testing::to_imported(fixture);
  std::vector<tools::FittedTensor> tensors;
  std::vector<size_t> matrices;
  for (uint32_t i = 0; i < expected_tensor_count(source.config); ++i) {
    const TensorShape shape = expected_tensor(source.config, i);
    const bool norm = shape.rows == 1;
    tensors.push_back({shape, norm ? 0 : 0.001 * ((i * 7) % 5 + 1), norm ? DType::kQ16 : DType::kQ4});
    if (!norm) matrices.push_back(i);
  }
  tools::ConvertOptions options;
  const auto size_of = [&](const std::vector<tools::FittedTensor>& choice) {
    options.types = tools::types_of(choice);
    return tools::converted_bytes(source, options);
  };
  const uint64_t least = size_of(tensors);
  for (const uint64_t more : {64u, 128u, 200u, 320u, 512u}) {
    std::vector<tools::FittedTensor> fitted = tensors;
    tools::fit(source, options, least + more, &fitted);
    const auto saved = [&](const std::vector<tools::FittedTensor>& choice) {
      double sum = 0;
      for (const tools::FittedTensor& tensor : choice) sum += tensor.type == DType::kQ8 ? tensor.nats : 0;
      return sum;
    };
    for (uint32_t set = 0; set < 1u << matrices.size(); ++set) {
      std::vector<tools::FittedTensor> other = tensors;
      for (size_t k = 0; k < matrices.size(); ++k) {
        if (set >> k & 1) other[matrices[k]].type = DType::kQ8;
      }
      if (size_of(other) + 128 > least + more) continue;
      EXPECT_LE(saved(other), saved(fitted) + 1e-12);
    }
  }
}

}  // namespace
}  // namespace thimble
