/// @file
/// SIGINT, SIGTERM and SIGUSR1 ask the program to finish the batch at hand, save, and exit 75.
#pragma once

namespace cxr::signals {

/// From now on the three signals set a flag instead of ending the process; a second SIGINT ends it at once.
void install();

/// The signal that came, 0 if none. Safe from any thread.
int received();

/// Throws Interrupted if a signal came.
void throw_if_received();

} // namespace cxr::signals
