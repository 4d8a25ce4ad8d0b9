/* storage-recorder.c: a library to preload (LD_PRELOAD) that records what a process does to the
 * files of one folder, makes such calls fail, or ends the process at one.
 *
 *   RECORDER_FOLDER   calls on files in this folder count, and the folder itself
 *   RECORDER_LOG      where they are recorded: a line "CALL NAME OFFSET LENGTH", then the bytes
 *   RECORDER_FAIL     CALL:NAME:FIRST:COUNT:ERRNO: of the calls CALL on files whose name ends in
 *                     NAME, counted from 1, COUNT from FIRST on fail with the number ERRNO
 *   RECORDER_KILL     the process ends by SIGKILL before the call of this number, counted from 1
 *
 * RECORDER_FAIL and RECORDER_KILL are read at each call, so that a program can set them for itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long calls;
static long matching;

/* The name in the folder, "." for the folder itself, NULL for all others. */
static const char *name_in_folder(char *path)
{
  const char *folder = getenv("RECORDER_FOLDER");
  if (folder == NULL) return NULL;
  size_t length = strlen(folder);
  if (strncmp(path, folder, length) != 0) return NULL;
  if (path[length] == 0) return ".";
  if (path[length] != '/') return NULL;
  char *deleted = strstr(path, " (deleted)");
  if (deleted != NULL) *deleted = 0;
  return path + length + 1;
}

static const char *name_of(int fd, char path[4096])
{
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long got = syscall(SYS_readlinkat, AT_FDCWD, link, path, 4095);
  if (got <= 0) return NULL;
  path[got] = 0;
  return name_in_folder(path);
}

static int ends_with(const char *text, const char *end)
{
  size_t length = strlen(text);
  size_t end_length = strlen(end);
  return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* The number of an error that this call shall end with, or 0. */
static int planned_failure(const char *call, const char *name)
{
  static char counted[512];
  const char *plan = getenv("RECORDER_FAIL");
  char wanted[32];
  char end[256];
  long first;
  long count;
  int error;
  if (plan == NULL) plan = "";
  if (strcmp(plan, counted) != 0) {
    snprintf(counted, sizeof counted, "%s", plan);
    matching = 0;
  }
  if (sscanf(plan, "%31[^:]:%255[^:]:%ld:%ld:%d", wanted, end, &first, &count, &error) != 5) {
    return 0;
  }
  if (strcmp(call, wanted) != 0 || !ends_with(name, end)) return 0;
  long number = __atomic_add_fetch(&matching, 1, __ATOMIC_SEQ_CST);
  return number >= first && number < first + count ? error : 0;
}

static int log_file(void)
{
  static int fd = -1;
  const char *path = getenv("RECORDER_LOG");
  if (fd < 0 && path != NULL) {
    int low = (int)syscall(SYS_openat, AT_FDCWD, path,
                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    fd = low < 0 ? low : fcntl(low, F_DUPFD_CLOEXEC, 900);
    if (low >= 0) syscall(SYS_close, low);
  }
  return fd;
}

static void record(const char *call, const char *name, long long offset, size_t length,
                   const void *bytes)
{
  char line[512];
  int fd = log_file();
  if (fd < 0) return;
  int size = snprintf(line, sizeof line, "%s %s %lld %zu\n", call, name, offset, length);
  syscall(SYS_write, fd, line, (size_t)size);
  if (bytes != NULL) syscall(SYS_write, fd, bytes, length);
}

/* Before a call on a file of the folder: 0, or the error it shall end with. */
static int begin(const char *call, const char *name)
{
  const char *last = getenv("RECORDER_KILL");
  long number = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
  if (last != NULL && atol(last) == number) syscall(SYS_kill, getpid(), SIGKILL);
  return planned_failure(call, name);
}

#define REFUSE_OR_GO_ON(call, name)                                                                \
  do {                                                                                             \
    int refused = (name) == NULL ? 0 : begin(call, name);                                \
    if (refused != 0) {                                                                            \
      errno = refused;                                                                             \
      return -1;                                                                                   \
    }                                                                                              \
  } while (0)

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset)
{
  char path[4096];
  const char *name = name_of(fd, path);
  REFUSE_OR_GO_ON("write", name);
  ssize_t done = syscall(SYS_pwrite64, fd, bytes, length, offset);
  if (name != NULL && done > 0) record("write", name, offset, (size_t)done, bytes);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
  return pwrite64(fd, bytes, length, offset);
}

ssize_t pread64(int fd, void *bytes, size_t length, off_t offset)
{
  char path[4096];
  const char *name = name_of(fd, path);
  int refused = name == NULL ? 0 : planned_failure("read", name);
  if (refused != 0) {
    errno = refused;
    return -1;
  }
  return syscall(SYS_pread64, fd, bytes, length, offset);
}

int ftruncate64(int fd, off_t length)
{
  char path[4096];
  const char *name = name_of(fd, path);
  REFUSE_OR_GO_ON("truncate", name);
  int done = (int)syscall(SYS_ftruncate, fd, length);
  if (name != NULL && done == 0) record("truncate", name, length, 0, NULL);
  return done;
}

int ftruncate(int fd, off_t length)
{
  return ftruncate64(fd, length);
}

int fdatasync(int fd)
{
  char path[4096];
  const char *name = name_of(fd, path);
  REFUSE_OR_GO_ON("sync", name);
  int done = (int)syscall(SYS_fdatasync, fd);
  if (name != NULL && done == 0) record("sync", name, 0, 0, NULL);
  return done;
}

int fsync(int fd)
{
  char path[4096];
  const char *name = name_of(fd, path);
  REFUSE_OR_GO_ON("sync", name);
  int done = (int)syscall(SYS_fsync, fd);
  if (name != NULL && done == 0) record("sync", name, 0, 0, NULL);
  return done;
}

int unlinkat(int directory, const char *file, int flags)
{
  char path[4096];
  const char *folder = name_of(directory, path);
  const char *name = folder != NULL && strcmp(folder, ".") == 0 ? file : NULL;
  REFUSE_OR_GO_ON("unlink", name);
  int done = (int)syscall(SYS_unlinkat, directory, file, flags);
  if (name != NULL && done == 0) record("unlink", name, 0, 0, NULL);
  return done;
}

int openat64(int directory, const char *file, int flags, ...)
{
  va_list more;
  va_start(more, flags);
  int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
  va_end(more);
  if (getenv("RECORDER_NO_PAGEMAP") != NULL && strcmp(file, "/proc/self/pagemap") == 0) {
    errno = ENOENT;
    return -1;
  }
  char path[4096];
  const char *folder = directory == AT_FDCWD ? NULL : name_of(directory, path);
  const char *name = folder != NULL && strcmp(folder, ".") == 0 ? file : NULL;
  if ((flags & O_CREAT) == 0) name = NULL;
  REFUSE_OR_GO_ON("create", name);
  int fd = (int)syscall(SYS_openat, directory, file, flags, mode);
  if (name != NULL && fd >= 0) record("create", name, 0, 0, NULL);
  return fd;
}

int openat(int directory, const char *file, int flags, ...)
{
  va_list more;
  va_start(more, flags);
  int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
  va_end(more);
  return openat64(directory, file, flags, mode);
}

int open64(const char *file, int flags, ...)
{
  va_list more;
  va_start(more, flags);
  int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
  va_end(more);
  return openat64(AT_FDCWD, file, flags, mode);
}

int open(const char *file, int flags, ...)
{
  va_list more;
  va_start(more, flags);
  int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
  va_end(more);
  return openat64(AT_FDCWD, file, flags, mode);
}
