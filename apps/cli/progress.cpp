#include "apps/cli/progress.h"

#include <algorithm>
#include <cstdio>

#include "ports/host/process.h"
#include "ports/host/terminal.h"

namespace thimble::cli {
namespace {

constexpr double kPatienceSeconds = 1.0;
constexpr double kRedrawSeconds = 0.1;
constexpr size_t kMaxBarWidth = 40;
constexpr size_t kPercentWidth = 10;  // brackets, spaces and "100 %"

}  // namespace

Progress::Progress(std::string label, bool enabled)
    : label_(std::move(label)),
      enabled_(enabled && host::is_terminal(host::Stream::kErr)),
      next_draw_(host::monotonic_seconds() + kPatienceSeconds) {}

void Progress::update(uint64_t done, uint64_t total) {
  if (!enabled_ || total == 0) return;
  const double now = host::monotonic_seconds();
  if (now < next_draw_) return;
  next_draw_ = now + kRedrawSeconds;
  const size_t columns = host::terminal_width(host::Stream::kErr);
  const size_t taken = label_.size() + kPercentWidth;
  if (columns <= taken) return;
  const size_t width = std::min(kMaxBarWidth, columns - taken);
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<size_t>(share * static_cast<double>(width));
  const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
  std::fprintf(stderr, "\r%s [%s] %3d %%", label_.c_str(), bar.c_str(), static_cast<int>(100 * share));
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

}  // namespace thimble::cli
