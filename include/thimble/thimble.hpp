// Thimble for C++: everything of the public API. For C: thimble.h.
//
// What the objects themselves take, beside the memory of a plan, on a 32-bit chip and on a 64-bit host: Model 0.2 kB,
// Plan 0.8 and 1.4 kB, Engine 1.1 and 1.8 kB (its plan included), Generator 4.1 and 4.3 kB (most of it the sampler's
// candidates). A chip keeps the larger ones static rather than on a stack.
#pragma once

#include "thimble/engine.h"
#include "thimble/generator.h"
#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/parallel.h"
#include "thimble/plan.h"
#include "thimble/sampler.h"
#include "thimble/selftest.h"
#include "thimble/status.h"
#include "thimble/tokenizer.h"
#include "thimble/version.h"
#include "thimble/weight_reader.h"
