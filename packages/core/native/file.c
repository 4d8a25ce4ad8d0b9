/* file.c: descriptors, lengths and locks of files. Growing never makes a file shorter, whoever else
 * grows it. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A lock that another process keeps longer than this is not waited for. */
enum { LOCK_WAIT_MS = 5000 };

int tm_file_open(const char *path, unsigned flags, unsigned mode)
{
  int how = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  how |= (flags & TM_OPEN_WRITE) != 0 ? O_RDWR : O_RDONLY;
  if ((flags & TM_OPEN_CREATE) != 0) how |= O_CREAT;
  if ((flags & TM_OPEN_EXCLUSIVE) != 0) how |= O_EXCL;
  int fd;
  do fd = open(path, how, (mode_t)mode);
  while (fd < 0 && errno == EINTR);
  return fd >= 0 ? fd : -errno;
}

int tm_file_duplicate(int fd)
{
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  return copy >= 0 ? copy : -errno;
}

int tm_file_close(int fd)
{
  /* EINTR too closes the descriptor on every system we know: never close twice. */
  return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

int tm_file_memory(uint64_t length)
{
  return tm__platform_memory_file(length);
}

int tm_file_length(int fd, uint64_t *length)
{
  struct stat status;
  if (fstat(fd, &status) != 0) return -errno;
  *length = (uint64_t)status.st_size;
  return 0;
}

int tm_file_punch_hole(int fd, uint64_t offset, uint64_t length)
{
  return tm__platform_punch_hole(fd, offset, length);
}

int tm_file_sync(int fd, bool metadata)
{
  int result;
#if defined(__APPLE__)
  (void)metadata;
  do result = fcntl(fd, F_FULLFSYNC);
#else
  do result = metadata ? fsync(fd) : fdatasync(fd);
#endif
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : -errno;
}

bool tm__file_exceeds_limit(uint64_t length)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
  return length > limit.rlim_cur;
}

int tm_file_truncate(int fd, uint64_t length)
{
  if (tm__file_exceeds_limit(length)) {
    uint64_t now = 0;
    int failure = tm_file_length(fd, &now);
    if (failure != 0 || length > now) return failure != 0 ? failure : -EFBIG;
  }
  int result;
  do result = ftruncate(fd, (off_t)length);
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : -errno;
}

/* ---- Reading and writing ------------------------------------------------------------------ */

int tm__file_read(int fd, void *target, size_t length, uint64_t offset, size_t *got)
{
  size_t done = 0;
  while (done < length) {
    ssize_t part = pread(fd, (char *)target + done, length - done, (off_t)(offset + done));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return -errno;
    if (part == 0) break;
    done += (size_t)part;
  }
  *got = done;
  return 0;
}

int tm__file_write(int fd, const void *source, size_t length, uint64_t offset)
{
  size_t done = 0;
  while (done < length) {
    ssize_t part = pwrite(fd, (const char *)source + done, length - done, (off_t)(offset + done));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return -errno;
    if (part == 0) return -EIO;
    done += (size_t)part;
  }
  return 0;
}

/* ---- Locks -------------------------------------------------------------------------------- */

int tm_file_lock(int fd, uint64_t offset, uint64_t length, enum tm_lock lock)
{
  /* A length of 0 would mean all there is, presence included. */
  if (length == 0 || offset > TM_LOCK_END || length > TM_LOCK_END - offset) return -EINVAL;
  return tm__platform_lock(fd, offset, length, lock);
}

static int64_t now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int lock_byte(int fd, uint64_t byte, enum tm_presence presence, bool wait)
{
  struct timespec pause = {.tv_nsec = 1000000};
  int64_t end = wait ? now_ms() + LOCK_WAIT_MS : 0;
  for (;;) {
    int result = tm__platform_lock(fd, byte, 1, (enum tm_lock)presence);
    if (result != -EAGAIN || !wait) return result;
    if (now_ms() >= end) return -ETIMEDOUT;
    nanosleep(&pause, NULL);
  }
}

int tm_file_presence(int fd, enum tm_presence presence, bool wait)
{
  return lock_byte(fd, TM__PRESENCE_BYTE, presence, wait);
}

int tm__file_lock_commits(int fd)
{
  return lock_byte(fd, TM__COMMIT_BYTE, TM_PRESENCE_ALONE, true);
}

void tm__file_unlock_commits(int fd)
{
  lock_byte(fd, TM__COMMIT_BYTE, TM_PRESENCE_NONE, false);
}

int tm_file_mark(int fd, uint64_t floor)
{
  return tm__platform_set_attribute(fd, &floor, sizeof floor);
}

int tm_file_raise_mark(int fd, uint64_t floor)
{
  int result = lock_byte(fd, TM__GROWTH_BYTE, TM_PRESENCE_ALONE, true);
  if (result != 0) return result;
  uint64_t present = 0;
  int marked = tm_file_marked(fd, &present);
  result = marked == 1 && present >= floor ? 0 : tm_file_mark(fd, floor);
  lock_byte(fd, TM__GROWTH_BYTE, TM_PRESENCE_NONE, false);
  return result;
}

int tm_file_unmark(int fd)
{
  return tm__platform_remove_attribute(fd);
}

int tm_file_marked(int fd, uint64_t *floor)
{
  int size = tm__platform_get_attribute(fd, floor, sizeof *floor);
  return size == (int)sizeof *floor ? 1 : size < 0 ? size : 0;
}

/* ---- Growing ------------------------------------------------------------------------------ */

/* fstat and ftruncate alone would shrink the file when another process grows it in between, so all
 * of them do it under one lock. */
int tm__file_extend_by_truncate(int fd, uint64_t end)
{
  int result = lock_byte(fd, TM__GROWTH_BYTE, TM_PRESENCE_ALONE, true);
  if (result != 0) return result;
  uint64_t length = 0;
  result = tm_file_length(fd, &length);
  if (result == 0 && length < end) result = tm_file_truncate(fd, end);
  lock_byte(fd, TM__GROWTH_BYTE, TM_PRESENCE_NONE, false);
  return result;
}

int tm_file_extend(int fd, uint64_t end)
{
  uint64_t length = 0;
  int result = tm_file_length(fd, &length);
  if (result != 0 || length >= end) return result;
  result = tm__platform_allocate(fd, length, end);
  /* On a full disk, too, the file gets its length; a page without a block is a fault when it is
   * touched. */
  return result == 0 ? 0 : tm__file_extend_by_truncate(fd, end);
}

/* ---- Finding the end of data -------------------------------------------------------------- */

enum { SCAN_BYTES = 256 * 1024 };

/* Offset just past the last byte of [from, from + SCAN_BYTES) that is not zero, or `from`. */
static int last_nonzero(int fd, uint64_t from, uint64_t to, unsigned char *buffer, uint64_t *end)
{
  size_t filled = 0;
  size_t wanted = (size_t)(to - from);
  while (filled < wanted) {
    ssize_t got = pread(fd, buffer + filled, wanted - filled, (off_t)(from + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -errno;
    if (got == 0) break;
    filled += (size_t)got;
  }
  while (filled >= 8) {
    uint64_t word;
    memcpy(&word, buffer + filled - 8, 8);
    if (word != 0) break;
    filled -= 8;
  }
  while (filled > 0 && buffer[filled - 1] == 0) filled--;
  *end = from + filled;
  return 0;
}

/* Whether [from, to) is a hole as far as the file system knows. */
static bool is_hole(int fd, uint64_t from, uint64_t to)
{
#ifdef SEEK_DATA
  off_t data = lseek(fd, (off_t)from, SEEK_DATA);
  if (data < 0) return errno == ENXIO;
  return (uint64_t)data >= to;
#else
  (void)fd, (void)from, (void)to;
  return false;
#endif
}

/* Backwards from the end, in windows that double while they are holes, and are read when small. */
static int scan_backwards(int fd, uint64_t floor, uint64_t at, unsigned char *buffer, uint64_t *end)
{
  bool knows_holes = tm__platform_knows_holes(fd);
  uint64_t window = SCAN_BYTES;
  while (at > floor) {
    uint64_t from = at - floor > window ? at - window : floor;
    if (knows_holes && is_hole(fd, from, at)) {
      at = from;
      window *= 2;
      continue;
    }
    if (at - from > SCAN_BYTES) {
      window = SCAN_BYTES;
      continue;
    }
    uint64_t found = from;
    int result = last_nonzero(fd, from, at, buffer, &found);
    if (result != 0) return result;
    if (found > from) {
      *end = found;
      return 0;
    }
    at = from;
  }
  *end = floor;
  return 0;
}

int tm_file_data_end(int fd, uint64_t floor, uint64_t *end)
{
  uint64_t length = 0;
  int result = tm_file_length(fd, &length);
  if (result != 0) return result;
  if (length <= floor) {
    *end = length;
    return 0;
  }
  unsigned char *buffer = malloc(SCAN_BYTES);
  if (buffer == NULL) return -ENOMEM;
  uint64_t found = floor;
  result = scan_backwards(fd, floor, length, buffer, &found);
  free(buffer);
  if (result != 0) return result;
  uint64_t page_size = tm_page_size();
  uint64_t page_end = (found + page_size - 1) / page_size * page_size;
  *end = found == floor ? floor : page_end < length ? page_end : length;
  return 0;
}
