#include "blockhaul_curl.h"

CURLcode blockhaul_easy_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode blockhaul_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode blockhaul_easy_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode blockhaul_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode blockhaul_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode blockhaul_easy_set_transfer(CURL *easy, CURLoption option, blockhaul_transfer_callback callback, void *context) {
  CURLoption data;
  switch (option) {
  case CURLOPT_READFUNCTION: data = CURLOPT_READDATA; break;
  case CURLOPT_WRITEFUNCTION: data = CURLOPT_WRITEDATA; break;
  case CURLOPT_HEADERFUNCTION: data = CURLOPT_HEADERDATA; break;
  default: return CURLE_UNKNOWN_OPTION;
  }
  CURLcode code = curl_easy_setopt(easy, option, callback);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, data, context);
}

CURLcode blockhaul_easy_set_seek(CURL *easy, blockhaul_seek_callback callback, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, callback);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_SEEKDATA, context);
}

CURLcode blockhaul_easy_set_sockopt(CURL *easy, blockhaul_sockopt_callback callback, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, callback);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, context);
}

CURLcode blockhaul_easy_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}

CURLcode blockhaul_easy_get_pointer(CURL *easy, CURLINFO info, void **value) {
  return curl_easy_getinfo(easy, info, value);
}

CURLMcode blockhaul_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
