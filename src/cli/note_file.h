// A file in which a program under Padlock notes what it has found, for the command that runs it.
#pragma once

#include <filesystem>
#include <vector>

#include "cli/sighting.h"

namespace padlock::cli {

/// In a folder of its own, which goes when this does.
class NoteFile {
 public:
  /// Throws a Refusal where there is no room for it.
  NoteFile();
  ~NoteFile();
  NoteFile(const NoteFile&) = delete;
  NoteFile& operator=(const NoteFile&) = delete;

  [[nodiscard]] std::string path() const { return (folder_ / "reports").string(); }

  /// Empties it, and reserves the room that notes take: a full disk is to be noticed before the run, not to
  /// lose them. Throws a Refusal.
  void renew() const;
  /// What has been noted since.
  [[nodiscard]] std::vector<Sighting> sightings() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace padlock::cli
