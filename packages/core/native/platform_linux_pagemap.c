/* platform_linux_pagemap.c: which pages of private memory were written, as the kernel tells it. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* PAGEMAP_SCAN of Linux 6.7 (linux/fs.h), which older headers lack; pagemap.rst has the meaning. */
typedef struct scan_argument {
  uint64_t size;
  uint64_t flags;
  uint64_t start;
  uint64_t end;
  uint64_t walk_end;
  uint64_t vector;
  uint64_t vector_length;
  uint64_t most_pages;
  uint64_t inverted;
  uint64_t all_of;
  uint64_t any_of;
  uint64_t reported;
} scan_argument;

typedef struct scan_range {
  uint64_t start;
  uint64_t end;
  uint64_t categories;
} scan_range;

#define SCAN_REQUEST _IOWR('f', 16, scan_argument)
enum { SCAN_FILE = 1 << 2, SCAN_PRESENT = 1 << 3, SCAN_SWAPPED = 1 << 4, SCAN_ZEROS = 1 << 5 };
enum { SCAN_RANGES = 512 };

int tm__platform_open_pagemap(void)
{
  int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  return fd >= 0 ? fd : -ENOSYS;
}

/* For older kernels: reads what pagemap says of each page (pagemap.rst). */
static int read_pagemap(int pagemap, uintptr_t from, uintptr_t to, bool zeros,
                        int (*visit)(void *data, uintptr_t from, uintptr_t to), void *data)
{
  enum { ENTRIES = 512 };
  static const uint64_t PRESENT = UINT64_C(1) << 63;
  static const uint64_t SWAPPED = UINT64_C(1) << 62;
  static const uint64_t OF_FILE = UINT64_C(1) << 61;
  static const uint64_t EXCLUSIVE = UINT64_C(1) << 56;
  uint64_t entries[ENTRIES];
  size_t size = tm_page_size();
  int result = 0;
  while (from < to && result == 0) {
    uintptr_t pages = (to - from) / size;
    size_t wanted = (pages < ENTRIES ? pages : ENTRIES) * sizeof *entries;
    ssize_t got = pread(pagemap, entries, wanted, (off_t)(from / size * sizeof *entries));
    if (got < 0 && errno == EINTR) continue;
    if (got < (ssize_t)sizeof *entries) return got < 0 ? -errno : -EIO;
    for (size_t index = 0; index < (size_t)got / sizeof *entries && result == 0; index++) {
      uint64_t entry = entries[index];
      bool own = (entry & (PRESENT | SWAPPED)) != 0 && (entry & OF_FILE) == 0;
      /* The kernel's page of zeros is nobody's exclusively; neither is one that a fork shares. */
      if (own && !zeros && (entry & (SWAPPED | EXCLUSIVE)) == 0) {
        const unsigned char *bytes = (const unsigned char *)from;
        own = bytes[0] != 0 || memcmp(bytes, bytes + 1, size - 1) != 0;
      }
      if (own) result = visit(data, from, from + size);
      from += size;
    }
  }
  return result;
}

/* Finds the ranges from scan->start on: how many, or a negative errno. */
static int scan_pages(int pagemap, scan_argument *scan, scan_range ranges[SCAN_RANGES], bool zeros)
{
  uint64_t excluded = zeros ? SCAN_FILE : SCAN_FILE | SCAN_ZEROS;
  scan->size = sizeof *scan;
  scan->vector = (uint64_t)(uintptr_t)ranges;
  scan->vector_length = SCAN_RANGES;
  scan->inverted = excluded;
  scan->all_of = excluded;
  scan->any_of = SCAN_PRESENT | SCAN_SWAPPED;
  scan->reported = SCAN_PRESENT | SCAN_SWAPPED;
  int found;
  /* Not ioctl(): of the type of its request C libraries think differently. */
  do found = (int)syscall(SYS_ioctl, pagemap, (unsigned long)SCAN_REQUEST, scan);
  while (found < 0 && errno == EINTR);
  return found >= 0 ? found : -errno;
}

bool tm__platform_scans_pages(int pagemap)
{
  scan_range ranges[SCAN_RANGES];
  uint64_t start = (uint64_t)(uintptr_t)ranges & ~((uint64_t)tm_page_size() - 1);
  scan_argument scan = {.start = start, .end = start + tm_page_size()};
  return scan_pages(pagemap, &scan, ranges, true) >= 0;
}

int tm__platform_written_pages(int pagemap, uintptr_t from, uintptr_t to, bool zeros,
                               int (*visit)(void *data, uintptr_t from, uintptr_t to), void *data)
{
  scan_range ranges[SCAN_RANGES];
  while (from < to) {
    scan_argument scan = {.start = from, .end = to};
    int found = scan_pages(pagemap, &scan, ranges, zeros);
    if (found == -ENOTTY || found == -EINVAL || found == -ENOSYS) {
      return read_pagemap(pagemap, from, to, zeros, visit, data);
    }
    if (found < 0) return found;
    for (int index = 0; index < found; index++) {
      int result = visit(data, (uintptr_t)ranges[index].start, (uintptr_t)ranges[index].end);
      if (result != 0) return result;
    }
    from = (uintptr_t)scan.walk_end;
  }
  return 0;
}
