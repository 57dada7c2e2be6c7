// What the fakes share with each other.
#pragma once

namespace fakes {

extern thread_local bool in_interrupt;

}  // namespace fakes
