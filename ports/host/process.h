// Clock, memory, chance and interrupts of a desktop process.
#pragma once

#include <cstdint>
#include <string>

namespace thimble::host {

double monotonic_seconds();    // since some fixed moment; never goes back
uint64_t peak_memory_bytes();  // most memory the process ever had resident; 0 when unknown
std::string processor_name();  // "AMD EPYC 9B45"; empty when unknown
uint64_t memory_bytes();       // what this process may use at most: the machine's memory, or a limit below it
uint64_t random_seed();        // 64 bits of chance from the operating system
std::string program_path();    // the file that is running, links followed; empty when unknown

inline constexpr int kInterruptedExit = 130;  // what shells expect of a program ended by Ctrl-C: 128 + SIGINT

// From now on the first Ctrl-C only makes interrupted() true and wakes wait_for_input(); a second one before
// clear_interrupt() ends the program with kInterruptedExit, and the cursor of a terminal at the start of a line. Where
// the caller of the program had Ctrl-C ignored (nohup), it stays so.
void catch_interrupts();
// A request to terminate (SIGTERM) counts as an interrupt, too. catch_interrupts() comes first.
void catch_termination();
bool interrupted();
void clear_interrupt();

// Waits for standard input: true when it has something to read, or has ended. False when wake() was called since the
// last wait, by the handler of an interrupt or of another signal. catch_interrupts() comes first.
bool wait_for_input();
void wake();

}  // namespace thimble::host
