// The tables, one function for each.
#pragma once

#include "bench/quantization_study/judge.h"
#include "bench/quantization_study/weights.h"

namespace thimble::study {

struct Study {
  const Weights& weights;
  const Judge& judge;
};

// weight_choices.cpp
void print_q8(const Study& study);
void print_q4(const Study& study);
// attention_choices.cpp
void print_kv(const Study& study);
void print_attention(const Study& study);
// role_choices.cpp
void print_roles(const Study& study);
void print_sets(const Study& study);
void print_types(const Study& study);

}  // namespace thimble::study
