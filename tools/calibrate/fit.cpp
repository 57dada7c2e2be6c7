// A tensor is rounded alone, at its place in the forward pass; all others stay in floats. Losses of several tensors
// nearly add up as long as they are small, so which of them get q8 is the knapsack problem: exact, by the table of the
// best value for every size. Greedy by nats per byte is no substitute, since one tensor, the embedding, may be a tenth
// of the file.

#include "tools/calibrate/fit.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/checked.h"
#include "format/layout.h"
#include "format/roles.h"
#include "tools/calibrate/error_feedback.h"
#include "tools/error.h"

namespace thimble::tools {
namespace {

using Eigen::Index;

// Enough to tell tensors apart: a divergence varies less from token to token than a loss. The logits of all of them
// are in memory together, 64 MB for the largest vocabularies.
constexpr size_t kMostTokens = 2048;
constexpr size_t kMostLogits = size_t{1} << 24;

constexpr size_t kMostUnits = 1 << 16;  // of the table of sizes: 64 bytes each up to 4 MB, more beyond

constexpr double kDamping = 0.01;  // as Calibrator's

// In the file, with padding.
uint64_t padded_bytes(DType type, const TensorShape& shape) {
  return round_up<uint64_t>(tensor_bytes(type, shape.rows, shape.cols), format::kSectionAlign);
}

uint64_t bytes_more(const TensorShape& shape) {
  return padded_bytes(DType::kQ8, shape) - padded_bytes(DType::kQ4, shape);
}

// Of matrices q4, but for narrow ones, whose groups take more than q8 would.
DType smallest_type(const TensorShape& shape) {
  if (format::is_norm(shape.role)) return DType::kQ16;
  return padded_bytes(DType::kQ4, shape) < padded_bytes(DType::kQ8, shape) ? DType::kQ4 : DType::kQ8;
}

void log_softmax(RowMatrix* logits) {
  for (Index t = 0; t < logits->rows(); ++t) {
    auto row = logits->row(t).array();
    row -= row.maxCoeff();
    row -= std::log(row.exp().sum());
  }
}

// The model in floats, and what it foresees.
class Measurement {
 public:
  Measurement(const ImportedModel& model, const Sequences& sequences)
      : model_(model),
        text_(first_tokens(sequences,
                           std::max<size_t>(1, std::min(kMostTokens, kMostLogits / model.config.vocab_size)))) {
    for (uint32_t i = 0; i < expected_tensor_count(model.config); ++i) {
      const TensorShape shape = expected_tensor(model.config, i);
      tensors_.push_back({shape, read_matrix(model, shape.role, shape.layer)});
      if (shape.role == Role::kTokenEmbedding) embedding_ = i;
    }
    foreseen_ = outlook(embed(model_, tensors_[embedding_].matrix, text_), 0, classifier());
  }

  std::vector<FittedTensor> measure(const Progress& progress) {
    std::vector<FittedTensor> result;
    Activations here = embed(model_, tensors_[embedding_].matrix, text_);
    for (size_t i = 0; i < tensors_.size(); ++i) {
      const TensorShape& shape = tensors_[i].shape;
      const bool norm = format::is_norm(shape.role);
      result.push_back({shape, norm ? 0 : nats_of(i, here), smallest_type(shape)});
      here.pass(shape.role, tensors_[i].matrix);
      if (progress) progress(i + 1, tensors_.size());
    }
    return result;
  }

 private:
  struct Tensor {
    TensorShape shape;
    RowMatrix matrix;
  };

  const RowMatrix& classifier() const { return tensors_.back().matrix; }  // the embedding itself where they are tied

  // Log-probabilities [tokens, vocabulary] when `at` goes on with the tensors from `next` on.
  RowMatrix outlook(Activations at, size_t next, const RowMatrix& classifier) const {
    for (size_t i = next; i < tensors_.size(); ++i) at.pass(tensors_[i].shape.role, tensors_[i].matrix);
    RowMatrix logits = at.input() * classifier.transpose();
    log_softmax(&logits);
    return logits;
  }

  double nats_of(size_t i, const Activations& here) const {
    const Role role = tensors_[i].shape.role;
    const RowMatrix& matrix = tensors_[i].matrix;
    if (role == Role::kClassifier) return divergence(outlook(here, i, rounded_plainly(matrix, DType::kQ4)));
    if (role == Role::kTokenEmbedding) {
      const RowMatrix rounded = rounded_plainly(matrix, DType::kQ4);
      const bool tied = model_.config.tied_classifier;
      return divergence(outlook(embed(model_, rounded, text_), 0, tied ? rounded : classifier()));
    }
    Activations there = here;
    there.pass(role, rounded_for(matrix, here.input()));
    return divergence(outlook(std::move(there), i + 1, classifier()));
  }

  RowMatrix rounded_for(const RowMatrix& matrix, const RowMatrix& input) const {
    Eigen::MatrixXd moments = products_of(input, input);
    const double mean = moments.trace() / static_cast<double>(moments.cols());
    moments.diagonal().array() += mean > 0 ? kDamping * mean : 1;
    TensorShape shape;
    shape.rows = static_cast<uint32_t>(matrix.rows());
    shape.cols = static_cast<uint32_t>(matrix.cols());
    std::vector<std::byte> bytes(tensor_bytes(DType::kQ4, shape.rows, shape.cols));
    const QuantizedTensor written = ErrorFeedback(moments).quantize(DType::kQ4, matrix, bytes);
    return stored_matrix(shape, DType::kQ4, written.exponent, bytes);
  }

  double divergence(const RowMatrix& log_q) const {
    const auto log_p = foreseen_.array();
    const double sum = (log_p.exp() * (log_p - log_q.array())).cast<double>().sum();
    return sum / static_cast<double>(foreseen_.rows());
  }

  const ImportedModel& model_;
  Reading text_;
  std::vector<Tensor> tensors_;  // in file order
  size_t embedding_ = 0;
  RowMatrix foreseen_;  // log-probabilities
};

struct Item {
  FittedTensor* tensor = nullptr;
  size_t units = 0;
};

// Gives q8 to the items that are worth most together and fit into `capacity`.
void fill(const std::vector<Item>& items, size_t capacity) {
  std::vector<double> best(capacity + 1);
  std::vector<std::vector<bool>> taken(items.size(), std::vector<bool>(capacity + 1));
  for (size_t i = 0; i < items.size(); ++i) {
    for (size_t room = capacity; room + 1 > items[i].units; --room) {
      const double value = best[room - items[i].units] + items[i].tensor->nats;
      if (value <= best[room]) continue;
      best[room] = value;
      taken[i][room] = true;
    }
  }
  size_t room = capacity;
  for (size_t i = items.size(); i-- > 0;) {
    if (!taken[i][room]) continue;
    items[i].tensor->type = DType::kQ8;
    room -= items[i].units;
  }
}

}  // namespace

std::vector<FittedTensor> measure_tensors(const ImportedModel& model, const Sequences& sequences,
                                          const Progress& progress) {
  return Measurement(model, sequences).measure(progress);
}

void check_can_fit(const ImportedModel& model, const ConvertOptions& options, uint64_t bytes) {
  ConvertOptions smallest = options;
  smallest.types.clear();
  for (uint32_t i = 0; i < expected_tensor_count(model.config); ++i) {
    smallest.types.push_back(smallest_type(expected_tensor(model.config, i)));
  }
  const uint64_t least = converted_bytes(model, smallest);
  if (least <= bytes) return;
  throw Error("--fit " + std::to_string(bytes) + ": with every matrix in q4 the file has " + std::to_string(least) +
              " bytes; allow that, or drop pieces with --prune-vocab");
}

void fit(const ImportedModel& model, const ConvertOptions& options, uint64_t bytes,
         std::vector<FittedTensor>* tensors) {
  check_can_fit(model, options, bytes);
  ConvertOptions fitted = options;
  fitted.types = types_of(*tensors);
  // SUMS grows with DATA, by 4 bytes for each 16,384.
  const uint64_t room = bytes - converted_bytes(model, fitted);
  const uint64_t capacity = room - std::min(room, room / (format::kBlockBytes / 4) + format::kSectionAlign);
  const uint64_t unit = format::kSectionAlign * (1 + capacity / format::kSectionAlign / kMostUnits);
  std::vector<Item> items;
  for (FittedTensor& tensor : *tensors) {
    if (tensor.type != DType::kQ4) continue;
    items.push_back({&tensor, static_cast<size_t>((bytes_more(tensor.shape) + unit - 1) / unit)});
  }
  fill(items, static_cast<size_t>(capacity / unit));
}

std::vector<DType> types_of(const std::vector<FittedTensor>& tensors) {
  std::vector<DType> types;
  for (const FittedTensor& tensor : tensors) types.push_back(tensor.type);
  return types;
}

}  // namespace thimble::tools
