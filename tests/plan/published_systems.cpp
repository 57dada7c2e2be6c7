// The work of a token of each system, read from its source: what it multiplies, in which loop, from which memory, on
// how many cores. Costs of loops are cycles by the pipeline's rules, for the instructions that GCC makes of the loop,
// or what the makers of a library measured; of functions, what others measured, or an estimate, which is called so.
// None is fitted to a speed, but all were written down with the published speeds in sight: this is no blind test. The
// machines are those that `thimble plan` uses, from boards/.

#include "tests/plan/published_systems.h"

#include "tools/plan/hardware.h"

namespace thimble {
namespace {

using tools::Framework;
using tools::Machine;
using tools::Medium;
using tools::Work;

// Cycles of an ESP32-S3.
// esp-dsp's dsps_dotprod_f32: 1.5 instructions a product, 432 cycles for 256 products (its benchmark).
constexpr double kDspProduct = 1.5;
constexpr double kDspCall = 432 - 256 * kDspProduct;
// Loops as GCC 12.2 compiles them with -O2: instructions, two more for a taken branch.
constexpr double kFloatProduct = 5;        // sum += a[i] * b[i]
constexpr double kFloatMix = 6;            // out[i] += a * b[i]
constexpr double kI8Product = 12;          // sum += a[i] * b[i], int8, no hardware loop
constexpr double kI8FloatProduct = 7;      // sum += (float)a[i] * b[i]
constexpr double kI4FloatProduct = 11;     // as its author counts them, with group scales
constexpr double kI4ByByteProduct = 7.5;   // two nibbles of a byte, floats, -O3
constexpr double kI4IntegerProduct = 9.5;  // two nibbles of a byte, int8 activations, -Os
constexpr double kGroup = 20;              // estimate: a group's sum to float, times two scales
// PIE as inline assembly: two loads, a product, a counted loop: 5 instructions, 3 cycles lost, for 16 products.
constexpr double kPieProduct = 8.0 / 16;
constexpr double kPieGroup = 58;  // estimate: a group's sum to float, two scales, whose places take a division each
// Functions.
constexpr double kExp = 270;     // expf: 1.12 us, JapaneseTinyAgentLM
constexpr double kPow = 540;     // estimate: powf is an exponential and a logarithm
constexpr double kSinCos = 350;  // estimate: both
constexpr double kSqrt = 140;    // ESP-IDF's bound (hw_support_performance.h)
constexpr double kDivide = 54;   // WLED, issue 4206
constexpr double kFastExp = 12;  // bits of a float, as eric-humane has it
constexpr double kRound = 330;   // estimate: round() of a double, beside a division: double arithmetic is software

// By a notification, Bellman281/esp32-tinyLLM; by semaphores and an event group some 5000 cycles.
constexpr double kNotifyJoin = 11.6e-6;
constexpr double kEventGroupJoin = 5000 / 240e6;

Machine machine(const char* board, Framework framework, uint32_t cores, double join) {
  Machine m = tools::hardware_of(board, {framework, false}).machine;
  m.cores = cores;
  m.join_seconds = join;
  return m;
}

struct Llama {
  double dim, hidden, layers, heads, kv_heads, vocab;

  double kv_dim() const { return dim / heads * kv_heads; }
  double rows() const { return layers * (3 * dim + 2 * kv_dim() + 2 * hidden) + vocab; }
  double products() const { return layers * (2 * dim * dim + 2 * dim * kv_dim() + 3 * dim * hidden) + vocab * dim; }
};

constexpr Llama k260K = {64, 172, 5, 8, 4, 512};
constexpr Llama k3M = {192, 512, 6, 6, 2, 4096};
constexpr Llama k15M = {288, 768, 6, 6, 6, 32000};

// Attention of llama2.c over `positions`, keys and values of f32 in PSRAM.
Work attention(const Llama& m, double positions, double per_position, bool shared, double joins) {
  const double each = m.layers * m.heads * positions;
  const double products = m.layers * positions * m.dim;
  const double bytes = 2 * m.layers * positions * m.kv_dim() * sizeof(float);
  return {"attention", (kFloatProduct + kFloatMix) * products + per_position * each, shared, joins, Medium::kBulk,
          bytes};
}

Work alone(const char* stage, double cycles) { return {stage, cycles, false, 0, Medium::kFast, 0}; }

// Rope with powf, cosf and sinf for each pair and layer, as llama2.c has it.
double rope(const Llama& m) { return m.layers * m.dim / 2 * (kPow + kDivide + kSinCos); }
double gate(const Llama& m, double exponential) { return m.layers * m.hidden * (exponential + kDivide + 20); }
// Temperature, softmax over the vocabulary and its division.
double softmax_of_logits(const Llama& m, double exponential) { return m.vocab * (2 * kDivide + exponential); }

PublishedSystem davebben() {
  const Llama& m = k260K;
  const double matrices = 7 * m.layers + 1;
  return {
      "DaveBben/esp32-llm",
      "260K f32, quad PSRAM, 2 cores",
      19.13,
      machine("esp32-s3-n4r2", Framework::kArduino, 2, kEventGroupJoin),  // lines of 32 bytes
      {{"products", kDspProduct * m.products() + kDspCall * m.rows(), true, matrices, Medium::kBulk, 4 * m.products()},
       attention(m, 128, kDivide + kSqrt + kExp + kDivide, true, m.layers),
       alone("rope", rope(m)),
       alone("gate", gate(m, kExp)),
       alone("sampler", softmax_of_logits(m, kExp))}};
}

PublishedSystem eric_humane() {
  const Llama& m = k260K;
  const double score = 8 * (kDspProduct - kFloatProduct) + kDspCall;  // esp-dsp for 8 products instead of a loop
  return {"eric-humane/esp32-llm",
          "260K f32, octal PSRAM, 1 core",
          32.83,
          machine("esp32-s3-n16r8", Framework::kIdf, 1, 0),
          {{"products", kDspProduct * m.products() + kDspCall * m.rows(), false, 0, Medium::kBulk, 4 * m.products()},
           attention(m, 128, score + kFastExp + 10, false, 0),
           alone("gate", gate(m, kFastExp)),
           alone("sampler", softmax_of_logits(m, kFastExp))}};
}

PublishedSystem doryiii() {
  const Llama& m = k3M;
  const double quantised = m.layers * (3 * m.dim + m.hidden) + m.dim;
  return {"doryiii/esp32-llm",
          "3.15M int8 groups of 64, octal PSRAM, 1 core",
          12,
          machine("esp32-s3-n16r8", Framework::kIdf, 1, 0),
          {{"products", m.products() * (kPieProduct + kPieGroup / 64), false, 0, Medium::kBulk, 1.0625 * m.products()},
           attention(m, 100, kDivide + kSqrt + kExp + kDivide, false, 0),
           alone("rope", rope(m)),
           alone("gate", gate(m, kExp)),
           alone("quantise", quantised * kRound),
           alone("sampler", softmax_of_logits(m, kExp))},
          0.005};  // vTaskDelay(1): to the next of 100 ticks a second, half a tick on average
}

// Weights of 3.15M in mapped flash, short sequences, two cores.
PublishedSystem tiny_agent(const char* weights, double published, double product, double bytes) {
  const double products = 3.15e6;
  return {"ayutaz/JapaneseTinyAgentLM",
          std::string("3M ") + weights + ", QIO flash, 2 cores",
          published,
          machine("esp32-s3-n8r2", Framework::kIdf, 2, kNotifyJoin),
          {{"products", product * products, true, 40, Medium::kFlash, bytes}}};
}

PublishedSystem harmansingh() {
  const Llama& m = k15M;
  const double matrices = 7 * m.layers + 1;
  const double quantised = m.layers * (3 * m.dim + m.hidden) + m.dim;
  // Its rate counts the time of the prompt, 5 tokens before 180 that it generates.
  return {"harmansingh4163-ai/ESP-32-s3-Story-maker-LLM",
          "15M int4 groups of 32, QIO flash, 2 cores",
          1.4,
          machine("esp32-s3-n16r8", Framework::kArduino, 2, kNotifyJoin),
          {{"products", m.products() * (kI4IntegerProduct + kGroup / 32), true, matrices, Medium::kFlash,
            0.625 * m.products()},
           attention(m, 90, kDivide + kSqrt + kExp + kDivide, false, 0),
           alone("rope", rope(m)),
           alone("gate", gate(m, kExp)),
           alone("quantise", quantised * (2 * kDivide)),
           alone("sampler", softmax_of_logits(m, kExp)),
           {"prompt", 0, false, 0, Medium::kFlash, 0.625 * m.products() * 5 / 180}}};
}

// 28.9M weights, of which a token reads the head and 0.56M besides: per-layer embeddings.
PublishedSystem slv_dev() {
  constexpr double kDim = 96, kLayers = 6, kHeads = 4, kHidden = 66, kPle = 128, kRows = 25353, kPositions = 102;
  constexpr double kCore = kLayers * (4 * kDim * kDim + 3 * kHidden * kDim + 2 * kPle * kDim) + kLayers * kPle * kDim;
  const double head = kRows * kDim;
  const double each = kLayers * kHeads * kPositions;
  const double kv_bytes = 2 * kLayers * kPositions * kDim * sizeof(float);
  return {"slvDev/esp32-ai",
          "28.9M int4, head of int8 in octal PSRAM, 2 cores",
          9.5,
          machine("esp32-s3-n16r8", Framework::kArduino, 2, kNotifyJoin),
          {{"head", kI8Product * head + kGroup * kRows, true, 1, Medium::kBulk, head + 4 * kRows},
           {"core", kI4ByByteProduct * kCore, false, 0, Medium::kFlash, 0.52 * kCore},
           {"attention", (kFloatProduct + kFloatMix) * kLayers * kPositions * kDim + (kExp + kDivide) * each, false, 0,
            Medium::kBulk, kv_bytes},
           alone("gates", kLayers * (kHidden + kPle) * (kExp + kDivide)),
           alone("argmax", 5 * kRows)}};
}

}  // namespace

std::vector<PublishedSystem> published_systems() {
  return {davebben(),
          eric_humane(),
          doryiii(),
          tiny_agent("f32", 1000 / 410.7, kFloatProduct, 12.6e6),
          tiny_agent("int8", 1000 / 115.3, kI8FloatProduct, 3.25e6),
          tiny_agent("int4", 1000 / 104.5, kI4FloatProduct, 1.69e6),
          harmansingh(),
          slv_dev()};
}

double predicted_rate(const PublishedSystem& system) {
  return 1 / (total_of(times_of(system.machine, system.token)).total() + system.waits);
}

}  // namespace thimble
