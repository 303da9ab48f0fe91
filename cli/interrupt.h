// Interrupt: what Ctrl-C and SIGTERM do, and what else a process of this program sets up first.
#pragma once

namespace skilltrail::cli {

// A reading command ends at once with 130. A writing one gets a flag to look at and ends at the next safe place; a second signal ends it at
// once, which the store survives as it survives a kill. SIGPIPE is ignored: a reader that went away is seen at the write.
void InstallSignals(bool writes);
bool WasInterrupted();

// Opens /dev/null in the place of a standard descriptor that is closed, so that no file of the store gets its number. A write to it fails.
void ReserveStandardDescriptors();

// As many open files as the hard limit allows: every table of the store is one, and the usual soft limit of 1,024 is for programs that
// select().
void RaiseDescriptorLimit();

}  // namespace skilltrail::cli
