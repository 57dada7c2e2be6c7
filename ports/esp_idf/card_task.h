// The task that the card belongs to. Every call of its driver and of its file system is made there, one after the
// other, so nothing is locked; the program computes meanwhile, on the other core where there is one.
#pragma once

#include <atomic>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/port.h"

namespace thimble::esp_idf {

// Something to be done there. In internal memory, and kept in place until await().
class CardJob {
 public:
  using Work = void (*)(void* argument);

  // Returns at once; jobs are done in the order of their beginnings. Begun again only after await().
  void begin(Work work, void* argument);

  // Returns when it is done, by the task that began it. `meanwhile` is called twice a second: the program's task feeds
  // its watchdog, and no other may call that.
  void await(void (*meanwhile)() = port::yield);

 private:
  static void work_forever(void*);

  Work work_ = nullptr;
  void* argument_ = nullptr;
  TaskHandle_t owner_ = nullptr;
  std::atomic<bool> done_ = true;
};

}  // namespace thimble::esp_idf
