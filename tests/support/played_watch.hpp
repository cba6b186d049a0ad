/// What a `ref_watch` would have heard of a clone, as a test says.
#pragma once

#include <memory>
#include <stdexcept>

#include <unistd.h>

#include <storage/git/clone_moves.hpp>

namespace headway::test {

class played_watch {
 public:
  played_watch() {
    int ends[2];
    if (::pipe(ends) != 0)
      throw std::runtime_error("no pipe");
    queue_->events = git::file_descriptor{ends[0]};
    write_end_ = git::file_descriptor{ends[1]};
    moves_->begin();
  }

  std::shared_ptr<const git::clone_moves> moves() const { return moves_; }

  void happen() { moves_->happened(); }

  /// Something has happened that the watch has not got to yet.
  void wait_unread() {
    if (::write(write_end_.get(), "x", 1) != 1)
      throw std::runtime_error("the pipe takes nothing");
  }

 private:
  std::shared_ptr<git::event_queue> queue_ = std::make_shared<git::event_queue>();
  git::file_descriptor write_end_;
  std::shared_ptr<git::clone_moves> moves_ = std::make_shared<git::clone_moves>(queue_);
};

}  // namespace headway::test
