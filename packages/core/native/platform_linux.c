/* platform_linux.c: what only Linux has, or spells in its own way. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
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
