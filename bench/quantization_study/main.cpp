// What each choice in the quantised formats costs, in nats per token on real models: docs/QUANTIZATION.md.
//
// Fake quantisation: a forward pass in plain floats, in which weights, activations and the kv cache are rounded to the
// integers under study and straight back. So a choice can be measured alone, before an engine exists for it, and
// against the float model's own predictions: besides the loss, the divergence from them and how often the likeliest
// token is the same. Those tell more than the loss, which can get better by luck.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "bench/quantization_study/choices.h"
#include "bench/quantization_study/judge.h"
#include "bench/quantization_study/weights.h"

namespace {

using namespace thimble::study;

struct Options {
  std::string model;
  std::string tokenizer;
  std::string text;
  size_t stories = 100;
  std::vector<std::string> only;
};

struct Part {
  const char* name;
  void (*print)(const Study&);
};
constexpr std::array kParts = {
    Part{"q8", print_q8},       Part{"q4", print_q4},     Part{"kv", print_kv},      Part{"attention", print_attention},
    Part{"roles", print_roles}, Part{"sets", print_sets}, Part{"types", print_types}};

int study(const Options& options) {
  const Weights weights = read_weights(options.model);
  const Judge judge(weights, read_stories(options.text, options.tokenizer, weights.config, options.stories));
  const Score floats = judge.score(weights, {});
  std::printf("%zu stories, %.0f tokens scored; in floats %.5f nats/token\n", judge.stories(), floats.tokens,
              floats.mean_loss());
  std::printf("nats/token: beyond the floats', with its standard error; KL: from the floats' predictions\n");
  for (const Part& part : kParts) {
    const bool asked =
        options.only.empty() || std::find(options.only.begin(), options.only.end(), part.name) != options.only.end();
    if (asked) part.print({weights, judge});
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What each choice in the quantised formats costs: docs/QUANTIZATION.md", "quantization_study");
  Options options;
  app.add_option("MODEL", options.model, "A llama2.c checkpoint")->required();
  app.add_option("TOKENIZER", options.tokenizer, "Its tokenizer.bin or sentencepiece .model")->required();
  app.add_option("TEXT", options.text, "Stories with lines <|endoftext|> between")->required();
  app.add_option("--stories", options.stories, "Score only the first N; 0: all")->capture_default_str();
  std::vector<std::string> names;
  for (const Part& part : kParts) names.push_back(part.name);
  app.add_option("--only", options.only, "Print these tables alone")->check(CLI::IsMember(names));
  CLI11_PARSE(app, argc, argv);
  try {
    return study(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "quantization_study: %s\n", error.what());
    return 1;
  }
}
