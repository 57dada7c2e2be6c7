// Prints the set of kernels that this processor gets.

#include <cstdio>

#include "thimble/selftest.h"

int main() { return std::puts(thimble::kernels_name()) < 0 ? 1 : 0; }
