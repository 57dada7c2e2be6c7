#include "apps/server/worker.h"

#include <chrono>
#include <ctime>
#include <utility>

namespace thimble::server {

service::Now now() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return {static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since_start).count()),
          static_cast<uint64_t>(std::time(nullptr))};
}

Worker::Worker(service::Service& service, std::function<void()> on_progress)
    : service_(service), on_progress_(std::move(on_progress)), thread_([this] { run(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return ends_ || service_.has_work(); });
    if (ends_) return;
    service_.prepare(now());
    lock.unlock();
    service_.compute();
    lock.lock();
    service_.publish(now());
    lock.unlock();
    on_progress_();
    lock.lock();
  }
}

}  // namespace thimble::server
