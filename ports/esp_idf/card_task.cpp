#include "ports/esp_idf/card_task.h"

#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"

namespace thimble::esp_idf {
namespace {

// For FATFS, the driver, and a line that IDF logs when the card is gone.
constexpr uint32_t kStackBytes = 4096;

// Above the program: it sleeps while a card works, and gives the next command in some microseconds.
constexpr UBaseType_t kAboveProgram = 1;

// More than are ever under way: kMaxReads of each open file, and one that opens another.
constexpr UBaseType_t kMostJobs = 16;

// Between two looks at a watchdog that waits for some seconds.
constexpr TickType_t kPatience = pdMS_TO_TICKS(500);

// The queue of the task, which is made with it.
QueueHandle_t start_task(TaskFunction_t code) {
  static StackType_t stack[kStackBytes];
  static StaticTask_t task;
  static StaticQueue_t queue;
  static uint8_t places[kMostJobs * sizeof(CardJob*)];
  const QueueHandle_t handle = xQueueCreateStatic(kMostJobs, sizeof(CardJob*), places, &queue);
  const auto core = static_cast<BaseType_t>((xPortGetCoreID() + 1) % portNUM_PROCESSORS);
  (void)xTaskCreateStaticPinnedToCore(code, "thimble_card", kStackBytes, handle,
                                      uxTaskPriorityGet(nullptr) + kAboveProgram, stack, &task, core);
  return handle;
}

}  // namespace

void CardJob::begin(Work work, void* argument) {
  static QueueHandle_t jobs = nullptr;
  if (jobs == nullptr) jobs = start_task(work_forever);
  work_ = work;
  argument_ = argument;
  owner_ = xTaskGetCurrentTaskHandle();
  done_.store(false);
  CardJob* const self = this;
  (void)xQueueSend(jobs, &self, portMAX_DELAY);
}

// A task is notified for other reasons, too, so it looks again.
void CardJob::await(void (*meanwhile)()) {
  while (!done_.load()) {
    (void)ulTaskNotifyTake(pdTRUE, kPatience);
    meanwhile();
  }
}

void CardJob::work_forever(void* queue) {
  for (;;) {
    CardJob* job = nullptr;
    if (xQueueReceive(static_cast<QueueHandle_t>(queue), &job, portMAX_DELAY) != pdTRUE) continue;
    job->work_(job->argument_);
    const TaskHandle_t owner = job->owner_;  // the job may be gone once it is done
    job->done_.store(true);
    (void)xTaskNotifyGive(owner);
  }
}

}  // namespace thimble::esp_idf
