// Other engines, each run a process: they bring their own libraries, and what one leaves behind disturbs no other. What
// they take to start and to load is not counted.

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>

#include "apps/cli/contestant.h"
#include "apps/cli/errors.h"
#include "apps/cli/text.h"
#include "ports/host/child.h"

namespace thimble::cli {
namespace {

// Arguments: the file, threads, then for each test the tokens of its prompt and those to generate. Prints the seconds
// of each test, which runs once before it counts.
constexpr const char* kLlamaCpp = R"(
import sys, time
import llama_cpp
path, threads, *tests = sys.argv[1:]
tests = [(int(prompt), int(generated)) for prompt, generated in zip(tests[::2], tests[1::2])]
longest = max(max(test) for test in tests)
llama = llama_cpp.Llama(path, n_ctx=longest + 8, n_batch=longest, n_threads=int(threads),
                        n_threads_batch=int(threads), verbose=False)
def seconds(prompt, generated):
    llama.reset()
    start = time.perf_counter()
    if prompt:
        llama.eval([1] * prompt)
    for _ in range(generated):
        llama.eval([1])
    return time.perf_counter() - start
for test in tests:
    seconds(*test)
    print(seconds(*test))
try:
    peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")]
    print(int(peak[0]) * 1024)
except (OSError, IndexError):
    print(0)
)";

void set_file(Contestant* contestant, const std::string& path) {
  std::error_code error;
  contestant->path = path;
  contestant->bytes = contestant->token_bytes = std::filesystem::file_size(path, error);
  if (error) throw Failure(path + ": " + error.message());
}

class LlamaCpp : public Contestant {
 public:
  LlamaCpp(const std::string& gguf, uint32_t threads) : threads_(threads) {
    engine = "llama.cpp";
    set_file(this, gguf);
    std::string said;
    if (host::ask_program({"python3", "-c", "import llama_cpp"}, &said) != 0) {
      throw Failure(gguf + ": python3 has no package llama_cpp; python3 -m pip install llama-cpp-python");
    }
  }

  void run() override {
    std::vector<std::string> words = {"python3", "-c", kLlamaCpp, path, std::to_string(threads_)};
    for (const BenchTest& test : tests) {
      words.push_back(std::to_string(test.prompt));
      words.push_back(std::to_string(test.generated));
    }
    std::string said;
    if (host::ask_program(words, &said) != 0) throw Failure(path + ": llama.cpp does not run it");
    std::istringstream lines(said);
    for (BenchTest& test : tests) {
      std::string line;
      std::getline(lines, line);
      const std::optional<double> seconds = real_number(line);
      if (!seconds) throw Failure(path + ": llama.cpp's time, not a number: " + visible(line, false));
      test.seconds.push_back(*seconds);
    }
    lines >> peak_bytes;
  }

 private:
  uint32_t threads_;
};

class Llama2c : public Contestant {
 public:
  Llama2c(std::string binary, const std::string& checkpoint, std::string tokenizer)
      : binary_(std::move(binary)), tokenizer_(std::move(tokenizer)) {
    engine = "llama2.c";
    set_file(this, checkpoint);
  }

  void run() override {
    for (BenchTest& test : tests) test.seconds.push_back(test.generated / rate(test.generated));
  }

 private:
  // It prints its rate, which begins behind the first token, on stderr. A text that it has to follow, of a token a word
  // at least, keeps weights that say nothing from ending at once; each token of it is a whole forward pass there.
  double rate(uint32_t tokens) {
    constexpr std::string_view kRate = "achieved tok/s: ";
    std::vector<std::string> words = {"sh", "-c", R"(exec "$@" 2>&1 >/dev/null)", "sh", binary_, path};
    if (!tokenizer_.empty()) words.insert(words.end(), {"-z", tokenizer_});
    std::string text;
    for (uint32_t i = 0; i < tokens; ++i) text += "a ";
    words.insert(words.end(), {"-t", "0", "-n", std::to_string(tokens), "-i", text});
    std::string said;
    const std::optional<int> code = host::ask_program(words, &said);
    const size_t at = said.find(kRate);
    const std::optional<double> found = code != 0 || at == std::string::npos
                                            ? std::nullopt
                                            : real_number(std::string(strip(said.substr(at + kRate.size()))));
    if (!found || *found <= 0) throw Failure(binary_ + ": says no rate for " + path + ": " + visible(said, false));
    return *found;
  }

  std::string binary_;
  std::string tokenizer_;
};

}  // namespace

std::unique_ptr<Contestant> make_llama_cpp(const std::string& gguf, uint32_t threads, std::vector<BenchTest> tests) {
  auto made = std::make_unique<LlamaCpp>(gguf, threads);
  made->tests = std::move(tests);
  return made;
}

std::unique_ptr<Contestant> make_llama2c(const std::string& binary, const std::string& checkpoint,
                                         const std::string& tokenizer, std::vector<BenchTest> tests) {
  auto made = std::make_unique<Llama2c>(binary, checkpoint, tokenizer);
  std::erase_if(tests, [](const BenchTest& test) { return test.generated == 0; });
  made->tests = std::move(tests);
  return made;
}

}  // namespace thimble::cli
