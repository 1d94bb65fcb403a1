/// @file
/// SIGINT, SIGTERM and SIGUSR1 ask the program to finish the batch at hand, save, and exit 75.
///
/// No thread that computes may take a signal: for the length of a matrix product oneDNN's generated code points the stack pointer
/// into a buffer on the heap (its issue 4845), and the system writes a signal's frame below that pointer, over whatever lies there.
/// A thread that does nothing else takes them.
#pragma once

namespace cxr::signals {

/// The three signals wait, until install() has a handler for them. For the very first moments of a process.
void block();

/// From now on the three signals set a flag instead of ending the process; a second SIGINT ends it at once. They are blocked in
/// this thread, and so in those that it starts and in child processes, which unblock them if they should heed them.
void install();

/// The signal that came, 0 if none. Safe from any thread.
int received();

/// Throws Interrupted if a signal came.
void throw_if_received();

} // namespace cxr::signals
