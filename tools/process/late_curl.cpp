// libcurl brings twenty libraries with it, which take 4 ms of each start to be loaded, and most
// runs of `headway` ask nothing over a network. So the programs are not linked with it: these
// functions, which go before a library's, load it at the first call and pass all calls on. One
// that is missing here brings the library back into the start. Part of the programs only.

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include <curl/curl.h>
#include <dlfcn.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#undef curl_share_setopt

namespace {

// As the dynamic loader ends a program that lacks a library.
[[noreturn]] void end_without_library() {
  std::fprintf(stderr, "%s; install Debian's package libcurl4\n", ::dlerror());
  std::_Exit(127);
}

template <class Function>
Function* find(const char* name) {
  // The name carries the version of the interface that this file was compiled for.
  static void* const library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  void* const found = library == nullptr ? nullptr : ::dlsym(library, name);
  if (found == nullptr)
    end_without_library();
  return reinterpret_cast<Function*>(found);
}

/// Calls `set(handle, option, value)` with the one argument that follows an option, in the type
/// that the option's number tells.
template <class Set, class Handle, class Option>
auto set_option(Set set, Handle handle, Option option, std::va_list value) {
  switch (option / 10'000 * 10'000) {
    case CURLOPTTYPE_LONG:
      return set(handle, option, va_arg(value, long));
    case CURLOPTTYPE_OFF_T:
      return set(handle, option, va_arg(value, curl_off_t));
    default:
      return set(handle, option, va_arg(value, void*));
  }
}

}  // namespace

#define HEADWAY_PASS_ON(result, name, parameters, arguments) \
  result name parameters {                                   \
    static auto* const real = find<decltype(name)>(#name);   \
    return real arguments;                                   \
  }

extern "C" {

HEADWAY_PASS_ON(CURLcode, curl_global_init, (long flags), (flags))
HEADWAY_PASS_ON(void, curl_global_cleanup, (), ())
HEADWAY_PASS_ON(void, curl_free, (void* memory), (memory))

HEADWAY_PASS_ON(CURL*, curl_easy_init, (), ())
HEADWAY_PASS_ON(void, curl_easy_cleanup, (CURL * easy), (easy))
HEADWAY_PASS_ON(CURLcode, curl_easy_pause, (CURL * easy, int what), (easy, what))
HEADWAY_PASS_ON(void, curl_easy_reset, (CURL * easy), (easy))
HEADWAY_PASS_ON(const char*, curl_easy_strerror, (CURLcode code), (code))
HEADWAY_PASS_ON(char*, curl_easy_escape, (CURL * easy, const char* text, int size),
                (easy, text, size))

HEADWAY_PASS_ON(CURLM*, curl_multi_init, (), ())
HEADWAY_PASS_ON(CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi))
HEADWAY_PASS_ON(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL* easy), (multi, easy))
HEADWAY_PASS_ON(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL* easy), (multi, easy))
HEADWAY_PASS_ON(CURLMsg*, curl_multi_info_read, (CURLM * multi, int* left), (multi, left))
HEADWAY_PASS_ON(CURLMcode, curl_multi_perform, (CURLM * multi, int* running), (multi, running))
HEADWAY_PASS_ON(CURLMcode, curl_multi_poll,
                (CURLM * multi, curl_waitfd* others, unsigned count, int patience, int* ready),
                (multi, others, count, patience, ready))
HEADWAY_PASS_ON(CURLMcode, curl_multi_wakeup, (CURLM * multi), (multi))

HEADWAY_PASS_ON(CURLSH*, curl_share_init, (), ())
HEADWAY_PASS_ON(CURLSHcode, curl_share_cleanup, (CURLSH * share), (share))

HEADWAY_PASS_ON(curl_slist*, curl_slist_append, (curl_slist * list, const char* text), (list, text))
HEADWAY_PASS_ON(void, curl_slist_free_all, (curl_slist * list), (list))

HEADWAY_PASS_ON(CURLU*, curl_url, (), ())
HEADWAY_PASS_ON(void, curl_url_cleanup, (CURLU * url), (url))
HEADWAY_PASS_ON(CURLUcode, curl_url_get, (CURLU * url, CURLUPart part, char** text, unsigned flags),
                (url, part, text, flags))
HEADWAY_PASS_ON(CURLUcode, curl_url_set,
                (CURLU * url, CURLUPart part, const char* text, unsigned flags),
                (url, part, text, flags))

CURLcode curl_easy_setopt(CURL* easy, CURLoption option, ...) {
  static auto* const real = find<decltype(curl_easy_setopt)>("curl_easy_setopt");
  std::va_list value;
  va_start(value, option);
  const auto code = set_option(real, easy, option, value);
  va_end(value);
  return code;
}

CURLMcode curl_multi_setopt(CURLM* multi, CURLMoption option, ...) {
  static auto* const real = find<decltype(curl_multi_setopt)>("curl_multi_setopt");
  std::va_list value;
  va_start(value, option);
  const auto code = set_option(real, multi, option, value);
  va_end(value);
  return code;
}

// What is asked for goes to where a pointer leads, whatever its type.
CURLcode curl_easy_getinfo(CURL* easy, CURLINFO which, ...) {
  static auto* const real = find<decltype(curl_easy_getinfo)>("curl_easy_getinfo");
  std::va_list place;
  va_start(place, which);
  const auto code = real(easy, which, va_arg(place, void*));
  va_end(place);
  return code;
}

CURLSHcode curl_share_setopt(CURLSH* share, CURLSHoption option, ...) {
  static auto* const real = find<decltype(curl_share_setopt)>("curl_share_setopt");
  std::va_list value;
  va_start(value, option);
  const bool of_a_kind = option == CURLSHOPT_SHARE || option == CURLSHOPT_UNSHARE;
  const auto code = of_a_kind ? real(share, option, va_arg(value, int))
                              : real(share, option, va_arg(value, void*));
  va_end(value);
  return code;
}

}  // extern "C"
