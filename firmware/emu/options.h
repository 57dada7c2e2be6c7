// The command line of an image: the flags of `thimble run` where they mean the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/plan.h"
#include "thimble/sampler.h"
#include "thimble/status.h"

namespace thimble::emu {

struct Options {
  // The model: a file of the host, or bytes that the emulator has put into memory.
  const char* model = nullptr;
  uintptr_t at = 0;                 // --at ADDRESS
  size_t bytes = 0;                 // --bytes N, of the image at that address
  uint64_t read_most = UINT64_MAX;  // --fail-read-after N: files can be read so far and no further

  const char* prompt_file = nullptr;  // -f FILE; none: an empty prompt
  SamplerParams sampler;              // --temp --top-k --top-p --min-p -s
  PlanOptions plan;          // -c CONTEXT -b BATCH --kv f32|i8|i4 --resident (weights into the engine's memory)
                             // --stream (weights are read as they are needed) --piece N
  size_t ram = SIZE_MAX;     // --ram N: bytes that the engine may have
  uint32_t max_tokens = 16;  // -n
  bool ignore_eos = false;   // --ignore-eos

  bool ids = false;       // --ids
  bool hash = false;      // --hash: hashes the logits of the text
  bool selftest = false;  // --selftest: compares with the hash that the file states
  bool count = false;     // --count: instructions of a second pass, without hashing
  bool profile = false;   // --profile: instructions by stage, of a third
};

// Errors: kInvalidArgument (subject: what is wrong; at: which argument).
Status parse_options(std::span<const char* const> arguments, Options* out);

}  // namespace thimble::emu
