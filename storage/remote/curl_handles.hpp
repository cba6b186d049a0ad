/// Owners of libcurl's objects. Private to storage/remote.
#pragma once

#include <memory>
#include <new>
#include <string>

#include <curl/curl.h>

namespace headway::remote {

// To the compiler all handles of libcurl are void: only the function that frees one tells its kind.
template <auto Free>
struct free_with {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using easy_ptr = std::unique_ptr<CURL, free_with<curl_easy_cleanup>>;
using multi_ptr = std::unique_ptr<CURLM, free_with<curl_multi_cleanup>>;
using share_ptr = std::unique_ptr<CURLSH, free_with<curl_share_cleanup>>;

/// The list that grows: curl gives a new head only for the first line.
class header_list {
 public:
  void add(const std::string& line) {
    auto* longer = curl_slist_append(head_.get(), line.c_str());
    if (longer == nullptr)
      throw std::bad_alloc{};
    static_cast<void>(head_.release());
    head_.reset(longer);
  }
  curl_slist* get() const noexcept { return head_.get(); }

 private:
  std::unique_ptr<curl_slist, free_with<curl_slist_free_all>> head_;
};

/// Keeps libcurl initialised. Process-wide and counted by libcurl itself.
class curl_library {
 public:
  curl_library() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~curl_library() { curl_global_cleanup(); }
  curl_library(const curl_library&) = delete;
  curl_library& operator=(const curl_library&) = delete;
};

}  // namespace headway::remote
