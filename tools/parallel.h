// Work of tools that falls apart into tasks which know nothing of each other.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace thimble::tools {

// Runs task(i) for i < count on all processors, in any order.
inline void in_parallel(size_t count, const std::function<void(size_t)>& task) {
  std::atomic<size_t> next = 0;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::thread::hardware_concurrency(); ++t) {
    threads.emplace_back([&] {
      for (size_t i = next++; i < count; i = next++) task(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace thimble::tools
