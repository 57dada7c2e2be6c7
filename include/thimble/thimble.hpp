// Thimble for C++: everything of the public API. For C: thimble.h.
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
