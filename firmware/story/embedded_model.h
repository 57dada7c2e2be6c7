// The bytes of models/story.thm, which the build puts into the program's constants: on a chip, into flash.
#pragma once

#include <cstddef>
#include <span>

extern "C" const std::byte thimble_story_model[];
extern "C" const std::byte thimble_story_model_end[];

inline std::span<const std::byte> embedded_model() { return {thimble_story_model, thimble_story_model_end}; }
