/* expect.h: what the C tests are written with. A test is a program: it ends with 0 when all is
 * well, with SKIPPED when the machine cannot run it, and otherwise says which expectation failed.
 */
#ifndef TIDEMARK_EXPECT_H
#define TIDEMARK_EXPECT_H

#include "tidemark.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77 };

static inline void expect_at(const char *file, int line, const char *what, long long got,
                             long long wanted)
{
  if (got == wanted) return;
  fprintf(stderr, "%s:%d: %s is %lld, expected %lld (process %d)\n", file, line, what, got, wanted,
          (int)getpid());
  _exit(1);
}

#define expect(condition) expect_at(__FILE__, __LINE__, #condition, !!(condition), 1)
#define expect_equal(got, wanted)                                                                  \
  expect_at(__FILE__, __LINE__, #got, (long long)(got), (long long)(wanted))

/* ---- Memory ------------------------------------------------------------------------------- */

/* TSan takes the handler's replacing of a page for a write that races with these: that is the
 * point. */
#if defined(__SANITIZE_THREAD__)
#define OF_MAPPED_MEMORY __attribute__((no_sanitize_thread, noinline, unused))
#else
#define OF_MAPPED_MEMORY inline
#endif

static OF_MAPPED_MEMORY void store(void *base, uint64_t offset, unsigned char value)
{
  ((volatile unsigned char *)base)[offset] = value;
}

static OF_MAPPED_MEMORY unsigned char load(const void *base, uint64_t offset)
{
  return ((const volatile unsigned char *)base)[offset];
}

/* Under qemu-user some system calls are not what they are in a kernel: madvise does nothing and
 * says that it did, mincore sees only accessible memory, and no interrupted call is restarted. */
static inline bool is_emulated(void)
{
  return getenv("TIDEMARK_EMULATED") != NULL;
}

/* ---- Files -------------------------------------------------------------------------------- */

static inline const char *temporary_folder(void)
{
  const char *folder = getenv("TMPDIR");
  return folder != NULL ? folder : "/tmp";
}

/* A new empty file that is gone from its folder already. */
static inline int temporary_file(void)
{
  char path[512];
  snprintf(path, sizeof path, "%s/tidemark-XXXXXX", temporary_folder());
  int fd = mkstemp(path);
  expect(fd >= 0);
  unlink(path);
  return fd;
}

static inline int temporary_file_of(uint64_t length)
{
  int fd = temporary_file();
  expect_equal(ftruncate(fd, (off_t)length), 0);
  return fd;
}

/* The same file opened again: locks of its own, unlike a duplicate. */
static inline int opened_again(int fd)
{
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int again = open(path, O_RDWR | O_CLOEXEC);
  expect(again >= 0);
  return again;
}

static inline uint64_t length_of(int fd)
{
  uint64_t length = 0;
  expect_equal(tm_file_length(fd, &length), 0);
  return length;
}

static inline unsigned char byte_of(int fd, uint64_t offset)
{
  unsigned char byte = 0;
  expect_equal(pread(fd, &byte, 1, (off_t)offset), 1);
  return byte;
}

/* ---- Regions ------------------------------------------------------------------------------ */

static inline tm_region *open_region(const tm_region_spec *spec)
{
  tm_region *region = NULL;
  expect_equal(tm_region_open(spec, &region), 0);
  return region;
}

/* A growing region over all of a file; the descriptor becomes its own. */
static inline tm_region *open_growing(int fd, enum tm_strategy strategy, size_t length)
{
  tm_region_spec spec = {.source = TM_SOURCE_FILE,
                         .strategy = strategy,
                         .access = TM_ACCESS_READ_WRITE,
                         .fd = fd,
                         .length = length,
                         .step_min = 16 * tm_page_size(),
                         .step_max = 1024 * tm_page_size()};
  return open_region(&spec);
}

static inline tm_region *open_fixed(int fd, enum tm_access access, unsigned flags, size_t length)
{
  tm_region_spec spec = {
      .source = TM_SOURCE_FILE, .access = access, .flags = flags, .fd = fd, .length = length};
  return open_region(&spec);
}

static inline tm_region *open_anonymous(size_t length, unsigned flags)
{
  tm_region_spec spec = {.source = TM_SOURCE_ANONYMOUS,
                         .access = TM_ACCESS_READ_WRITE,
                         .flags = flags,
                         .fd = -1,
                         .length = length};
  return open_region(&spec);
}

static inline void end_region(tm_region *region)
{
  expect_equal(tm_region_close(region, NULL), 0);
  tm_region_retire(region);
}

static inline void expect_no_fault(tm_region *region)
{
  tm_fault faults[TM_FAULTS_KEPT];
  uint32_t kept;
  expect_equal(tm_region_take_faults(region, faults, &kept), 0);
}

/* Takes the one fault that must have been recorded. */
static inline tm_fault only_fault(tm_region *region)
{
  tm_fault faults[TM_FAULTS_KEPT];
  uint32_t kept;
  expect_equal(tm_region_take_faults(region, faults, &kept), 1);
  expect_equal(kept, 1);
  return faults[0];
}

/* ---- Processes ---------------------------------------------------------------------------- */

/* How `run` ends in a child process: its exit code, or minus the signal that ended it. */
static inline int ending_of(void (*run)(void))
{
  fflush(NULL);
  pid_t child = fork();
  expect(child >= 0);
  if (child == 0) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    /* A test that hangs is a failure and not a wait. */
    alarm(60);
    run();
    _exit(0);
  }
  int status;
  expect_equal(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Runs `run` with each number below `count`, in a process each, all at once; all must end well. */
static inline void in_processes(int count, void (*run)(int index))
{
  fflush(NULL);
  for (int index = 0; index < count; index++) {
    pid_t child = fork();
    expect(child >= 0);
    if (child != 0) continue;
    alarm(60);
    run(index);
    _exit(0);
  }
  for (int index = 0; index < count; index++) {
    int status;
    expect(wait(&status) > 0);
    expect_equal(status, 0);
  }
}

/* A small generator of random numbers (splitmix64): the same on every machine, from a seed. */
static inline uint64_t random_next(uint64_t *state)
{
  uint64_t value = *state += UINT64_C(0x9E3779B97F4A7C15);
  value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
  return value ^ (value >> 31);
}

#endif
