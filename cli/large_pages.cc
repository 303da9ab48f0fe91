// Asks mimalloc for pages of 2 MiB in the segment of memory (32 MiB) that the main thread begins with: a command that fills ten of them
// would meet the kernel for each 4 KiB otherwise, and a fold that walks over a large library waits for the processor's page tables. Later
// segments are left as they are: a large page is there whole when its first byte is used. MIMALLOC_LARGE_OS_PAGES=0 in the environment
// turns it off.
#include <mimalloc.h>

namespace {

void AskForLargePages() {
  mi_option_set_enabled_default(mi_option_large_os_pages, true);
}

// Static initialisers of libraries allocate already. Only what stands in this section of a program runs before them.
__attribute__((section(".preinit_array"), used)) void (*const before_the_first_segment)() = AskForLargePages;

// This runs after them.
__attribute__((constructor)) void LeaveLaterSegments() {
  mi_option_disable(mi_option_large_os_pages);
}

}  // namespace
