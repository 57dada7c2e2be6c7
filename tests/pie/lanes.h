// Vectors as lanes of a type.
#pragma once

#include <array>
#include <cstring>
#include <limits>

#include "tests/pie/machine.h"

namespace thimble::s3 {

template <class T>
using Lanes = std::array<T, 16 / sizeof(T)>;

template <class T>
Lanes<T> lanes_of(const Vector& vector) {
  Lanes<T> lanes;
  std::memcpy(lanes.data(), vector.data(), vector.size());
  return lanes;
}

template <class T>
Vector vector_of(const Lanes<T>& lanes) {
  Vector vector;
  std::memcpy(vector.data(), lanes.data(), vector.size());
  return vector;
}

template <class T>
Vector broadcast(T value) {
  Lanes<T> lanes;
  lanes.fill(value);
  return vector_of<T>(lanes);
}

inline int64_t limited(int64_t value, int64_t least, int64_t most) {
  return value < least ? least : value > most ? most : value;
}

// {upper, lower} shifted right by `bytes`, its lower half: what SAR_BYTE is for.
inline Vector funnel(const Vector& lower, const Vector& upper, uint32_t bytes) {
  Vector result;
  for (size_t i = 0; i < result.size(); ++i) {
    const size_t from = i + bytes;
    result[i] = from < 16 ? lower[from] : upper[from - 16];
  }
  return result;
}

}  // namespace thimble::s3
