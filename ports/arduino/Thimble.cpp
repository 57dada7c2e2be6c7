#include "Thimble.h"

#include <esp_random.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>

#include "ports/arduino/heap.h"
#include "ports/arduino/stored_model.h"
#include "ports/arduino/streamed_file.h"
#include "ports/port.h"
#include "thimble/thimble.hpp"

using namespace thimble;
using arduino::HeapBlocks;
using arduino::StoredModel;
using arduino::StreamedFile;

// All that begin() makes, in one block of internal memory. Members are built in this order, since each views the ones
// before it.
struct Thimble::Engine {
  explicit Engine(uint32_t cores) : workers(cores), generator(engine, {}) {}

  // How the next text is told: what the sketch set, else what the model's file recommends.
  Status apply(const Sampling& sampling, uint64_t seed);

  // `text` with a NUL behind it, until restore(). It lies in the engine's buffer, where text that is held back may
  // follow: the byte there is lent.
  const char* terminate(std::string_view text);
  void restore();

  StoredModel stored;
  StreamedFile streamed;
  Model model;
  HeapBlocks blocks;
  thimble::Engine engine;
  port::Workers workers;
  Generator generator;
  uint64_t computing = 0;  // ticks, for the tokens of this text
  char* lent = nullptr;
  char lent_byte = 0;
};

Status Thimble::Engine::apply(const Sampling& sampling, uint64_t seed) {
  GeneratorParams params;
  params.sampler = model_sampling(model);
  if (sampling.temperature.given) params.sampler.temperature = sampling.temperature.value;
  if (sampling.topK.given) params.sampler.top_k = sampling.topK.value;
  if (sampling.topP.given) params.sampler.top_p = sampling.topP.value;
  if (sampling.minP.given) params.sampler.min_p = sampling.minP.value;
  params.sampler.seed = seed;
  params.max_tokens = sampling.maxTokens;
  params.on_prompt.fn = [](void*, size_t, size_t) { port::yield(); };
  return generator.set_params(params);
}

const char* Thimble::Engine::terminate(std::string_view text) {
  if (text.empty()) return "";
  const std::span<char> buffer = engine.session_buffers().text;
  lent = buffer.data() + (text.data() - buffer.data()) + text.size();
  lent_byte = *lent;
  *lent = '\0';
  return text.data();
}

void Thimble::Engine::restore() {
  if (lent != nullptr) *lent = lent_byte;
  lent = nullptr;
}

// --- messages ---

bool Thimble::fail(const char* format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(error_, sizeof(error_), format, values);
  va_end(values);
  running_ = false;
  return false;
}

namespace {

struct Words {
  char text[160] = "";
};

Words words_for(const Status& status) {
  Words words;
  format_status(status, words.text);
  return words;
}

bool is_absent(const Status& status, const char* what) {
  return status.code() == Code::kReadFailed && std::strcmp(status.subject(), what) == 0;
}

unsigned number(size_t n) { return static_cast<unsigned>(n); }

template <size_t size>
void copy_text(std::string_view from, char (&to)[size]) {
  const size_t count = std::min(from.size(), size - 1);
  std::memcpy(to, from.data(), count);
  to[count] = '\0';
}

static_assert(static_cast<int>(ThimbleCache::kFloat) == static_cast<int>(KvType::kF32));
static_assert(static_cast<int>(ThimbleCache::kInt8) == static_cast<int>(KvType::kI8));

PlanOptions plan_options(const ThimbleOptions& options, uint32_t cores) {
  PlanOptions plan;
  plan.context = options.context;
  plan.max_batch = options.promptBatch;
  plan.kv_type = static_cast<KvType>(options.cache);
  plan.weights = options.fastWeights ? WeightHome::kFast : WeightHome::kInPlace;
  plan.max_workers = cores;
  return plan;
}

}  // namespace

bool Thimble::refuse_partition(const char* label, const Status& status) {
  if (is_absent(status, "partition")) {
    return fail(
        "there is no partition \"%s\": the sketch's folder needs a partitions.csv with one, as that of the "
        "example StoryFromFlash",
        label);
  }
  if (status.code() == Code::kBadMagic) {
    return fail(
        "partition \"%s\" holds no model. Write one there: esptool write_flash 0x%x story.thm (write-flash from "
        "version 5 of esptool on)",
        label, number(engine_->stored.address()));
  }
  return fail("partition \"%s\": %s", label, words_for(status).text);
}

bool Thimble::refuse_file(const char* path, const Status& status) {
  if (is_absent(status, "file")) {
    return fail("there is no file %s: put it there, and start its file system first (FFat.begin(), SD_MMC.begin())",
                path);
  }
  if (is_absent(status, "card")) return fail("%s: the card does not answer; push it in until it holds", path);
  if (status.code() == Code::kBadMagic) return fail("%s is no model (a .thm file)", path);
  return fail("%s: %s", path, words_for(status).text);
}

// How much is missing, where it could come from, and what would do.
bool Thimble::refuse_plan(const Plan& plan, const PlanOptions& options, size_t keepFree) {
  if (plan.status.code() != Code::kOutOfMemory) return fail("begin(): %s", words_for(plan.status).text);
  const HeapBlocks& blocks = engine_->blocks;
  const uint32_t fits = context_that_fits(engine_->model, options, blocks);
  char advice[48] = "";
  if (fits > 0) snprintf(advice, sizeof(advice), " begin({.context = %u}) would fit.", number(fits));
  return fail("not enough memory: %u bytes are needed, %u can be had (keepFree: %u).%s%s", number(plan.buffer_bytes()),
              number(blocks.bytes(Region::kFast) + blocks.bytes(Region::kBulk)), number(keepFree), advice,
              arduino::psram_found()
                  ? ""
                  : " No PSRAM was found; if the module has some, Tools > PSRAM: OPI for R8 and R16, "
                    "QSPI for R2 (PlatformIO: board_build.arduino.memory_type)");
}

// --- begin and end ---

bool Thimble::begin(const ThimbleOptions& options) {
  if (model_ == nullptr) return fail("no model: Thimble story(thimble_story_model), or beginFromPartition()");
  return keep(make(options) && build(model_, modelBytes_, options));
}

bool Thimble::beginFromPartition(const char* label, const ThimbleOptions& options) {
  if (!make(options)) return false;
  const Status status = engine_->stored.map_partition(label);
  return keep(status.ok() ? build_stored(options) : refuse_partition(label, status));
}

bool Thimble::beginFromFile(const char* path, const ThimbleOptions& options) {
  if (!make(options)) return false;
  const Status status = engine_->stored.read_file(path);
  return keep(status.ok() ? build_stored(options) : refuse_file(path, status));
}

bool Thimble::beginFromCard(const char* path, const ThimbleOptions& options) {
  if (!make(options)) return false;
  Engine& e = *engine_;
  const Status status = e.streamed.open(path, &e.model);
  if (!status.ok()) return keep(refuse_file(path, status));
  PlanOptions wanted = plan_options(options, e.workers.parallel().workers);
  wanted.weights = WeightHome::kStreamed;
  return keep(build_engine(wanted, options));
}

// What begin() ends with: nothing is kept of what did not come about.
bool Thimble::keep(bool built) {
  if (!built) end();
  return built;
}

// The objects; their buffers follow with build().
bool Thimble::make(const ThimbleOptions& options) {
  if (refuse_lent()) return false;
  end();
  void* const place = arduino::allocate(Region::kFast, sizeof(Engine));
  if (place == nullptr) return fail("not enough memory: %u bytes in one piece are needed", number(sizeof(Engine)));
  engine_ = new (place) Engine(options.secondCore ? port::core_count() : 1);
  return true;
}

// A file or a partition may have been damaged since it was written; a model in the program is checked with the program.
bool Thimble::build_stored(const ThimbleOptions& options) {
  const std::span<const std::byte> image = engine_->stored.image();
  const auto yield = [](void*, uint64_t, uint64_t) { port::yield(); };
  Status status = engine_->model.open(image);
  if (status.ok()) status = engine_->model.verify(yield);
  if (!status.ok()) return fail("the model is damaged, write it again: %s", words_for(status).text);
  return build(image.data(), image.size(), options);
}

bool Thimble::build(const void* model, size_t bytes, const ThimbleOptions& options) {
  Engine& e = *engine_;
  if (reinterpret_cast<uintptr_t>(model) % 16 != 0) {
    return fail("the model must start on a multiple of 16: alignas(16) const uint8_t model[] = {...}");
  }
  Status status = e.model.open({static_cast<const std::byte*>(model), bytes});
  if (!status.ok()) return fail("the model: %s", words_for(status).text);

  PlanOptions wanted = plan_options(options, e.workers.parallel().workers);
  if (e.stored.bytes(Region::kFast) > 0) wanted.weights = WeightHome::kInPlace;  // a file that is there already
  return build_engine(wanted, options);
}

bool Thimble::build_engine(const PlanOptions& wanted, const ThimbleOptions& options) {
  Engine& e = *engine_;
  const Plan plan = plan_on_heap(e.model, wanted, options.keepFree, &e.blocks);
  if (!plan.status.ok()) return refuse_plan(plan, wanted, options.keepFree);
  const bool streamed = wanted.weights == WeightHome::kStreamed;
  Status status = e.engine.init(e.model, plan, e.blocks.memory(), streamed ? &e.streamed.reader() : nullptr);
  if (status.ok()) status = e.engine.set_parallel(e.workers.parallel());
  if (!status.ok()) return fail("begin(): %s", words_for(status).text);
  error_[0] = '\0';
  return true;
}

void Thimble::end() {
  if (lent_) return;
  if (engine_ != nullptr) {
    engine_->~Engine();
    arduino::release(engine_);
  }
  engine_ = nullptr;
  running_ = false;
}

thimble::Engine* Thimble::lend() {
  if (!ready()) return nullptr;
  engine_->restore();
  running_ = false;
  lent_ = true;
  return &engine_->engine;
}

bool Thimble::refuse_lent() { return lent_ && !fail("a page tells with this model; end() of the page gives it back"); }

bool Thimble::ready() const { return engine_ != nullptr && engine_->engine.ready(); }

// --- texts ---

bool Thimble::start(const char* prompt) {
  if (refuse_lent()) return false;
  if (!ready()) return fail("begin() comes first, and must return true");
  Engine& e = *engine_;
  std::string_view text = prompt != nullptr ? prompt : "";
  while (text.ends_with(' ')) text.remove_suffix(1);
  seed_ = sampling_.seed.given ? sampling_.seed.value : uint64_t{esp_random()} << 32 | esp_random();
  e.restore();
  e.computing = 0;
  error_[0] = '\0';
  Status status = e.apply(sampling_, seed_);
  if (status.ok()) status = e.generator.start(text);
  if (!status.ok()) return fail("%s", words_for(status).text);
  running_ = true;
  return true;
}

const char* Thimble::step() {
  if (!running_) return nullptr;
  Engine& e = *engine_;
  e.restore();
  const uint64_t from = port::ticks();
  const Piece piece = e.generator.next();
  e.computing += port::ticks() - from;
  port::yield();
  if (piece) return e.terminate(piece.text());
  running_ = false;
  if (!e.generator.status().ok()) fail("%s", words_for(e.generator.status()).text);
  return nullptr;
}

bool Thimble::tell(const char* prompt, TextFn onText, void* user) {
  if (!start(prompt)) return false;
  while (const char* text = step()) {
    if (*text != '\0' && !onText(user, text)) stop();
  }
  return error_[0] == '\0';
}

void Thimble::stop() {
  if (engine_ != nullptr) engine_->generator.cancel();
}

// --- facts ---

uint32_t Thimble::tokens() const {
  return engine_ != nullptr ? static_cast<uint32_t>(engine_->generator.generated_tokens()) : 0;
}

float Thimble::tokensPerSecond() const {
  if (engine_ == nullptr || engine_->computing == 0) return 0;
  return static_cast<float>(tokens()) * static_cast<float>(port::ticks_per_second()) /
         static_cast<float>(engine_->computing);
}

ThimbleFacts Thimble::facts() const {
  ThimbleFacts facts{};
  if (!ready()) return facts;
  const Engine& e = *engine_;
  copy_text(e.model.about_text("name"), facts.name);
  copy_text(e.model.about_text("license"), facts.license);
  facts.parameters = static_cast<uint32_t>(e.model.parameter_count());
  facts.modelBytes = e.streamed.bytes() > 0 ? static_cast<size_t>(e.streamed.bytes()) : e.model.image().size();
  facts.context = e.engine.context();
  facts.internalBytes =
      sizeof(Engine) + e.blocks.bytes(Region::kFast) + e.stored.bytes(Region::kFast) + e.streamed.bytes(Region::kFast);
  facts.psramBytes = e.blocks.bytes(Region::kBulk) + e.stored.bytes(Region::kBulk) + e.streamed.bytes(Region::kBulk);
  facts.fastWeightBytes = e.engine.plan().resident_bytes;
  facts.streamedBytes = static_cast<size_t>(e.engine.plan().streamed_bytes);
  facts.cores = e.workers.parallel().workers;
  return facts;
}

bool Thimble::selfTest() {
  if (refuse_lent()) return false;
  if (!ready()) return fail("begin() comes first, and must return true");
  Engine& e = *engine_;
  e.restore();
  running_ = false;
  error_[0] = '\0';
  uint64_t hash = 0, expected = 0;
  if (!expected_selftest_hash(e.model, e.engine.plan().options.kv_type, &expected)) {
    return fail("self-test: the model's file states no hash");
  }
  const Status status = run_selftest(e.engine, &hash);
  if (!status.ok()) return fail("self-test: %s", words_for(status).text);
  if (hash != expected) return fail("self-test: this chip computes other numbers than it should; is its memory sound?");
  return true;
}
