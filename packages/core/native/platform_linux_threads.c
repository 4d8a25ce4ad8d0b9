/* platform_linux_threads.c: waiting on shared words (futexes), and telling threads, processes and
 * boots apart. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void tm__platform_wait(_Atomic uint32_t *word, uint32_t value)
{
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void tm__platform_wake(_Atomic uint32_t *word)
{
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* ---- Shared words -------------------------------------------------------------------------- */

/* Of linux/futex.h since 5.16, which older headers lack. The memory may be shared, so nowhere here
 * is a futex a private one, but for the two above. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

typedef struct waitv_entry {
  uint64_t value;
  uint64_t address;
  uint32_t flags;
  uint32_t reserved;
} waitv_entry;

enum { WAITV_U32 = 2, WAITV_CAPACITY = 128 };

static struct timespec timespec_of(int64_t nanoseconds)
{
  return (struct timespec){.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
}

int tm__platform_wait_word(const _Atomic uint32_t *word, uint32_t value, int64_t timeout)
{
  struct timespec time = timespec_of(timeout);
  struct timespec *limit = timeout == INT64_MAX ? NULL : &time;
  if (syscall(SYS_futex, word, FUTEX_WAIT, value, limit, NULL, 0) == 0) return 0;
  return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

int tm__platform_compare_word(const _Atomic uint32_t *word, uint32_t value)
{
  /* Wakes and moves nobody: of FUTEX_CMP_REQUEUE only the comparison is left, which unlike a load
   * of our own tells of memory that is gone. */
  long result = syscall(SYS_futex, word, FUTEX_CMP_REQUEUE, 0, NULL, word, value);
  return result >= 0 ? -EAGAIN : errno == EAGAIN ? 0 : -errno;
}

int tm__platform_wake_word(const _Atomic uint32_t *word, uint32_t count)
{
  int most = count > INT_MAX ? INT_MAX : (int)count;
  long woken = syscall(SYS_futex, word, FUTEX_WAKE, most, NULL, NULL, 0);
  return woken < 0 ? -errno : (int)woken;
}

uint32_t tm__platform_wait_capacity(void)
{
  static _Atomic uint32_t cached;
  uint32_t capacity = atomic_load(&cached);
  if (capacity == 0) {
    /* A kernel that has the call refuses this one for having no words; a sandbox may refuse it in
     * any way. */
    syscall(SYS_futex_waitv, NULL, 0u, 0u, NULL, CLOCK_MONOTONIC);
    capacity = errno == EINVAL ? WAITV_CAPACITY : 2;
    atomic_store(&cached, capacity);
  }
  return capacity;
}

/* Before Linux 5.16: the second word is waited for, the first one looked at now and then. */
static int wait_one(const _Atomic uint32_t *const *words, const uint32_t *values, uint32_t count,
                    int64_t deadline)
{
  static const int64_t LONGEST = INT64_C(25000000);
  uint32_t last = count - 1;
  int64_t left = deadline - tm__monotonic_now();
  if (left < 0) left = 0;
  int result = tm__platform_wait_word(words[last], values[last],
                                      last > 0 && left > LONGEST ? LONGEST : left);
  if (result == -ETIMEDOUT) return tm__monotonic_now() < deadline ? 0 : -ETIMEDOUT;
  return result == 0 ? (int)last : result;
}

int tm__platform_wait_any(const _Atomic uint32_t *const *words, const uint32_t *values,
                          uint32_t count, int64_t deadline)
{
  if (tm__platform_wait_capacity() == 2) return wait_one(words, values, count, deadline);
  waitv_entry entries[WAITV_CAPACITY];
  for (uint32_t index = 0; index < count; index++) {
    entries[index] = (waitv_entry){
        .value = values[index], .address = (uintptr_t)words[index], .flags = WAITV_U32};
  }
  struct timespec limit = timespec_of(deadline);
  long woken = syscall(SYS_futex_waitv, entries, count, 0u,
                       deadline == INT64_MAX ? NULL : &limit, CLOCK_MONOTONIC);
  return woken >= 0 ? (int)woken : errno == EINTR ? -EAGAIN : -errno;
}

/* ---- Threads and processes ----------------------------------------------------------------- */

uint32_t tm__platform_thread_id(void)
{
  return (uint32_t)syscall(SYS_gettid);
}

int tm__platform_thread_start(uint32_t id, uint64_t *start)
{
  char path[32];
  char text[1024];
  snprintf(path, sizeof path, "/proc/%u/stat", id);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  /* Where /proc hides the processes of others, signal 0 still tells that there is one. */
  if (fd < 0) return kill((pid_t)id, 0) != 0 && errno == ESRCH ? -ESRCH : -ENOTSUP;
  ssize_t got = read(fd, text, sizeof text - 1);
  int error = got < 0 ? errno : 0;
  close(fd);
  if (got <= 0) return error == ESRCH ? -ESRCH : -ENOTSUP;
  text[got] = 0;
  /* proc_pid_stat(5): the name (field 2) may contain anything, so count from its end. */
  const char *at = strrchr(text, ')');
  if (at == NULL || at[1] == 0 || at[2] == 0) return -ENOTSUP;
  char state = at[2];
  if (state == 'Z' || state == 'X') return -ESRCH;
  for (int field = 2; field < 22 && at != NULL; field++) at = strchr(at + 1, ' ');
  if (at == NULL) return -ENOTSUP;
  *start = strtoull(at, NULL, 10);
  return 0;
}

uint64_t tm__platform_boot(void)
{
  static _Atomic uint64_t cached;
  uint64_t boot = atomic_load(&cached);
  if (boot != 0) return boot;
  /* A UUID as text: 32 hexadecimal digits and four hyphens. */
  char text[36] = {0};
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t got = read(fd, text, sizeof text);
  close(fd);
  for (ssize_t index = 0; index < got; index++) {
    /* FNV-1a. */
    boot = (boot ^ (unsigned char)text[index]) * UINT64_C(0x100000001b3);
  }
  atomic_store(&cached, boot);
  return boot;
}

uint64_t tm__platform_process_space(void)
{
  struct stat processes = {0};
  struct stat time = {0};
  if (stat("/proc/self/ns/pid", &processes) != 0) return 0;
  /* Start times are those of a time namespace (5.6). */
  if (stat("/proc/self/ns/time", &time) != 0) time.st_ino = 0;
  return (uint64_t)processes.st_ino << 32 ^ (uint64_t)time.st_ino;
}
