#ifndef BLOCKHAUL_CURL_H
#define BLOCKHAUL_CURL_H

#include <curl/curl.h>

// libcurl's setters and getters are variadic, which Swift cannot call: one function a type of argument.

CURLcode blockhaul_easy_set_long(CURL *easy, CURLoption option, long value);
CURLcode blockhaul_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value);
CURLcode blockhaul_easy_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode blockhaul_easy_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode blockhaul_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value);

/// Read, write and header callbacks, which share one shape.
typedef size_t (*blockhaul_transfer_callback)(char *bytes, size_t size, size_t count, void *context);
CURLcode blockhaul_easy_set_transfer(CURL *easy, CURLoption option, blockhaul_transfer_callback callback, void *context);

/// The callback that rewinds a request body, used when libcurl resends on a fresh connection.
typedef int (*blockhaul_seek_callback)(void *context, curl_off_t offset, int origin);
CURLcode blockhaul_easy_set_seek(CURL *easy, blockhaul_seek_callback callback, void *context);

/// The callback that is told of each socket before it is connected.
typedef int (*blockhaul_sockopt_callback)(void *context, curl_socket_t socket, curlsocktype purpose);
CURLcode blockhaul_easy_set_sockopt(CURL *easy, blockhaul_sockopt_callback callback, void *context);

CURLcode blockhaul_easy_get_long(CURL *easy, CURLINFO info, long *value);
CURLcode blockhaul_easy_get_pointer(CURL *easy, CURLINFO info, void **value);

CURLMcode blockhaul_multi_set_long(CURLM *multi, CURLMoption option, long value);

#endif
