// Models larger than memory, whose weights and vocabulary are read as they are needed: a part of the core that a
// program links or not, since most chips' models are mapped or fit. The option THIMBLE_STREAMING of CMake decides.
#pragma once

#ifndef THIMBLE_STREAMING
#define THIMBLE_STREAMING 0
#endif

namespace thimble {

inline constexpr bool kStreaming = THIMBLE_STREAMING != 0;

}  // namespace thimble
