// Interrupt: what Ctrl-C and SIGTERM do.
#pragma once

namespace skilltrail::cli {

// A reading command ends at once with 130. A writing one gets a flag to look at and ends at the next safe place; a second signal ends it at
// once, which the store survives as it survives a kill. SIGPIPE is ignored: a reader that went away is seen at the write.
void InstallSignals(bool writes);
bool WasInterrupted();

// Opens /dev/null in the place of a standard descriptor that is closed, so that no file of the store gets its number. A write to it fails.
void ReserveStandardDescriptors();

}  // namespace skilltrail::cli
