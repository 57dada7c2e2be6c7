// How weights become 8 and 4 bits.

#include <functional>
#include <initializer_list>
#include <string>
#include <utility>

#include "bench/quantization_study/choices.h"
#include "bench/quantization_study/roundings.h"
#include "bench/quantization_study/table.h"
#include "format/reader.h"

namespace thimble::study {
namespace {

// All matrices for which `choose` gives a rounding.
void print_choice(const Study& study, const std::string& name, const std::function<Rounding(TensorName)>& choose,
                  const Numerics& numerics = {}) {
  const Changed changed = change(study.weights, choose);
  const double bytes = changed.count == 0 ? sizeof(float) : changed.bytes / changed.count;
  print_score(name, bytes, study.judge.score(changed.weights, numerics));
}

// Every matrix alike.
void print_rounding(const Study& study, const std::string& name, const Rounding& rounding) {
  print_choice(study, name, [&](TensorName) { return rounding; });
}

// The matrices of the layers.
void print_q4_forms(const Study& study, std::initializer_list<std::pair<const char*, Q4Form>> forms) {
  for (const auto& form : forms) {
    print_choice(study, form.first, [&](TensorName t) { return is_table(t.role) ? nullptr : q4(form.second); });
  }
}

}  // namespace

void print_q8(const Study& study) {
  print_head("q8: every matrix; all else in floats", "bytes/weight");
  print_rounding(study, "a scale per tensor, by the largest weight", q8({true, ScaleRule::kLargest}));
  print_rounding(study, "a scale per tensor, least squares", q8({true, ScaleRule::kLeastSquares}));
  print_rounding(study, "a scale per row, by the largest weight", q8({false, ScaleRule::kLargest}));
  print_rounding(study, "a scale per row, least squares", q8({false, ScaleRule::kLeastSquares}));
  print_rounding(study, "a scale per row, search |e|^1.5", q8({false, ScaleRule::kSearch15}));
  print_rounding(study, "a scale per row, search |e|^2", q8({false, ScaleRule::kSearch2}));
  print_rounding(study, "as thimble convert writes it", converted(DType::kQ8));
  Numerics narrow;
  narrow.activations = true;
  const auto all = [](TensorName) { return converted(DType::kQ8); };
  print_choice(study, "  and int8 activations", all, narrow);
  const auto none = [](TensorName) { return nullptr; };
  print_choice(study, "int8 activations alone", none, narrow);
  narrow.activation_scale = ScaleForm::kPowerOfTwo;
  print_choice(study, "  with scales that are powers of two", none, narrow);
}

void print_q4(const Study& study) {
  print_head("q4 groups: the matrices of the layers; all else in floats", "bytes/weight");
  print_q4_forms(study, {{"f16 scale per 32, by the largest weight", {32, 0, true, ScaleRule::kLargest}},
                         {"f16 scale per 32", {32, 0, true}},
                         {"f16 scale per 64", {64, 0, true}},
                         {"integer scale per 8, 4 bits signed", {8, 4, true}},
                         {"integer scale per 16, 4 bits signed", {16, 4, true}},
                         {"integer scale per 16, 5 bits signed", {16, 5, true}},
                         {"integer scale per 16, 7 bits signed", {16, 7, true}},
                         {"integer scale per 32, 7 bits signed", {32, 7, true}},
                         {"integer scale per 64, 7 bits signed", {64, 7, true}},
                         {"integer scale per 128, 7 bits signed", {128, 7, true}}});
  print_head("q4 group scales: 16 weights", "bytes/weight");
  for (const bool is_signed : {false, true}) {
    for (const int bits : {3, 4, 5, 6}) {
      const std::string name = std::to_string(bits) + " bits, " + (is_signed ? "signed" : "unsigned");
      print_q4_forms(study, {{name.c_str(), {16, bits, is_signed}}});
    }
  }
  print_head("q4 where scales come from: 16 weights, 4 bits signed", "bytes/weight");
  print_q4_forms(
      study, {{"the largest weight", {16, 4, true, ScaleRule::kLargest}},
              {"least squares from there", {16, 4, true, ScaleRule::kLeastSquares}},
              {"search |e|^1.5", {16, 4, true, ScaleRule::kSearch15}},
              {"search |e|^2", {16, 4, true, ScaleRule::kSearch2}},
              {"search |e|^3", {16, 4, true, ScaleRule::kSearch3}},
              {"search |e|^2 x norm^2", {16, 4, true, ScaleRule::kSearch2, Importance::kNorm}},
              {"search |e|^2 x norm^2 x embedding^2", {16, 4, true, ScaleRule::kSearch2, Importance::kNormEmbedding}}});
  const Rounding q4_written = converted(DType::kQ4);
  print_choice(study, "as thimble convert writes it",
               [&](TensorName t) { return is_table(t.role) ? nullptr : q4_written; });
  print_head("embedding and classifier alone; all else in floats", "bytes/weight");
  for (const DType type : {DType::kQ8, DType::kQ4}) {
    print_choice(study, dtype_name(type), [&](TensorName t) { return is_table(t.role) ? converted(type) : nullptr; });
  }
}

}  // namespace thimble::study
