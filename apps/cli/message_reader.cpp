#include "apps/cli/message_reader.h"

#include <string_view>

#include "apps/cli/output.h"
#include "apps/cli/plain_text.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

constexpr std::string_view kFence = "\"\"\"";
constexpr const char* kPrompt = "> ";
constexpr const char* kPromptInside = ". ";  // between fences

// Whether the last fence of the text ends it.
bool is_closed(std::string_view text, size_t* fence) {
  *fence = text.rfind(kFence);
  return *fence != std::string_view::npos && strip(text.substr(*fence + kFence.size())).empty();
}

}  // namespace

MessageReader::Result MessageReader::next(std::string* message) {
  bool warned = false;
  for (;;) {
    const Result result = read(message);
    if (result == Result::kEnd) return result;
    if (result == Result::kLine) {
      warned = false;
      if (!strip(*message).empty()) return result;
      continue;
    }
    if (warned) return result;
    warned = true;
    write_note("(Ctrl-C again, or /bye, to leave)");
  }
}

MessageReader::Result MessageReader::read(std::string* message) {
  const Result result = read_line(kPrompt, message);
  if (result != Result::kLine || !message->starts_with(kFence)) return result;
  message->erase(0, kFence.size());
  return read_fenced(message);
}

// Adds lines up to the closing fence; the end of the input closes it too.
MessageReader::Result MessageReader::read_fenced(std::string* message) {
  size_t fence = 0;
  std::string line;
  while (!is_closed(*message, &fence)) {
    const Result result = read_line(kPromptInside, &line);
    if (result == Result::kInterrupted) return result;
    if (result == Result::kEnd) return Result::kLine;
    *message += (message->empty() ? "" : "\n") + line;
  }
  message->resize(fence);
  return Result::kLine;
}

MessageReader::Result MessageReader::read_line(const char* prompt, std::string* line) {
  const Result result = lines_.next(prompt, line);
  host::clear_interrupt();
  if (result != Result::kLine) return result;
  if (!attended()) {  // what a file may have at the ends of its lines, no keyboard sends
    *line = plain_text(*line + '\n', "standard input");
    line->pop_back();
  }
  if (!strip(*line).empty()) lines_.remember(*line);
  return result;
}

bool MessageReader::confirm(const std::string& question) {
  if (!lines_.attended()) return false;
  std::string answer;
  const Result result = lines_.next(question + " [Y/n] ", &answer);
  host::clear_interrupt();
  if (result != Result::kLine) return false;
  const std::string_view word = strip(answer);
  return word.empty() || word == "y" || word == "Y" || word == "yes";
}

}  // namespace thimble::cli
