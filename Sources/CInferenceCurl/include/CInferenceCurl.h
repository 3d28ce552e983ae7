// Typed wrappers for libcurl's variadic calls, which Swift cannot call, and constants whose macros it cannot read.
// No logic, no state; empty where libcurl's header is missing.
#pragma once
#if __has_include(<curl/curl.h>)
#include <curl/curl.h>
#if defined(__linux__)
// Swift's own C library module leaves these out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#endif

// curl_easy_setopt, by the type of its third argument.
CURLcode inference_curl_set_long(CURL *easy, CURLoption option, long value);
CURLcode inference_curl_set_size(CURL *easy, CURLoption option, curl_off_t value);
CURLcode inference_curl_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode inference_curl_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode inference_curl_set_write(CURL *easy, curl_write_callback callback);
CURLcode inference_curl_set_header(CURL *easy, curl_write_callback callback);
CURLcode inference_curl_set_read(CURL *easy, curl_read_callback callback);
CURLcode inference_curl_set_progress(CURL *easy, curl_xferinfo_callback callback);
CURLcode inference_curl_set_prepared(CURL *easy, curl_prereq_callback callback);

// Options that are newer than the oldest libcurl we build with; CURLE_UNKNOWN_OPTION where the header lacks them.
CURLcode inference_curl_only_http(CURL *easy);
CURLcode inference_curl_quick_exit(CURL *easy);

// curl_easy_getinfo, by the type of its result; zero or NULL when it fails.
long inference_curl_get_long(CURL *easy, CURLINFO info);
curl_off_t inference_curl_get_size(CURL *easy, CURLINFO info);

// curl_multi_setopt and curl_share_setopt.
CURLMcode inference_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLMcode inference_curl_multi_set_socket(CURLM *multi, curl_socket_callback callback, void *context);
CURLMcode inference_curl_multi_set_timer(CURLM *multi, curl_multi_timer_callback callback, void *context);
CURLSHcode inference_curl_share_tls_sessions(CURLSH *share);

// CURLOPT_PRIVATE of a handle that has finished, and its result; NULL when no message is left.
void *inference_curl_next_done(CURLM *multi, CURLcode *result);

// pthread_setname_np of the calling thread, which glibc declares for GNU sources only.
void inference_name_thread(const char *name);

#endif
