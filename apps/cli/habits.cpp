#include "apps/cli/habits.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "apps/cli/errors.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

struct Habit {
  const char* flag;
  int values;               // how many arguments follow it
  const char* replacement;  // the flag to use instead; nullptr: drop it
  const char* note;         // said when it is dropped; nullptr: nothing
};

constexpr const char* kNoGpu = "has no effect: this version computes on the processor";
constexpr const char* kSameThreads = "has no effect: prompts are read with the threads of -t";
constexpr const char* kOneBatch = "has no effect: see -b";

// Multi-letter flags with one dash come first of all: CLI11 would read -cnv as -c nv.
constexpr std::array kHabits = {
    Habit{"-ngl", 1, nullptr, kNoGpu},
    Habit{"--gpu-layers", 1, nullptr, kNoGpu},
    Habit{"--n-gpu-layers", 1, nullptr, kNoGpu},
    Habit{"-fa", 0, nullptr, kNoGpu},
    Habit{"--flash-attn", 0, nullptr, kNoGpu},
    Habit{"-ctk", 1, "--kv-type", nullptr},
    Habit{"--cache-type-k", 1, "--kv-type", nullptr},
    Habit{"-ctv", 1, "--kv-type", nullptr},
    Habit{"--cache-type-v", 1, "--kv-type", nullptr},
    Habit{"-tb", 1, nullptr, kSameThreads},
    Habit{"--threads-batch", 1, nullptr, kSameThreads},
    Habit{"-ub", 1, nullptr, kOneBatch},
    Habit{"--ubatch-size", 1, nullptr, kOneBatch},
    Habit{"--no-warmup", 0, nullptr, nullptr},
    Habit{"--log-disable", 0, nullptr, nullptr},
    Habit{"--no-mmap", 0, nullptr, "has no effect: .thm files are always mapped"},
    Habit{"--mlock", 0, nullptr, "has no effect: .thm files are always mapped"},
    Habit{"-z", 1, "--tokenizer", nullptr},
};

constexpr std::array<std::string_view, 12> kTakesText = {"-p",     "--prompt",    "-f",     "--file",
                                                         "-r",     "--stop",      "--text", "--reverse-prompt",
                                                         "--name", "--tokenizer", "-m",     "--model"};

bool contains(const std::string& text, char c) { return text.find(c) != std::string::npos; }

// llama2.c: -t is the temperature, -p is top-p, -i is the prompt, -y is a chat's system prompt.
void question_llama2c_flags(const std::string& flag, const std::string& value) {
  if (flag == "-t" && real_number(value) && contains(value, '.')) {
    throw UsageError("-t " + value + ": -t is the number of threads; did you mean --temp " + value + "?");
  }
  const auto share = real_number(value);
  if (flag == "-p" && share && *share > 0 && *share <= 1) {
    throw UsageError("-p " + value + ": -p is the prompt; did you mean --top-p " + value + "? (--prompt=" + value +
                     " if it is the prompt)");
  }
  if (flag == "-i") {
    throw UsageError("-i: did you mean -p PROMPT, or for a conversation: thimble chat MODEL?");
  }
  if (flag == "-y") {
    throw UsageError("-y: system prompts are part of a model's chat template: thimble convert --chat-template TEXT");
  }
}

// Values that are legal here and yet mean something else to llama2.c. Empty: none.
std::string note_on_llama2c_value(const std::string& flag, const std::string& value) {
  if (value != "0") return "";
  if (flag == "-t") return "-t 0 takes as many threads as pay; the temperature is --temp 0";
  if (flag == "-s") return "-s 0 is a seed like any other; a random one is -s -1";
  return "";
}

void question_chat_flags(const std::string& command, const std::string& flag) {
  if (command == "run" && (flag == "-cnv" || flag == "--conversation")) {
    throw UsageError(flag + ": did you mean: thimble chat MODEL?");
  }
  if (command == "chat" && (flag == "-no-cnv" || flag == "--no-conversation")) {
    throw UsageError(flag + ": did you mean: thimble run MODEL?");
  }
}

bool names_conversation(const std::string& flag) {
  return flag == "-cnv" || flag == "--conversation" || flag == "-no-cnv" || flag == "--no-conversation";
}

// Newer llama.cpp lets -fa take a value.
bool is_switch_value(const std::string& text) {
  return text == "on" || text == "off" || text == "auto" || text == "0" || text == "1";
}

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

// Consumes the flag at *at, and its values, when it is a habit.
bool apply_habit(const std::vector<std::string>& in, size_t* at, Rewritten* out) {
  const std::string& flag = in[*at];
  const auto* const habit =
      std::find_if(kHabits.begin(), kHabits.end(), [&](const Habit& h) { return flag == h.flag; });
  if (habit == kHabits.end()) return false;
  if (habit->replacement != nullptr) {
    out->arguments.emplace_back(habit->replacement);
    return true;
  }
  if (habit->note != nullptr) out->notes.push_back(flag + " " + habit->note);
  *at += static_cast<size_t>(habit->values);
  const bool flash = flag == "-fa" || flag == "--flash-attn";
  if (flash && *at + 1 < in.size() && is_switch_value(in[*at + 1])) ++*at;
  return true;
}

}  // namespace

Rewritten apply_habits(const std::vector<std::string>& arguments) {
  Rewritten out;
  if (arguments.empty()) return out;
  const std::string& command = arguments[0];
  if (command == "help") {  // thimble help run
    out.arguments.assign(arguments.begin() + 1, arguments.end());
    out.arguments.emplace_back("--help");
    return out;
  }
  const bool generates = command == "run" || command == "chat";
  const bool converts = command == "convert" || command == "tokenize";
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& flag = arguments[i];
    const std::string value = i + 1 < arguments.size() ? arguments[i + 1] : std::string();
    if (generates) {
      question_llama2c_flags(flag, value);
      question_chat_flags(command, flag);
      if (names_conversation(flag)) continue;
      const std::string note = note_on_llama2c_value(flag, value);
      if (!note.empty()) out.notes.push_back(note);
    }
    if ((!converts || flag == "-z") && apply_habit(arguments, &i, &out)) continue;
    out.arguments.push_back(flag);
    const bool takes_text = std::find(kTakesText.begin(), kTakesText.end(), flag) != kTakesText.end();
    if (takes_text && i + 1 < arguments.size()) out.arguments.push_back(arguments[++i]);
  }
  return out;
}

std::string nearest(const std::string& word, const std::vector<std::string>& words) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;  // further is no typing error
  for (const std::string& candidate : words) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace thimble::cli
