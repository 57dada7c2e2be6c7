// Cycles of the set pie on the machine, a line for each kernel and shape: what bench/pie-cycles has on record.
#pragma once

#include <string>

namespace thimble {

// Lines of a stage, counts of its units, and cycles: "q8 mac=4096 row=64 call=1 cycles=1234".
std::string kernel_samples();

}  // namespace thimble
