// Typed wrappers for libcurl's variadic calls, which Swift cannot call. No logic, no state.
#pragma once
#if __has_include(<curl/curl.h>)
#include <curl/curl.h>
#endif
