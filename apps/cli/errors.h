// Refusals: one line that says what is wrong with which file and what to do about it.
#pragma once

#include <stdexcept>
#include <string>

#include "thimble/status.h"

namespace thimble::cli {

inline constexpr int kExitError = 1;
inline constexpr int kExitUsage = 2;

// The command line is wrong. Ends the program with kExitUsage.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The command line is fine, but what it asks for failed. Ends the program with kExitError.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "malformed: tensor wq rows 3: found 63, expected 64; copy or convert the file again"
std::string describe(const Status& status);

// Throws Failure "SUBJECT: <describe(status)>" unless the status is ok. `subject` is a file or a request.
void check(const Status& status, const std::string& subject);

}  // namespace thimble::cli
