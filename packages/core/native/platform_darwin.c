/* platform_darwin.c: what only macOS has, or spells in its own way. UNTESTED: written from the
 * manual pages and headers, never compiled or run by its authors. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ucontext.h>
#include <sys/xattr.h>
#include <unistd.h>

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
  /* Core dumps cannot leave out a range; minherit keeps it from children. */
  if (minherit(address, length, VM_INHERIT_NONE) != 0) return -errno;
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
  /* Names have at most 31 characters (PSHMNAMLEN); O_EXCL finds one that is free. */
  char name[32];
  int fd = -1;
  for (unsigned attempt = 0; fd < 0 && attempt < 1000; attempt++) {
    snprintf(name, sizeof name, "/tidemark.%d.%u", (int)getpid(), attempt);
    fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 && errno != EEXIST) return -errno;
  }
  if (fd < 0) return -EEXIST;
  shm_unlink(name);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (ftruncate(fd, (off_t)length) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

int tm__platform_allocate(int fd, uint64_t from, uint64_t end)
{
  (void)from;
  uint64_t length;
  int result = tm_file_length(fd, &length);
  if (result != 0) return result;
  if (end <= length) return 0;
  /* Blocks after the file's end (fcntl(2), F_PREALLOCATE); a full disk is an error here, and not a
   * signal later. The length changes under a lock, in the caller, which this answer asks for. */
  fstore_t blocks = {.fst_flags = F_ALLOCATEALL,
                     .fst_posmode = F_PEOFPOSMODE,
                     .fst_length = (off_t)(end - length)};
  if (fcntl(fd, F_PREALLOCATE, &blocks) != 0 && (errno == ENOSPC || errno == EDQUOT)) return -errno;
  return -EOPNOTSUPP;
}

int tm__platform_fill_holes(int fd, uint64_t from, uint64_t end)
{
  (void)fd, (void)from, (void)end;
  return -EOPNOTSUPP;
}

int tm__platform_punch_hole(int fd, uint64_t offset, uint64_t length)
{
  struct fpunchhole hole = {.fp_offset = (off_t)offset, .fp_length = (off_t)length};
  return fcntl(fd, F_PUNCHHOLE, &hole) == 0 ? 0 : -errno;
}

bool tm__platform_is_memory(int fd)
{
  struct statfs status;
  return fstatfs(fd, &status) == 0 && strcmp(status.f_fstypename, "tmpfs") == 0;
}

bool tm__platform_is_full(int fd)
{
  struct statfs status;
  return fstatfs(fd, &status) == 0 && status.f_bavail == 0;
}

bool tm__platform_knows_holes(int fd)
{
  /* Whether pages that are dirty in memory count as data is not documented. */
  (void)fd;
  return false;
}

int tm__platform_lock(int fd, uint64_t start, uint64_t length, enum tm_lock lock)
{
#ifdef F_OFD_SETLK
  static const short types[] = {F_UNLCK, F_RDLCK, F_WRLCK};
  struct flock range = {.l_type = types[lock],
                        .l_whence = SEEK_SET,
                        .l_start = (off_t)start,
                        .l_len = (off_t)length};
  if (fcntl(fd, F_OFD_SETLK, &range) == 0) return 0;
  return errno == EACCES ? -EAGAIN : -errno;
#else
  /* The lock of the whole file serves growth; then presence has none. */
  static const int operations[] = {LOCK_UN, LOCK_SH | LOCK_NB, LOCK_EX | LOCK_NB};
  if (start != TM__GROWTH_BYTE || length != 1) return -ENOTSUP;
  if (flock(fd, operations[lock]) == 0) return 0;
  return errno == EWOULDBLOCK ? -EAGAIN : -errno;
#endif
}

static const char ATTRIBUTE[] = "org.tidemark.growing";

int tm__platform_set_attribute(int fd, const void *value, size_t size)
{
  return fsetxattr(fd, ATTRIBUTE, value, size, 0, 0) == 0 ? 0 : -errno;
}

int tm__platform_get_attribute(int fd, void *value, size_t size)
{
  ssize_t got = fgetxattr(fd, ATTRIBUTE, value, size, 0, 0);
  if (got >= 0) return (int)got;
  return errno == ENOATTR || errno == ERANGE ? 0 : -errno;
}

int tm__platform_remove_attribute(int fd)
{
  return fremovexattr(fd, ATTRIBUTE, 0) == 0 || errno == ENOATTR ? 0 : -errno;
}

/* ---- Faults ------------------------------------------------------------------------------- */

const sigset_t *tm__platform_blocked_signals(const void *context)
{
  return &((const ucontext_t *)context)->uc_sigmask;
}

#if defined(__x86_64__)
/* Page-fault error code: Intel SDM volume 3, section 4.7. */
static uint32_t error_code(const void *context)
{
  return ((const ucontext_t *)context)->uc_mcontext->__es.__err;
}

bool tm__platform_fault_writes(const void *context)
{
  return (error_code(context) & 2) != 0;
}

bool tm__platform_fault_executes(const siginfo_t *info, const void *context)
{
  (void)info;
  return (error_code(context) & 16) != 0;
}

static bool may_not(const void *context)
{
  return (error_code(context) & 1) != 0;
}
#else
/* Exception syndrome: Arm Architecture Reference Manual, ESR_EL1; class in bits 31 to 26. */
static uint32_t syndrome(const void *context)
{
  return ((const ucontext_t *)context)->uc_mcontext->__es.__esr;
}

bool tm__platform_fault_writes(const void *context)
{
  return (syndrome(context) & 64) != 0;
}

bool tm__platform_fault_executes(const siginfo_t *info, const void *context)
{
  (void)info;
  return syndrome(context) >> 26 == 0x20;
}

/* Fault status code 0b0011xx: a permission fault. */
static bool may_not(const void *context)
{
  return (syndrome(context) & 0x3c) == 0x0c;
}
#endif

bool tm__platform_is_protection(int signal_number, const siginfo_t *info, const void *context)
{
  (void)info;
  /* The system answers with SIGBUS to both. */
  return signal_number == SIGSEGV || may_not(context);
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
