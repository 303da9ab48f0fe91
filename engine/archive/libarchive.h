// libarchive's functions, loaded with the first archive: why, see engine/upstream/README.md.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "events/late_library.h"

namespace skilltrail::archive {

struct LibarchiveFunctions {
  LateLibrary library{"libarchive.so.13", "libarchive13"};
  LATE_FUNCTION(archive_entry_clear);
  LATE_FUNCTION(archive_entry_filetype);
  LATE_FUNCTION(archive_entry_free);
  LATE_FUNCTION(archive_entry_hardlink);
  LATE_FUNCTION(archive_entry_new);
  LATE_FUNCTION(archive_entry_pathname);
  LATE_FUNCTION(archive_entry_pathname_utf8);
  LATE_FUNCTION(archive_entry_perm);
  LATE_FUNCTION(archive_entry_set_filetype);
  LATE_FUNCTION(archive_entry_set_mtime);
  LATE_FUNCTION(archive_entry_set_pathname);
  LATE_FUNCTION(archive_entry_set_perm);
  LATE_FUNCTION(archive_entry_set_size);
  LATE_FUNCTION(archive_entry_size);
  LATE_FUNCTION(archive_entry_symlink);
  LATE_FUNCTION(archive_error_string);
  LATE_FUNCTION(archive_filter_code);
  LATE_FUNCTION(archive_read_data);
  LATE_FUNCTION(archive_read_free);
  LATE_FUNCTION(archive_read_new);
  LATE_FUNCTION(archive_read_next_header);
  LATE_FUNCTION(archive_read_open);
  LATE_FUNCTION(archive_read_open_memory);
  LATE_FUNCTION(archive_read_support_filter_gzip);
  LATE_FUNCTION(archive_read_support_filter_zstd);
  LATE_FUNCTION(archive_read_support_format_tar);
  LATE_FUNCTION(archive_set_error);
  LATE_FUNCTION(archive_write_add_filter_none);
  LATE_FUNCTION(archive_write_add_filter_zstd);
  LATE_FUNCTION(archive_write_close);
  LATE_FUNCTION(archive_write_data);
  LATE_FUNCTION(archive_write_free);
  LATE_FUNCTION(archive_write_header);
  LATE_FUNCTION(archive_write_new);
  LATE_FUNCTION(archive_write_open);
  LATE_FUNCTION(archive_write_set_bytes_in_last_block);
  LATE_FUNCTION(archive_write_set_filter_option);
  LATE_FUNCTION(archive_write_set_format_gnutar);
};

// From any thread.
const LibarchiveFunctions& Libarchive();

}  // namespace skilltrail::archive
