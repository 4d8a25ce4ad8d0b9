/* platform_bsd.c: what only FreeBSD and OpenBSD have, or spell in their own way. UNTESTED: written
 * from the manual pages and headers, never compiled or run by its authors. OpenBSD's faults past
 * the end of a file are no clean SIGBUS: growing files use the remap strategy there. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/mount.h>
#include <unistd.h>
#ifdef __FreeBSD__
#include <sys/extattr.h>
#endif

/* ---- Pages -------------------------------------------------------------------------------- */

int tm__platform_advice(enum tm_advice advice)
{
  switch (advice) {
  case TM_ADVICE_NORMAL:
    return MADV_NORMAL;
  case TM_ADVICE_RANDOM:
    return MADV_RANDOM;
  case TM_ADVICE_SEQUENTIAL:
    return MADV_SEQUENTIAL;
  case TM_ADVICE_WILL_NEED:
    return MADV_WILLNEED;
  case TM_ADVICE_DONT_NEED:
    return MADV_DONTNEED;
  default:
    return -1;
  }
}

int tm__platform_advice_when_locked(enum tm_advice advice)
{
  (void)advice;
  return -1;
}

int tm__platform_populate(void *address, size_t length, bool write)
{
  (void)address, (void)length, (void)write;
  return -ENOSYS;
}

int tm__platform_populate_huge(void *address, size_t length, size_t huge_page_size)
{
  (void)address, (void)length, (void)huge_page_size;
  return -ENOSYS;
}

size_t tm__platform_huge_page_size(void)
{
  return 0;
}

size_t tm__platform_map_count_limit(void)
{
  /* The system names none; what Linux has is a sane number of mappings. */
  return 65530;
}

size_t tm__platform_map_count(void)
{
  return 0;
}

int tm__platform_open_pagemap(void)
{
  return -ENOSYS;
}

bool tm__platform_scans_pages(int pagemap)
{
  (void)pagemap;
  return false;
}

int tm__platform_written_pages(int pagemap, uintptr_t from, uintptr_t to, bool zeros,
                               int (*visit)(void *data, uintptr_t from, uintptr_t to), void *data)
{
  (void)pagemap, (void)from, (void)to, (void)zeros, (void)visit, (void)data;
  return -ENOSYS;
}

int tm__platform_keep_secret(void *address, size_t length)
{
#ifdef __FreeBSD__
  if (madvise(address, length, MADV_NOCORE) != 0) return -errno;
  if (minherit(address, length, INHERIT_NONE) != 0) return -errno;
#else
  if (minherit(address, length, MAP_INHERIT_NONE) != 0) return -errno;
#endif
  return mlock(address, length) == 0 ? 0 : -errno;
}

int tm__platform_copy(void *target, const void *source, size_t length)
{
  return tm__pipe_copy(target, source, length);
}

int tm__platform_move_page(void *source, void *target, size_t length)
{
  /* Without mremap: for a moment others see a page of zeros. */
  void *at = mmap(target, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1,
                  0);
  if (at == MAP_FAILED) return -errno;
  memcpy(target, source, length);
  munmap(source, length);
  return 0;
}

/* ---- Files -------------------------------------------------------------------------------- */

int tm__platform_memory_file(uint64_t length)
{
#ifdef __FreeBSD__
  int fd = shm_open(SHM_ANON, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return -errno;
#else
  char name[] = "/tidemark.XXXXXXXXXX";
  int fd = shm_mkstemp(name);
  if (fd < 0) return -errno;
  shm_unlink(name);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
  if (ftruncate(fd, (off_t)length) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

int tm__platform_allocate(int fd, uint64_t from, uint64_t end)
{
#ifdef __FreeBSD__
  /* Never shrinks. Gives the error, and does not set errno; ZFS answers EINVAL. */
  int result;
  do result = posix_fallocate(fd, (off_t)from, (off_t)(end - from));
  while (result == EINTR);
  return result == EINVAL || result == ENODEV || result == EOPNOTSUPP ? -EOPNOTSUPP : -result;
#else
  (void)fd, (void)from, (void)end;
  return -EOPNOTSUPP;
#endif
}

int tm__platform_fill_holes(int fd, uint64_t from, uint64_t end)
{
  (void)fd, (void)from, (void)end;
  return -EOPNOTSUPP;
}

int tm__platform_punch_hole(int fd, uint64_t offset, uint64_t length)
{
#ifdef SPACECTL_DEALLOC
  struct spacectl_range range = {.r_offset = (off_t)offset, .r_len = (off_t)length};
  int result = 0;
  /* May do a part, and says what is left. */
  while (result == 0 && range.r_len > 0) {
    result = fspacectl(fd, SPACECTL_DEALLOC, &range, 0, &range);
    if (result != 0 && errno == EINTR) result = 0;
  }
  return result == 0 ? 0 : -errno;
#else
  (void)fd, (void)offset, (void)length;
  return -EOPNOTSUPP;
#endif
}

bool tm__platform_is_memory(int fd)
{
  struct statfs status;
  if (fstatfs(fd, &status) != 0) return false;
  return strcmp(status.f_fstypename, "tmpfs") == 0 || strcmp(status.f_fstypename, "mfs") == 0;
}

bool tm__platform_is_full(int fd)
{
  struct statfs status;
  return fstatfs(fd, &status) == 0 && status.f_bavail <= 0;
}

bool tm__platform_knows_holes(int fd)
{
  /* Whether pages that are dirty in memory count as data is not documented. */
  (void)fd;
  return false;
}

int tm__platform_lock(int fd, uint64_t start, uint64_t length, enum tm_lock lock)
{
  /* The lock of the whole file serves growth; then presence has none. */
  static const int operations[] = {LOCK_UN, LOCK_SH | LOCK_NB, LOCK_EX | LOCK_NB};
  if (start != TM__GROWTH_BYTE || length != 1) return -ENOTSUP;
  if (flock(fd, operations[lock]) == 0) return 0;
  return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

#ifdef __FreeBSD__
static const char ATTRIBUTE[] = "tidemark.growing";

int tm__platform_set_attribute(int fd, const void *value, size_t size)
{
  ssize_t put = extattr_set_fd(fd, EXTATTR_NAMESPACE_USER, ATTRIBUTE, value, size);
  return put >= 0 ? 0 : errno == EOPNOTSUPP ? -ENOTSUP : -errno;
}

int tm__platform_get_attribute(int fd, void *value, size_t size)
{
  ssize_t got = extattr_get_fd(fd, EXTATTR_NAMESPACE_USER, ATTRIBUTE, value, size);
  if (got >= 0) return (int)got;
  return errno == ENOATTR ? 0 : errno == EOPNOTSUPP ? -ENOTSUP : -errno;
}

int tm__platform_remove_attribute(int fd)
{
  int result = extattr_delete_fd(fd, EXTATTR_NAMESPACE_USER, ATTRIBUTE);
  return result == 0 || errno == ENOATTR ? 0 : -errno;
}
#else
int tm__platform_set_attribute(int fd, const void *value, size_t size)
{
  (void)fd, (void)value, (void)size;
  return -ENOTSUP;
}

int tm__platform_get_attribute(int fd, void *value, size_t size)
{
  (void)fd, (void)value, (void)size;
  return -ENOTSUP;
}

int tm__platform_remove_attribute(int fd)
{
  (void)fd;
  return -ENOTSUP;
}
#endif

/* ---- Faults ------------------------------------------------------------------------------- */

#ifdef __FreeBSD__
const sigset_t *tm__platform_blocked_signals(const void *context)
{
  return &((const ucontext_t *)context)->uc_sigmask;
}
#else
const sigset_t *tm__platform_blocked_signals(const void *context)
{
  /* A number of bits is all that a set of signals is (sigcontext.h, sc_mask). */
  return (const sigset_t *)&((const struct sigcontext *)context)->sc_mask;
}
#endif

bool tm__platform_fault_writes(const void *context)
{
#if defined(__FreeBSD__) && defined(__x86_64__)
  return (((const ucontext_t *)context)->uc_mcontext.mc_err & 2) != 0;
#elif defined(__OpenBSD__) && defined(__x86_64__)
  return (((const struct sigcontext *)context)->sc_err & 2) != 0;
#else
  (void)context;
  return false;
#endif
}

bool tm__platform_fault_executes(const siginfo_t *info, const void *context)
{
#if defined(__FreeBSD__) && defined(__x86_64__)
  (void)info;
  return (((const ucontext_t *)context)->uc_mcontext.mc_err & 16) != 0;
#elif defined(__FreeBSD__) && defined(__aarch64__)
  const ucontext_t *at = context;
  return (uintptr_t)at->uc_mcontext.mc_gpregs.gp_elr == (uintptr_t)info->si_addr;
#else
  (void)info, (void)context;
  return false;
#endif
}

bool tm__platform_is_protection(int signal_number, const siginfo_t *info, const void *context)
{
  (void)info, (void)context;
  return signal_number == SIGSEGV;
}

bool tm__platform_is_memory_error(const siginfo_t *info)
{
  (void)info;
  return false;
}

void tm__platform_wait(_Atomic uint32_t *word, uint32_t value)
{
  tm__pipe_wait(word, value);
}

void tm__platform_wake(_Atomic uint32_t *word)
{
  (void)word;
  tm__pipe_wake();
}

/* ---- Shared words: looked at now and then, UNTESTED ------------------------------------------ */

int tm__platform_wait_word(const _Atomic uint32_t *word, uint32_t value, int64_t timeout)
{
  return tm__poll_wait_word(word, value, timeout);
}

int tm__platform_compare_word(const _Atomic uint32_t *word, uint32_t value)
{
  return tm__poll_compare_word(word, value);
}

int tm__platform_wake_word(const _Atomic uint32_t *word, uint32_t count)
{
  (void)word, (void)count;
  return 0;
}

uint32_t tm__platform_wait_capacity(void)
{
  return 128;
}

int tm__platform_wait_any(const _Atomic uint32_t *const *words, const uint32_t *values,
                          uint32_t count, int64_t deadline)
{
  return tm__poll_wait_any(words, values, count, deadline);
}

/* ---- Threads and processes: the portable way, UNTESTED --------------------------------------- */

uint32_t tm__platform_thread_id(void)
{
  return (uint32_t)getpid();
}

int tm__platform_thread_start(uint32_t id, uint64_t *start)
{
  *start = 0;
  return kill((pid_t)id, 0) != 0 && errno == ESRCH ? -ESRCH : -ENOTSUP;
}

uint64_t tm__platform_boot(void)
{
  return 0;
}

uint64_t tm__platform_process_space(void)
{
  return 0;
}
