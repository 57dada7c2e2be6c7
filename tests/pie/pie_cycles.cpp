// Writes bench/pie-cycles anew: build/release/pie_cycles > bench/pie-cycles && bench/fit_stages.py
#include <cstdio>

#include "tests/pie/kernel_samples.h"

int main() {
  std::printf(
      "# Cycles of the assembly of src/kernels/pie, by the machine of tests/pie; written by "
      "build/release/pie_cycles.\n");
  std::fputs(thimble::kernel_samples().c_str(), stdout);
}
