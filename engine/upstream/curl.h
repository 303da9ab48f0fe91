// libcurl's functions, loaded when upstream is first asked: to link it and what it draws in was half of what
// a short command took (bench/README.md).
#pragma once

#include <curl/curl.h>

#include "events/late_library.h"

namespace skilltrail::upstream {

struct CurlFunctions {
  LateLibrary library{"libcurl.so.4", "libcurl4"};
  LATE_FUNCTION(curl_easy_cleanup);
  LATE_FUNCTION(curl_easy_getinfo);
  LATE_FUNCTION(curl_easy_header);
  LATE_FUNCTION(curl_easy_init);
  LATE_FUNCTION(curl_easy_reset);
  LATE_FUNCTION(curl_easy_setopt);
  LATE_FUNCTION(curl_easy_strerror);
  LATE_FUNCTION(curl_free);
  LATE_FUNCTION(curl_getdate);
  LATE_FUNCTION(curl_global_init);
  LATE_FUNCTION(curl_multi_add_handle);
  LATE_FUNCTION(curl_multi_cleanup);
  LATE_FUNCTION(curl_multi_info_read);
  LATE_FUNCTION(curl_multi_init);
  LATE_FUNCTION(curl_multi_perform);
  LATE_FUNCTION(curl_multi_poll);
  LATE_FUNCTION(curl_multi_remove_handle);
  LATE_FUNCTION(curl_multi_setopt);
  LATE_FUNCTION(curl_slist_append);
  LATE_FUNCTION(curl_slist_free_all);
  LATE_FUNCTION(curl_url);
  LATE_FUNCTION(curl_url_cleanup);
  LATE_FUNCTION(curl_url_get);
  LATE_FUNCTION(curl_url_set);
};

// From any thread.
const CurlFunctions& Curl();

}  // namespace skilltrail::upstream
