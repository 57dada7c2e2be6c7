#include "ports/host/line_reader.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "ports/host/line_editor.h"
#include "ports/host/process.h"
#include "ports/host/terminal.h"

namespace thimble::host {

LineReader::LineReader()
    : attended_(is_terminal(Stream::kIn) && is_terminal(Stream::kErr)),
      editor_(attended_ ? open_line_editor() : nullptr) {}

LineReader::~LineReader() = default;

LineReader::Result LineReader::next(const std::string& prompt, std::string* line) {
  if (attended_ && !editor_) std::fputs(prompt.c_str(), stderr);
  const Result result = editor_ ? editor_->next(prompt, line) : read(line);
  const bool end_of_keyboard = result == Result::kEnd && attended_;
  const bool behind_echoed_key = result == Result::kInterrupted && !editor_ && is_terminal(Stream::kErr);
  if (end_of_keyboard || behind_echoed_key) std::fputc('\n', stderr);
  return result;
}

void LineReader::remember(const std::string& line) {
  if (editor_) editor_->remember(line);
}

LineReader::Result LineReader::read(std::string* line) {
  std::array<char, 4096> chunk;
  for (;;) {
    const size_t newline = buffer_.find('\n');
    if (newline != std::string::npos) {
      line->assign(buffer_, 0, newline);
      buffer_.erase(0, newline + 1);
      return Result::kLine;
    }
    if (ended_) {
      if (buffer_.empty()) return Result::kEnd;
      line->swap(buffer_);
      buffer_.clear();
      return Result::kLine;
    }
    while (!wait_for_input()) {
      if (interrupted()) return Result::kInterrupted;
    }
    const ssize_t count = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      ended_ = true;
    } else {
      buffer_.append(chunk.data(), static_cast<size_t>(count));
    }
  }
}

}  // namespace thimble::host
