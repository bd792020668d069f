// SPDX-License-Identifier: GPL-2.0-or-later
// What sluice remembers on disk: the accepted documents, and what it changed on the machine, so that it
// can be undone after any crash. One SQLite file in a directory of its own, and a copy of it in another;
// one daemon at a time. Whichever of them is lost, damaged or behind is made anew from the other.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "base/result.hpp"
#include "base/text.hpp"
#include "base/text_edit.hpp"
#include "model/address.hpp"
#include "model/allotment.hpp"
#include "store/database.hpp"
#include "store/state_lock.hpp"

namespace sluice {

// What became of a revision.
enum class RevisionResult : uint8_t {
  kApplied,
  kConfirmed,
  kRolledBack,   // an earlier one took its place, by command or because nobody confirmed it
  kFailed,       // it was never in force
};
std::string_view to_string(RevisionResult result);              // "rolled-back"
RevisionResult revision_result_called(std::string_view text);   // what is none is kFailed

// Who said that, when and why.
struct RevisionVerdict {
  std::string time;   // RFC 3339 in UTC; empty: nobody did
  std::string who, why;
};

// One document that was to be put in force.
struct Revision {
  int64_t number = 0;   // from 1, never given twice; ignored by append()
  std::string time;     // RFC 3339 in UTC
  std::string who, why, file, text;
  NamedTexts files;   // that the document has sets in: what was in them when it was accepted
  RevisionResult result = RevisionResult::kApplied;
  RevisionVerdict verdict;   // that gave it the result
};

// The text of a revision is that of another one, whose text is known, with this edit.
struct EditOf {
  int64_t revision = 0;
  TextEdit edit;
};

// A revision in force that is taken back unless somebody confirms it.
struct Confirmation {
  int64_t revision = 0;
  int64_t settled = 0;   // that is put in force again; 0, for append() alone: none was in force yet
  Deadline deadline;
};

inline bool same_content(const Revision& a, const Revision& b) {
  return a.text == b.text && a.files == b.files;
}

// A device that sluice made. `index` 0: it was about to be made. `boot` is the start of the machine since
// which the number means something.
struct OwnedLinkRecord {
  std::string link, kind;
  uint32_t index = 0;
  std::string boot;
};

// What comes with a revision that is restored from a backup.
struct RestoredState {
  std::vector<Revision> history;   // ascending; kept by their numbers where no revision is known here
  Allotments allotments;           // these and no others from then on
  std::string keys;                // that are not in their files yet; empty: none
};

inline constexpr int64_t kRevisionsKept = 100;   // unless somebody says otherwise

using FileIdentity = std::pair<dev_t, ino_t>;   // zeros: there is none

using OwnedAddress = std::pair<std::string, InterfaceAddress>;   // device, address
struct OriginalSysctl {
  std::string path, value;   // "net/ipv4/ip_forward", as it was before sluice wrote it
};

class Store {
 public:
  // `copy_dir` empty: no copy is kept.
  static Result<Store> open(const std::filesystem::path& state_dir,
                            const std::filesystem::path& copy_dir = {});
  // nullopt when nothing was ever stored there; then nothing is created either.
  static Result<std::optional<Store>> open_for_cleanup(const std::filesystem::path& state_dir,
                                                       const std::filesystem::path& copy_dir = {});
  // Removes the files of the store, and the directories when they are empty then; nothing there is success.
  // Refused while a daemon uses it. A store that is open is given up for it.
  static Result<> erase(const std::filesystem::path& state_dir, const std::filesystem::path& copy_dir = {});
  static Result<> erase(Store store);

  // What open() would find, while nobody uses it; changes nothing. A sentence about what would be put right,
  // or the failure that it would answer.
  static Result<std::string> examine(const std::filesystem::path& state_dir,
                                     const std::filesystem::path& copy_dir);

  // Where the copy of a store is kept, unless somebody says otherwise.
  static std::filesystem::path copy_of(const std::filesystem::path& state_dir);
  // What was found wrong at open() and put right, in a sentence; empty: nothing.
  const std::string& repaired() const { return repaired_; }
  // Why no copy is kept any more; empty: one is, or none is asked for.
  const std::string& copy_lost() const { return copy_lost_.empty() ? database_.copy_lost() : copy_lost_; }
  // The newest document, where open() failed and one of the two files can still be read that far; without
  // text: neither can. nullopt: there is no file.
  static std::optional<Revision> last_words(const std::filesystem::path& state_dir);
  // Whether its files, and those of its copy, are still where they were opened.
  bool is_in_place() const;
  bool is_copy_in_place() const;   // also where none is kept
  // What was removed or replaced meanwhile is made anew. Failure: nothing changed, and it is used as before.
  Result<> restore();

  // The number that it got; an empty time means now. It is in force. With a confirmation it waits for that;
  // without one nothing waits any more. Older ones than the last `kept` are forgotten.
  Result<int64_t> append(const Revision& revision, const std::optional<Confirmation>& confirmation = {});
  // The same; what it takes on disk is the edit, where there are few of them since a text was kept whole.
  Result<int64_t> append(const Revision& revision, const EditOf& of);
  // The same with all that was restored with it, in one transaction.
  Result<int64_t> append_restored(const Revision& revision, const RestoredState& state,
                                  const std::optional<Confirmation>& confirmation = {});
  // Secret keys that came with a restored revision and are to be written to their files. Empty: none are.
  Result<std::string> restored_keys();
  // They are; nothing of them is left in the database.
  Result<> drop_restored_keys();
  // The first document of a machine on which nothing of sluice runs is about to be put in force: what is
  // there before it is appended is of no document. append() ends that.
  Result<> begin_first();
  Result<> end_first();
  Result<bool> is_first_begun();
  // It was tried, and is not in force.
  Result<> append_failed(const Revision& revision, std::string_view why);
  // What is written until that is committed goes to disk together, or not at all. Nothing else of this class
  // that takes a transaction may be called meanwhile.
  Result<Transaction> together() { return Transaction::begin(database_); }
  void keep_revisions(int64_t kept) { kept_ = kept; }
  // Room on disk for what has to be written later, be the disk full then: a revision that is taken back, a
  // boot, a cleanup. Nothing is appended without; failure: the disk is full.
  Result<> keep_room();
  // The record is erased soon: what cannot be written into it is passed over.
  void pass_over_failures(bool on) { database_.pass_over_failures(on); }

  // Revisions that are or were in force and were not taken back, the newest first.
  Result<std::optional<Revision>> current();   // the newest
  Result<std::vector<Revision>> history(int limit);
  // All, the newest first, without text and files.
  Result<std::vector<Revision>> list(int64_t limit);
  Result<std::optional<Revision>> find(int64_t number);
  // The newest one that was good before the one of this number, without text and files.
  Result<std::optional<Revision>> before(int64_t number);

  // The one that was appended last, or that was said to be in force since.
  Result<std::optional<Revision>> in_force();
  Result<> set_in_force(int64_t number);
  // It is in force again: newer ones are rolled back, and nothing waits to be confirmed.
  Result<> go_back(int64_t number, const RevisionVerdict& verdict);

  // Written before anything is changed, and forgotten unless a revision comes of it.
  Result<> prepare_confirmation(const Confirmation& confirmation);
  Result<> drop_prepared_confirmation();
  Result<bool> has_prepared_confirmation();
  // The one that waits.
  Result<std::optional<Confirmation>> confirmation();
  Result<> put_confirmation(const Confirmation& confirmation);
  // It waits no more.
  Result<> confirm(const RevisionVerdict& verdict);

  // What is going to be changed is recorded before the machine is touched (gateway/execute.cpp): kill -9 in
  // between makes sluice undo too much, which is harmless, and never too little.
  Result<> add_owned_address(const std::string& link, const InterfaceAddress& address);
  Result<> remove_owned_address(const std::string& link, const InterfaceAddress& address);
  Result<std::set<OwnedAddress>> owned_addresses();

  // A record that is there already is replaced.
  Result<> put_owned_link(const OwnedLinkRecord& record);
  Result<> remove_owned_link(const std::string& link);
  Result<std::vector<OwnedLinkRecord>> owned_links();
  // Which devices sluice put into which bridge or VRF.
  Result<> put_owned_member(const std::string& link, const std::string& master);
  Result<> remove_owned_member(const std::string& link);
  Result<std::map<std::string, std::string>> owned_members();

  // One that is remembered already keeps its first value.
  Result<> remember_sysctl(std::string_view path, std::string_view value);
  Result<> forget_sysctl(std::string_view path);
  // In the order in which they were remembered: put them back from the last to the first, because
  // writing net/ipv4/ip_forward sets the devices' own settings too.
  Result<std::vector<OriginalSysctl>> original_sysctls();

  Result<Allotments> allotments();
  Result<> put_allotments(const Allotments& allotments);   // these and no others, in one transaction

  // Whatever else must outlive the daemon, by a key of the caller.
  Result<> note(std::string_view key, std::string_view value);
  Result<std::optional<std::string>> note(std::string_view key);

 private:
  Store(std::filesystem::path dir, StateLock lock, Database database);
  void begin_copy(const std::filesystem::path& copy_dir);
  struct Opened {
    Database database;
    std::string repaired;
  };
  static Result<Opened> open_files(const std::filesystem::path& state_dir,
                                   const std::filesystem::path& copy_dir);

  Result<std::vector<Revision>> add_contents(std::vector<Revision> revisions);
  Result<int64_t> insert(const Revision& revision, int64_t number = 0);   // 0: the next
  Result<int64_t> insert_row(const Revision& revision, std::string_view text, int64_t number);
  Result<std::optional<int64_t>> insert_edited(const Revision& revision, const EditOf& of);
  Result<int64_t> append_within(const Revision& revision, const std::optional<Confirmation>& confirmation);
  Result<> write_allotments(const Allotments& allotments);
  Result<> drop_confirmation();
  Result<> go_back_at_once(int64_t number, const RevisionVerdict& verdict);
  Result<> forget_old_revisions();
  Result<int64_t> keep_file(const std::string& text);
  Result<> append_files(int64_t revision, const NamedTexts& files);

  std::filesystem::path dir_, copy_dir_;
  int64_t kept_ = kRevisionsKept;
  std::string repaired_, copy_lost_;
  StateLock lock_;   // declared before the database: released after it is closed
  Database database_;
  FileIdentity file_, copy_file_;
  std::optional<Allotments> allotments_;   // as the database has them; none: not read yet
};

}   // namespace sluice
