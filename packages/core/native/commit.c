/* commit.c: the order in which a commit writes, and how a file is put back when one did not end.
 *
 *   1  the journal is written beside the file: what the file holds where it will be changed
 *   2  it is on the device, with its name in the directory
 *   3  the file is written, and is on the device
 *   4  the journal's name goes, and the directory is on the device: from here on it is committed
 *
 * Before 2 the file is untouched, and an incomplete journal means nothing. Until 4, whoever opens
 * the file next writes the journal back. A file that gets shorter is cut off last, because what is
 * cut off is in no journal: 3 ends with a mark in the journal that says so, and from the mark on,
 * whoever opens the file cuts it off. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* One commit under way. */
typedef struct change {
  const tm_region *region;
  const tm_tracking_spec *spec;
  const tm__runs *runs;
  tm__journal journal;
  int fd; /* of the journal */
  bool durable;
  bool unlinked;
  bool file_touched;
  tm_failure *failure;
} change;

static int failed(tm_failure *failure, int result, const char *call, const char *subject)
{
  *failure = (tm_failure){.call = call, .subject = subject};
  return result;
}

/* ---- Steps, each one system call on one file ---------------------------------------------- */

static int open_journal(const tm_tracking_spec *spec, int flags, mode_t mode)
{
  int fd;
  flags |= O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  do fd = openat(spec->directory, spec->journal, flags, mode);
  while (fd < 0 && errno == EINTR);
  return fd >= 0 ? fd : -errno;
}

static int sync_directory(const tm_tracking_spec *spec)
{
  int result = tm_file_sync(spec->directory, true);
  /* Not every file system can: then the name is as durable as it makes it. */
  return result == -EINVAL || result == -ENOSYS || result == -EOPNOTSUPP ? 0 : result;
}

static int remove_journal(const tm_tracking_spec *spec)
{
  return unlinkat(spec->directory, spec->journal, 0) == 0 || errno == ENOENT ? 0 : -errno;
}

/* ---- Recovery ----------------------------------------------------------------------------- */

static int put_back(int fd, const tm__journal *journal, int file, tm_failure *failure)
{
  int result = 0;
  uint64_t length = journal->finished ? journal->new_length : journal->old_length;
  if (!journal->finished) result = tm__journal_restore(fd, journal, file);
  if (result != 0) return failed(failure, result, "pwrite", "file");
  result = tm_file_truncate(file, length);
  if (result != 0) return failed(failure, result, "ftruncate", "file");
  result = tm_file_sync(file, false);
  return result == 0 ? 0 : failed(failure, result, "fdatasync", "file");
}

/* Whether whoever made the journal could have written the file, too: in a folder for all, anyone
 * can put one there. */
static int check_owner(int fd, int file)
{
  struct stat journal;
  struct stat ours;
  if (fstat(fd, &journal) != 0 || fstat(file, &ours) != 0) return -errno;
  if (!S_ISREG(journal.st_mode)) return -EBADMSG;
  bool trusted = journal.st_uid == ours.st_uid || journal.st_uid == 0 ||
                 journal.st_uid == geteuid() || (ours.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  return trusted ? 0 : -EPERM;
}

/* With the lock held: 1 when the file was put back, 0 when there was nothing to do. */
static int recover(int file, const tm_tracking_spec *spec, tm_failure *failure)
{
  int fd = open_journal(spec, O_RDONLY, 0);
  if (fd == -ENOENT) return 0;
  if (fd < 0) return failed(failure, fd, "open", "journal");
  tm__journal journal;
  int result = check_owner(fd, file);
  if (result == 0) result = tm__journal_read(fd, spec->identity, &journal);
  int complete = result;
  if (result < 0) failed(failure, result, "read", "journal");
  if (result == 1) result = put_back(fd, &journal, file, failure);
  tm_file_close(fd);
  if (result < 0) return result;
  result = remove_journal(spec);
  if (result != 0) return failed(failure, result, "unlink", "journal");
  result = sync_directory(spec);
  return result == 0 ? complete : failed(failure, result, "fsync", "directory");
}

int tm_tracking_recover(int fd, const tm_tracking_spec *spec, tm_failure *failure)
{
  int journal = open_journal(spec, O_RDONLY, 0);
  if (journal == -ENOENT) return 0;
  if (journal < 0) return failed(failure, journal, "open", "journal");
  tm_file_close(journal);
  /* Someone is committing at this moment, or no one is any more. */
  int result = tm__file_lock_commits(fd);
  if (result != 0) return failed(failure, result, "fcntl", "file");
  result = recover(fd, spec, failure);
  tm__file_unlock_commits(fd);
  return result;
}

/* ---- Before anything is written ----------------------------------------------------------- */

static int is_still_named(const tm_region *region, const tm_tracking_spec *spec)
{
#ifdef O_PATH
  int flags = O_PATH | O_CLOEXEC | O_NOFOLLOW;
#else
  int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW;
#endif
  int named = openat(spec->directory, spec->name, flags);
  if (named < 0) return errno == ENOENT || errno == ELOOP ? -ESTALE : -errno;
  struct stat ours;
  struct stat theirs;
  int result = fstat(named, &theirs) == 0 && fstat(region->fd, &ours) == 0 ? 0 : -errno;
  tm_file_close(named);
  if (result != 0) return result;
  return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino ? 0 : -ESTALE;
}

/* Whether the file is what it was when it was shown here. A journal that was left is dealt with
 * first: our own, or one of another process, which has changed the file then. */
static int check_unchanged(tm_region *region, tm_failure *failure)
{
  tm__tracking *tracking = region->tracking;
  int result = is_still_named(region, &tracking->spec);
  if (result != 0) return failed(failure, result, "openat", "file");
  result = recover(region->fd, &tracking->spec, failure);
  if (result < 0) return result;
  tm__stamp stamp;
  int read = tm__stamp_read(region->fd, &stamp);
  if (read != 0) return failed(failure, read, "fstat", "file");
  const tm__stamp *known = &tracking->stamp;
  if (result == 1 && tracking->in_doubt && stamp.length == known->length) {
    tracking->stamp = stamp;
    tracking->in_doubt = false;
  }
  bool same = stamp.length == known->length && stamp.seconds == known->seconds &&
              stamp.nanoseconds == known->nanoseconds;
  return same ? 0 : failed(failure, -ESTALE, "fstat", "file");
}

/* ---- Writing ------------------------------------------------------------------------------ */

/* Who may read and write the file may do so with its journal: to recover. */
static void share_journal(const change *of)
{
  struct stat file;
  struct stat journal;
  if (fstat(of->region->fd, &file) != 0 || fstat(of->fd, &journal) != 0) return;
  bool foreign = file.st_uid != journal.st_uid || file.st_gid != journal.st_gid;
  if (foreign && fchown(of->fd, file.st_uid, file.st_gid) != 0) return;
  fchmod(of->fd, file.st_mode & 0777);
}

static int write_journal(change *of)
{
  of->fd = open_journal(of->spec, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (of->fd < 0) return failed(of->failure, of->fd, "open", "journal");
  share_journal(of);
  int result = tm__journal_write(of->fd, &of->journal, of->region->fd, of->runs, of->failure);
  if (result != 0 || !of->durable) return result;
  result = tm_file_sync(of->fd, false);
  if (result != 0) return failed(of->failure, result, "fdatasync", "journal");
  result = sync_directory(of->spec);
  return result == 0 ? 0 : failed(of->failure, result, "fsync", "directory");
}

static int write_file(change *of)
{
  int file = of->region->fd;
  of->file_touched = true;
  uint64_t written = of->journal.old_length;
  for (size_t index = 0; index < of->runs->count; index++) {
    const tm_run *run = &of->runs->items[index];
    uint64_t end = run->offset + run->length;
    const void *bytes = (const void *)(of->region->base + run->offset);
    int result = tm__file_write(file, bytes, (size_t)run->length, run->offset);
    if (result != 0) return failed(of->failure, result, "pwrite", "file");
    if (end > written) written = end;
  }
  if (of->journal.new_length > written) {
    int result = tm_file_truncate(file, of->journal.new_length);
    if (result != 0) return failed(of->failure, result, "ftruncate", "file");
  }
  int result = of->durable ? tm_file_sync(file, false) : 0;
  return result == 0 ? 0 : failed(of->failure, result, "fdatasync", "file");
}

static int mark_finished(change *of, bool finished)
{
  of->journal.finished = finished;
  int result = tm__journal_mark(of->fd, &of->journal);
  if (result != 0) return failed(of->failure, result, "pwrite", "journal");
  result = of->durable ? tm_file_sync(of->fd, false) : 0;
  return result == 0 ? 0 : failed(of->failure, result, "fdatasync", "journal");
}

static int cut_off(change *of)
{
  int result = mark_finished(of, true);
  if (result == 0) {
    result = tm_file_truncate(of->region->fd, of->journal.new_length);
    if (result != 0) failed(of->failure, result, "ftruncate", "file");
  }
  if (result != 0) {
    tm_failure first = *of->failure;
    if (mark_finished(of, false) != 0) of->journal.finished = true;
    *of->failure = first;
    return result;
  }
  result = of->durable ? tm_file_sync(of->region->fd, false) : 0;
  return result == 0 ? 0 : failed(of->failure, result, "fdatasync", "file");
}

static int drop_journal(change *of)
{
  int result = remove_journal(of->spec);
  if (result != 0) return failed(of->failure, result, "unlink", "journal");
  of->unlinked = true;
  result = of->durable ? sync_directory(of->spec) : 0;
  return result == 0 ? 0 : failed(of->failure, result, "fsync", "directory");
}

/* After a failure: the file as it was, and no journal. What cannot be put back now is left to the
 * journal, and to the next commit or opening. */
static void undo(change *of)
{
  tm__tracking *tracking = of->region->tracking;
  tm_failure ignored;
  /* What was cut off is in no journal: from the mark on there is no way back. */
  bool lost = of->journal.finished;
  if (!lost && of->file_touched) {
    lost = put_back(of->fd, &of->journal, of->region->fd, &ignored) != 0;
    tm__stamp_read(of->region->fd, &tracking->stamp);
    tracking->stamp.length = of->journal.old_length;
  }
  if (!lost && !of->unlinked) lost = remove_journal(of->spec) != 0;
  if (!lost && of->durable) sync_directory(of->spec);
  if (lost) tracking->in_doubt = true;
}

static int write_change(change *of)
{
  int result = write_journal(of);
  if (result == 0) result = write_file(of);
  if (result == 0 && of->journal.new_length < of->journal.old_length) result = cut_off(of);
  if (result == 0) result = drop_journal(of);
  if (result != 0 && of->fd >= 0) undo(of);
  if (of->fd >= 0) tm_file_close(of->fd);
  return result;
}

/* ---- The commit --------------------------------------------------------------------------- */

/* Drops what lies past the new end of the file. */
static void clip(tm__runs *runs, uint64_t length)
{
  while (runs->count > 0) {
    tm_run *last = &runs->items[runs->count - 1];
    if (last->offset + last->length <= length) return;
    if (last->offset < length) {
      last->length = length - last->offset;
      return;
    }
    runs->count--;
  }
}

/* With the lock held. */
static int commit_runs(tm_region *region, const tm_commit *commit, const tm__runs *runs,
                       uint64_t length, tm_failure *failure)
{
  tm__tracking *tracking = region->tracking;
  int result = check_unchanged(region, failure);
  /* What an earlier commit left to the system's leisure must not be mixed with this one. */
  if (result == 0 && commit->durable && tracking->unsynced) {
    result = tm_file_sync(region->fd, false);
    if (result != 0) failed(failure, result, "fdatasync", "file");
    if (result == 0) tracking->unsynced = false;
  }
  bool changes = runs->count > 0 || length != tracking->stamp.length;
  if (result == 0 && changes) {
    change of = {.region = region, .spec = &tracking->spec, .runs = runs, .fd = -1,
                 .durable = commit->durable, .failure = failure};
    for (size_t index = 0; index < TM_IDENTITY_BYTES; index++) {
      of.journal.identity[index] = tracking->spec.identity[index];
    }
    of.journal.old_length = tracking->stamp.length;
    of.journal.new_length = length;
    result = write_change(&of);
    if (result == 0 && !commit->durable) tracking->unsynced = true;
  }
  return result;
}

static int commit_frozen(tm_region *region, const tm_commit *commit, tm__runs *runs,
                         tm_failure *failure)
{
  tm__tracking *tracking = region->tracking;
  uint64_t length = commit->has_length ? commit->length : tm__tracking_length(region, runs);
  bool waits = commit->durable && tracking->unsynced;
  if (runs->count == 0 && length == tracking->stamp.length && !waits) return 0;
  if (tm__file_exceeds_limit(length)) return failed(failure, -EFBIG, "pwrite", "file");
  /* In pages, for the memory; in bytes, for the file. */
  tm__runs parts = {.count = runs->count};
  parts.items = malloc((runs->count + 1) * sizeof *parts.items);
  if (parts.items == NULL) return failed(failure, -ENOMEM, "malloc", "journal");
  for (size_t index = 0; index < runs->count; index++) parts.items[index] = runs->items[index];
  clip(&parts, length);
  int result = tm__file_lock_commits(region->fd);
  if (result != 0) {
    failed(failure, result, "fcntl", "file");
  } else {
    result = commit_runs(region, commit, &parts, length, failure);
    tm__stamp stamp = tracking->stamp;
    if (result == 0) result = tm__stamp_read(region->fd, &stamp);
    tm__file_unlock_commits(region->fd);
    /* Should others have changed it since: the next commit will tell. */
    stamp.length = length;
    if (result == 0) tm__tracking_clean(region, runs, &stamp);
  }
  free(parts.items);
  return result;
}

int tm_tracking_commit(tm_region *region, const tm_commit *commit, tm_failure *failure)
{
  tm__tracking *tracking = region->tracking;
  tm__runs runs = {0};
  pthread_mutex_lock(&tracking->mutex);
  int result = tm__tracking_freeze(region, &runs);
  if (result != 0) {
    failed(failure, result, "ioctl", "file");
  } else {
    result = commit_frozen(region, commit, &runs, failure);
  }
  tm__tracking_thaw(region, &runs, result != 0);
  pthread_mutex_unlock(&tracking->mutex);
  free(runs.items);
  return result;
}
