// Writes a .thm image: sections in the order TENS, ROPE, VOCB, ABOU, SUMS, DATA, and within DATA the tensors in the
// order in which one token reads them.

#include "tools/convert/convert.h"

#include <cmath>
#include <map>

#include "base/bytes.h"
#include "base/checked.h"
#include "format/reader.h"
#include "format/roles.h"
#include "thimble/version.h"
#include "tools/convert/about_section.h"
#include "tools/convert/image_writer.h"
#include "tools/convert/self_test.h"
#include "tools/error.h"
#include "tools/quantize/quantize.h"

namespace thimble::tools {
namespace {

namespace s = format::section;
namespace t = format::tensor;

// A tensor in file order: what to read, and where in DATA it goes.
struct Planned {
  const SourceTensor* source = nullptr;
  TensorShape shape;
  DType type = DType::kF32;
  int8_t exponent = 0;  // known once it is written
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

std::string tensor_name(Role role, uint32_t layer) {
  const bool in_layer = layer != t::kNoLayer;
  return std::string(role_name(role)) + (in_layer ? " of layer " + std::to_string(layer) : "");
}

void check_count(const char* what, uint64_t value, uint64_t cap) {
  if (value < 1 || value > cap) {
    throw Error(std::string(what) + " is " + std::to_string(value) + ", expected 1 to " + std::to_string(cap));
  }
}

// The limits that a reader of the format holds every file to; within them no size below can overflow 64 bits.
void check_config(const ModelConfig& c) {
  check_count("dim", c.dim, format::kMaxDim);
  check_count("hidden_dim", c.hidden_dim, format::kMaxDim);
  check_count("n_layers", c.n_layers, format::kMaxLayers);
  check_count("n_heads", c.n_heads, format::kMaxHeads);
  check_count("n_kv_heads", c.n_kv_heads, c.n_heads);
  check_count("head_dim", c.head_dim, format::kMaxDim);
  check_count("n_heads x head_dim", uint64_t{c.n_heads} * c.head_dim, format::kMaxDim);
  check_count("vocab_size", c.vocab_size, format::kMaxVocab);
  check_count("max_context", c.max_context, format::kMaxContext);
  if (c.n_heads % c.n_kv_heads != 0) {
    throw Error("n_kv_heads is " + std::to_string(c.n_kv_heads) + ", expected a divisor of the " +
                std::to_string(c.n_heads) + " heads");
  }
  if (!std::isfinite(c.norm_eps) || c.norm_eps < 0) {
    throw Error("norm_eps is " + std::to_string(c.norm_eps) + ", expected a finite number from 0");
  }
}

const SourceTensor& find_tensor(const ImportedModel& model, const TensorShape& want) {
  const SourceTensor* found = nullptr;
  for (const SourceTensor& tensor : model.tensors) {
    if (tensor.role != want.role || (want.layer != t::kNoLayer && tensor.layer != want.layer)) continue;
    if (found != nullptr) throw Error("tensor " + tensor_name(want.role, want.layer) + " is there twice");
    found = &tensor;
  }
  if (found == nullptr) throw Error("tensor " + tensor_name(want.role, want.layer) + " is missing");
  if (found->rows != want.rows || found->cols != want.cols) {
    throw Error("tensor " + tensor_name(want.role, want.layer) + " has shape " + std::to_string(found->rows) + " x " +
                std::to_string(found->cols) + ", expected " + std::to_string(want.rows) + " x " +
                std::to_string(want.cols));
  }
  return *found;
}

std::vector<Planned> plan_tensors(const ImportedModel& model, const ConvertOptions& options) {
  const uint32_t count = expected_tensor_count(model.config);
  if (model.tensors.size() > count) {
    throw Error("the source has " + std::to_string(model.tensors.size()) + " tensors, expected " +
                std::to_string(count));
  }
  std::vector<Planned> plan;
  uint64_t end = 0;
  for (uint32_t i = 0; i < count; ++i) {
    Planned p;
    p.shape = expected_tensor(model.config, i);
    p.source = &find_tensor(model, p.shape);
    p.type = options.types.empty() ? dtype_of(options.type, p.shape.role) : options.types.at(i);
    p.offset = round_up<uint64_t>(end, format::kSectionAlign);
    p.bytes = tensor_bytes(p.type, p.shape.rows, p.shape.cols);
    end = p.offset + p.bytes;
    plan.push_back(p);
  }
  return plan;
}

std::vector<std::byte> tensor_directory(const std::vector<Planned>& plan) {
  std::vector<std::byte> out(plan.size() * format::kTensorEntryBytes);
  std::byte* entry = out.data();
  for (const Planned& p : plan) {
    store_u16(entry + t::kRoleAt, static_cast<uint16_t>(p.shape.role));
    entry[t::kTypeAt] = static_cast<std::byte>(p.type);
    entry[t::kExponentAt] = static_cast<std::byte>(p.exponent);
    store_u32(entry + t::kLayerAt, p.shape.layer);
    store_u32(entry + t::kRowsAt, p.shape.rows);
    store_u32(entry + t::kColsAt, p.shape.cols);
    store_u64(entry + t::kOffsetAt, p.offset);
    store_u64(entry + t::kBytesAt, p.bytes);
    entry += format::kTensorEntryBytes;
  }
  return out;
}

std::vector<std::byte> rope_section(const ImportedModel& model) {
  const std::vector<uint64_t> steps = phase_steps_of(model);
  std::vector<std::byte> out(steps.size() * sizeof(uint64_t));
  for (size_t i = 0; i < steps.size(); ++i) store_u64(out.data() + i * sizeof(uint64_t), steps[i]);
  return out;
}

std::vector<std::byte> vocabulary_section(const ImportedModel& model) {
  const size_t pieces = model.vocabulary.pieces.size();
  if (pieces != model.config.vocab_size + model.vocabulary.steps) {
    throw Error("the vocabulary has " + std::to_string(pieces) + " pieces, but the model " +
                std::to_string(model.config.vocab_size) + "; give the tokenizer that the model was trained with");
  }
  return write_vocabulary(model.vocabulary);
}

// The source's, but for those that the caller states.
std::map<std::string, float> sampling_defaults(const ImportedModel& model, const ConvertOptions& options) {
  std::map<std::string, float> defaults;
  for (const auto& [key, value] : options.sampling) {
    if (!key.starts_with("sampling.")) {
      throw Error("sampling default \"" + key + "\": the key begins with \"sampling.\"");
    }
    if (!std::isfinite(value)) throw Error("sampling default " + key + " is not a finite number");
    if (!defaults.emplace(key, value).second) throw Error("sampling default " + key + " is given twice");
  }
  defaults.insert(model.sampling.begin(), model.sampling.end());
  return defaults;
}

std::vector<std::byte> about_section(const ImportedModel& model, const ConvertOptions& options,
                                     const SelfTestHashes& hashes) {
  AboutSection about;
  about.add("convert.command", options.command);
  about.add("convert.version", std::string("thimble ") + THIMBLE_VERSION);
  about.add("name", options.name.empty() ? model.name : options.name);
  about.add("license", options.license);
  about.add("chat.template", options.chat_template.empty() ? model.chat_template : options.chat_template);
  about.add("source.format", model.format);
  about.add("source.bytes", model.source_bytes);
  about.add("source.checksum", uint64_t{model.source_checksum});
  about.add("tokenizer.format", model.vocabulary.format);
  about.add("weights.type", options.types.empty() ? std::string(weight_type_name(options.type)) : "fit");
  about.add("selftest.kv_f32", hashes.kv_f32);
  about.add("selftest.kv_i8", hashes.kv_i8);
  for (size_t i = 0; i < options.prompts.size(); ++i) about.add("prompt." + std::to_string(i), options.prompts[i]);
  for (const auto& [key, value] : sampling_defaults(model, options)) about.add(key, value);
  return about.bytes();
}

void check_finite(uint32_t row, std::span<const float> weights) {
  for (size_t col = 0; col < weights.size(); ++col) {
    if (std::isfinite(weights[col])) continue;
    throw Error("row " + std::to_string(row) + ", column " + std::to_string(col) + " is " +
                (std::isnan(weights[col]) ? "not a number" : "infinite") +
                ", expected a finite weight; the source is damaged, or its training diverged");
  }
}

// Fills p's place in DATA.
void write_tensor(Planned* p, std::span<std::byte> data, const ConvertOptions& options) {
  const TensorShape& shape = p->shape;
  const ReadRow read_row = [&](uint32_t row, std::span<float> out) {
    p->source->read_row(row, out);
    check_finite(row, out);
  };
  QuantizedTensor written;
  try {
    const auto out = data.subspan(p->offset, p->bytes);
    written = options.quantize ? options.quantize(shape, p->type, read_row, out)
                               : quantize(p->type, shape.rows, shape.cols, read_row, out);
  } catch (const Error& error) {
    throw Error("tensor " + tensor_name(shape.role, shape.layer) + ": " + error.what());
  }
  p->exponent = written.exponent;
  if (!options.on_tensor) return;
  const double size = written.squared_weights == 0 ? 1 : written.squared_weights;
  options.on_tensor(
      {shape.role, shape.layer, p->type, shape.rows, shape.cols, p->bytes, std::sqrt(written.squared_error / size)});
}

uint64_t data_bytes(const std::vector<Planned>& plan) { return plan.back().offset + plan.back().bytes; }

// All sections, with hashes and exponents still to come.
ImageWriter lay_out(const ImportedModel& model, const ConvertOptions& options, const std::vector<Planned>& plan) {
  ImageWriter writer;
  writer.add(s::kTensors, true, tensor_directory(plan));
  writer.add(s::kRope, true, rope_section(model));
  writer.add(s::kVocab, true, vocabulary_section(model));
  if (!options.words.empty()) writer.add(s::kWords, false, options.words);
  writer.add(s::kAbout, false, about_section(model, options, {}));
  writer.add_data(data_bytes(plan));
  return writer;
}

}  // namespace

const char* weight_type_name(WeightType type) {
  switch (type) {
    case WeightType::kF32:
      return "f32";
    case WeightType::kF16:
      return "f16";
    case WeightType::kQ8:
      return "q8";
    case WeightType::kQ4:
      return "q4";
    case WeightType::kMixed:
      return "mixed";
  }
  return "unknown";
}

DType dtype_of(WeightType type, Role role) {
  const bool table = role == Role::kTokenEmbedding || role == Role::kClassifier;
  switch (type) {
    case WeightType::kF32:
      return DType::kF32;
    case WeightType::kF16:
      return format::is_norm(role) ? DType::kF32 : DType::kF16;
    case WeightType::kQ8:
      return format::is_norm(role) ? DType::kQ16 : DType::kQ8;
    case WeightType::kQ4:
      return format::is_norm(role) ? DType::kQ16 : table ? DType::kQ8 : DType::kQ4;
    case WeightType::kMixed:
      // What loses most per byte saved, by measurement: docs/QUANTIZATION.md.
      if (role == Role::kWk || role == Role::kWv || role == Role::kWo || role == Role::kWDown) return DType::kQ8;
      return dtype_of(WeightType::kQ4, role);
  }
  return DType::kF32;
}

void convert_into(const ImageMemory& memory, const ImportedModel& model, const ConvertOptions& options,
                  const Progress& progress) {
  check_config(model.config);
  std::vector<Planned> plan = plan_tensors(model, options);
  ImageWriter writer = lay_out(model, options, plan);
  writer.allocate(memory);
  for (Planned& p : plan) {
    write_tensor(&p, writer.data(), options);
    if (progress) progress(p.offset + p.bytes, data_bytes(plan));
  }
  writer.replace(s::kTensors, tensor_directory(plan));
  writer.seal(model.config);
  if (!options.self_test) return;
  writer.replace(s::kAbout, about_section(model, options, self_test_hashes(writer.image())));
  writer.seal(model.config);
}

ImageBytes convert(const ImportedModel& model, const ConvertOptions& options, const Progress& progress) {
  ImageBytes image;
  const auto heap = [&](uint64_t bytes) {
    image = heap_image(bytes);
    return image.span();
  };
  convert_into(heap, model, options, progress);
  return image;
}

void blank_image_into(const ImageMemory& memory, const ImportedModel& model, const ConvertOptions& options) {
  check_config(model.config);
  ImageWriter writer = lay_out(model, options, plan_tensors(model, options));
  writer.allocate(memory);
  writer.seal(model.config);
}

uint64_t converted_bytes(const ImportedModel& model, const ConvertOptions& options) {
  check_config(model.config);
  return lay_out(model, options, plan_tensors(model, options)).file_bytes();
}

}  // namespace thimble::tools
