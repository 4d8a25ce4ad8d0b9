/* platform_linux.c: what only Linux has, or spells in its own way. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* Of linux/magic.h, where older headers lack it. */
#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* Numbers of linux/mman.h that the C library's headers of older systems lack. */
#ifndef MADV_COLD
#define MADV_COLD 20
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif

/* ---- Pages -------------------------------------------------------------------------------- */

int tm__platform_advice(enum tm_advice advice)
{
  static const int numbers[TM_ADVICE_COUNT] = {
      [TM_ADVICE_NORMAL] = MADV_NORMAL,           [TM_ADVICE_RANDOM] = MADV_RANDOM,
      [TM_ADVICE_SEQUENTIAL] = MADV_SEQUENTIAL,   [TM_ADVICE_WILL_NEED] = MADV_WILLNEED,
      [TM_ADVICE_DONT_NEED] = MADV_DONTNEED,      [TM_ADVICE_COLD] = MADV_COLD,
      [TM_ADVICE_PAGE_OUT] = MADV_PAGEOUT,        [TM_ADVICE_HUGE_PAGE] = MADV_HUGEPAGE,
      [TM_ADVICE_NO_HUGE_PAGE] = MADV_NOHUGEPAGE, [TM_ADVICE_DONT_DUMP] = MADV_DONTDUMP,
      [TM_ADVICE_DO_DUMP] = MADV_DODUMP,          [TM_ADVICE_DONT_FORK] = MADV_DONTFORK,
      [TM_ADVICE_DO_FORK] = MADV_DOFORK,          [TM_ADVICE_COLLAPSE] = MADV_COLLAPSE,
  };
  return numbers[advice];
}

int tm__platform_advice_when_locked(enum tm_advice advice)
{
  return advice == TM_ADVICE_DONT_NEED ? MADV_DONTNEED_LOCKED : -1;
}

int tm__platform_populate(void *address, size_t length, bool write)
{
  int result;
  do result = madvise(address, length, write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
  while (result != 0 && (errno == EINTR || errno == EAGAIN));
  /* Kernels before 5.14 do not know the advice. */
  return result == 0 ? 0 : errno == EINVAL ? -ENOSYS : -errno;
}

int tm__platform_populate_huge(void *address, size_t length, size_t huge_page_size)
{
  /* The kernel collapses a huge page from one page of it that is there, whatever the mount says
   * about huge pages (madvise(2), MADV_COLLAPSE, Linux 6.1). */
  for (size_t offset = 0; offset < length; offset += huge_page_size) {
    int result = tm__platform_populate((char *)address + offset, tm_page_size(), true);
    if (result != 0) return result;
  }
  return madvise(address, length, MADV_COLLAPSE) == 0 ? 0 : -errno;
}

/* The number in a file of /proc or /sys, or `otherwise`. */
static size_t number_in(const char *path, size_t otherwise)
{
  char text[32] = {0};
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return otherwise;
  ssize_t got = read(fd, text, sizeof text - 1);
  close(fd);
  char *end = text;
  unsigned long number = got > 0 ? strtoul(text, &end, 10) : 0;
  return end == text ? otherwise : number;
}

size_t tm__platform_huge_page_size(void)
{
  static _Atomic size_t cached = SIZE_MAX;
  size_t size = atomic_load(&cached);
  if (size == SIZE_MAX) {
    size = number_in("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", 0);
    atomic_store(&cached, size);
  }
  return size;
}

size_t tm__platform_map_count_limit(void)
{
  return number_in("/proc/sys/vm/max_map_count", 65530);
}

size_t tm__platform_map_count(void)
{
  char text[512];
  size_t count = 0;
  ssize_t got;
  int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  while ((got = read(fd, text, sizeof text)) > 0 || (got < 0 && errno == EINTR)) {
    for (ssize_t index = 0; index < got; index++) count += text[index] == '\n';
  }
  close(fd);
  return count;
}

int tm__platform_keep_secret(void *address, size_t length)
{
  if (madvise(address, length, MADV_DONTDUMP) != 0) return -errno;
  if (madvise(address, length, MADV_DONTFORK) != 0) return -errno;
  return mlock(address, length) == 0 ? 0 : -errno;
}

int tm__platform_copy(void *target, const void *source, size_t length)
{
  struct iovec local = {.iov_base = target, .iov_len = length};
  struct iovec remote = {.iov_base = (void *)(uintptr_t)source, .iov_len = length};
  ssize_t copied = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  if (copied < 0 && (errno == ENOSYS || errno == EPERM)) {
    /* Old container sandboxes and emulators do not let a process read even itself. */
    return tm__pipe_copy(target, source, length);
  }
  return copied == (ssize_t)length ? 0 : -EFAULT;
}

int tm__platform_move_page(void *source, void *target, size_t length)
{
  void *moved = mremap(source, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, target);
  return moved == MAP_FAILED ? -errno : 0;
}

/* ---- Files -------------------------------------------------------------------------------- */

int tm__platform_memory_file(uint64_t length)
{
  int fd = (int)syscall(SYS_memfd_create, "tidemark", 1u /* CLOEXEC */ | 2u /* ALLOW_SEALING */);
  if (fd < 0) return -errno;
  if (ftruncate(fd, (off_t)length) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
    int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

int tm__platform_allocate(int fd, uint64_t from, uint64_t end)
{
  int result;
  do result = fallocate(fd, 0, (off_t)from, (off_t)(end - from));
  while (result != 0 && errno == EINTR);
  if (result == 0) return 0;
  return errno == ENOSYS || errno == EOPNOTSUPP ? -EOPNOTSUPP : -errno;
}

int tm__platform_fill_holes(int fd, uint64_t from, uint64_t end)
{
  int result;
  do result = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(end - from));
  while (result != 0 && errno == EINTR);
  if (result == 0) return 0;
  return errno == ENOSYS || errno == EOPNOTSUPP ? -EOPNOTSUPP : -errno;
}

int tm__platform_punch_hole(int fd, uint64_t offset, uint64_t length)
{
  int result;
  do
    result = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                       (off_t)length);
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : -errno;
}

bool tm__platform_is_full(int fd)
{
  struct statfs status;
  return fstatfs(fd, &status) == 0 && status.f_bavail == 0;
}

bool tm__platform_is_memory(int fd)
{
  struct statfs status;
  if (fstatfs(fd, &status) != 0) return false;
  return status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC ||
         status.f_type == HUGETLBFS_MAGIC;
}

bool tm__platform_knows_holes(int fd)
{
  struct statfs status;
  if (fstatfs(fd, &status) != 0) return false;
  switch (status.f_type) {
  case TMPFS_MAGIC:
  case XFS_SUPER_MAGIC:
  case BTRFS_SUPER_MAGIC:
    return true;
  case EXT4_SUPER_MAGIC:
  case OVERLAYFS_SUPER_MAGIC: {
    /* Not of files without extents, as of ext3: dirty pages there pass for a hole, until they are
     * written. Those cannot allocate either. */
    uint64_t length = 0;
    if (tm_file_length(fd, &length) != 0 || length == 0) return false;
    return tm__platform_fill_holes(fd, length - 1, length) != -EOPNOTSUPP;
  }
  default:
    /* FUSE asks the server, which does not see pages that are dirty here. Others are not known. */
    return false;
  }
}

int tm__platform_lock(int fd, uint64_t start, uint64_t length, enum tm_lock lock)
{
  static const short types[] = {F_UNLCK, F_RDLCK, F_WRLCK};
  struct flock range = {.l_type = types[lock],
                        .l_whence = SEEK_SET,
                        .l_start = (off_t)start,
                        .l_len = (off_t)length};
  int result;
  do result = fcntl(fd, F_OFD_SETLK, &range);
  while (result != 0 && errno == EINTR);
  if (result == 0) return 0;
  return errno == EACCES ? -EAGAIN : -errno;
}

static const char ATTRIBUTE[] = "user.tidemark.growing";

int tm__platform_set_attribute(int fd, const void *value, size_t size)
{
  return fsetxattr(fd, ATTRIBUTE, value, size, 0) == 0 ? 0 : -errno;
}

int tm__platform_get_attribute(int fd, void *value, size_t size)
{
  ssize_t got = fgetxattr(fd, ATTRIBUTE, value, size);
  if (got >= 0) return (int)got;
  return errno == ENODATA || errno == ERANGE ? 0 : -errno;
}

int tm__platform_remove_attribute(int fd)
{
  return fremovexattr(fd, ATTRIBUTE) == 0 || errno == ENODATA ? 0 : -errno;
}

/* ---- Faults ------------------------------------------------------------------------------- */

const sigset_t *tm__platform_blocked_signals(const void *context)
{
  return &((const ucontext_t *)context)->uc_sigmask;
}

#if defined(__x86_64__)
bool tm__platform_fault_executes(const siginfo_t *info, const void *context)
{
  (void)info;
  /* Page-fault error code, bit 4. */
  return (((const ucontext_t *)context)->uc_mcontext.gregs[REG_ERR] & 16) != 0;
}

bool tm__platform_fault_writes(const void *context)
{
  /* Page-fault error code, bit 1: Intel SDM volume 3, section 4.7. */
  return (((const ucontext_t *)context)->uc_mcontext.gregs[REG_ERR] & 2) != 0;
}
#elif defined(__aarch64__)
bool tm__platform_fault_executes(const siginfo_t *info, const void *context)
{
  return ((const ucontext_t *)context)->uc_mcontext.pc == (uintptr_t)info->si_addr;
}

bool tm__platform_fault_writes(const void *context)
{
  /* The kernel appends records; that of the exception syndrome says whether it was a write (WnR,
   * bit 6). */
  const unsigned char *at =
      (const unsigned char *)((const ucontext_t *)context)->uc_mcontext.__reserved;
  const unsigned char *end = at + sizeof((const ucontext_t *)context)->uc_mcontext.__reserved;
  while (at + 16 <= end) {
    uint32_t magic;
    uint32_t size;
    uint64_t syndrome;
    memcpy(&magic, at, 4);
    memcpy(&size, at + 4, 4);
    memcpy(&syndrome, at + 8, 8);
    if (magic == 0x45535201 /* ESR_MAGIC */) return (syndrome & 64) != 0;
    if (magic == 0 || size < 8) return false;
    at += size;
  }
  return false;
}
#else
bool tm__platform_fault_executes(const siginfo_t *info, const void *context)
{
  (void)info, (void)context;
  return false;
}

bool tm__platform_fault_writes(const void *context)
{
  (void)context;
  return false;
}
#endif

bool tm__platform_is_protection(int signal_number, const siginfo_t *info, const void *context)
{
  (void)info, (void)context;
  return signal_number == SIGSEGV;
}

bool tm__platform_is_memory_error(const siginfo_t *info)
{
  return info->si_code == BUS_MCEERR_AR || info->si_code == BUS_MCEERR_AO;
}

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
 * is a futex a private one. */
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
