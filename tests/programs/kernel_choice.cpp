// Prints the name of the kernels that this processor gets.
#include <cstdio>

#include "kernels/kernels.h"

int main() {
  std::puts(thimble::active_kernels().name);
  return 0;
}
