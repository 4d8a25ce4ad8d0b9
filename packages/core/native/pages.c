/* pages.c: what can be done to the pages of a mapping. Thin wrappers, one system call each. */
#include "internal.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

size_t tm_page_size(void)
{
  return (size_t)sysconf(_SC_PAGESIZE);
}

size_t tm_huge_page_size(void)
{
  return tm__platform_huge_page_size();
}

int tm_pages_protect(void *address, size_t length, enum tm_access access)
{
  /* Never PROT_EXEC: nothing here is code. */
  static const int protections[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE};
  return mprotect(address, length, protections[access]) == 0 ? 0 : -errno;
}

int tm_pages_advise(void *address, size_t length, enum tm_advice advice)
{
  int number = tm__platform_advice(advice);
  if (number < 0) return -EOPNOTSUPP;
  if (madvise(address, length, number) == 0) return 0;
  int error = errno;
  /* Locked pages are refused with EINVAL: madvise(2), MADV_DONTNEED. */
  int when_locked = tm__platform_advice_when_locked(advice);
  if (error != EINVAL || when_locked < 0) return -error;
  return madvise(address, length, when_locked) == 0 ? 0 : -error;
}

int tm_pages_lock(void *address, size_t length)
{
  return mlock(address, length) == 0 ? 0 : -errno;
}

int tm_pages_unlock(void *address, size_t length)
{
  return munlock(address, length) == 0 ? 0 : -errno;
}

int tm_pages_populate(void *address, size_t length, bool write)
{
  return tm__platform_populate(address, length, write);
}

int64_t tm_pages_residency(void *address, size_t length, uint8_t *bitmap)
{
  enum { CHUNK_PAGES = 4096 };
  unsigned char states[CHUNK_PAGES];
  size_t page_size = tm_page_size();
  size_t pages = length / page_size;
  int64_t resident = 0;
  for (size_t first = 0; first < pages; first += CHUNK_PAGES) {
    size_t count = pages - first < CHUNK_PAGES ? pages - first : CHUNK_PAGES;
    void *chunk = (char *)address + first * page_size;
    /* The type of the vector differs between systems; the bytes do not. */
    if (mincore(chunk, count * page_size, (void *)states) != 0) return -errno;
    for (size_t index = 0; index < count; index++) {
      if ((states[index] & 1) == 0) continue;
      size_t page = first + index;
      bitmap[page / 8] = (uint8_t)(bitmap[page / 8] | (1u << (page % 8)));
      resident++;
    }
  }
  return resident;
}

int tm_pages_flush(void *address, size_t length, unsigned flags)
{
  int how = (flags & TM_FLUSH_ASYNC) != 0 ? MS_ASYNC : MS_SYNC;
  if ((flags & TM_FLUSH_INVALIDATE) != 0) how |= MS_INVALIDATE;
  int result;
  do result = msync(address, length, how);
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : -errno;
}
