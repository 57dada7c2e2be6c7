// The service with a thread for its engine.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "service/service.h"

namespace thimble::server {

// This machine's clocks.
service::Now now();

class Worker {
 public:
  // `on_progress`: called on the engine's thread, after each step and without the lock. The service must outlive the
  // worker.
  Worker(service::Service& service, std::function<void()> on_progress);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();  // after the step that is under way

  // The service, for as long as the lock is held. Its engine looks for work when it is let go.
  class Access {
   public:
    explicit Access(Worker& worker) : worker_(worker), lock_(worker.mutex_) {}
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;
    ~Access() {
      if (worker_.service_.has_work()) worker_.work_.notify_one();
    }
    service::Service* operator->() const { return &worker_.service_; }

   private:
    Worker& worker_;
    std::unique_lock<std::mutex> lock_;
  };
  Access service() { return Access(*this); }

 private:
  void run();

  service::Service& service_;
  std::function<void()> on_progress_;
  std::mutex mutex_;  // holds the service's functions apart, but compute()
  std::condition_variable work_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace thimble::server
