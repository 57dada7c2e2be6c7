// While a prompt is read: Ctrl-C stops it, and a bar shows when it takes long.
#pragma once

#include "apps/cli/progress.h"
#include "ports/host/process.h"
#include "thimble/generator.h"

namespace thimble::cli {

// Watches what start() and append() of one Generator read. Must outlive it.
class PromptWatch {
 public:
  explicit PromptWatch(bool show_progress) : progress_("reading", show_progress) {}
  PromptWatch(const PromptWatch&) = delete;
  PromptWatch& operator=(const PromptWatch&) = delete;

  // For GeneratorParams::on_prompt.
  PromptProgress callback() { return {&PromptWatch::on_sweep, this}; }
  // The Generator made with that callback, before it reads.
  void watch(Generator* generator) { generator_ = generator; }

 private:
  static void on_sweep(void* context, size_t read, size_t total) {
    auto* self = static_cast<PromptWatch*>(context);
    if (host::interrupted()) self->generator_->cancel();
    self->progress_.update(read, total);
    if (read == total || host::interrupted()) self->progress_.clear();
  }

  Progress progress_;
  Generator* generator_ = nullptr;
};

}  // namespace thimble::cli
