// A progress bar for work that turns out to take long.
#pragma once

#include <cstdint>
#include <string>

namespace thimble::cli {

// Draws on stderr, only when that is a terminal and the work has taken a second; leaves nothing behind.
class Progress {
 public:
  explicit Progress(std::string label, bool enabled = true);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  void update(uint64_t done, uint64_t total);
  void clear();

 private:
  std::string label_;
  bool enabled_;
  bool drawn_ = false;
  double next_draw_;
};

}  // namespace thimble::cli
