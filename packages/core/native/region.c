/* region.c: the life of one mapping: opened, released in part, closed, retired. */
#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

/* Where mmap's flags carry the size of huge pages: mmap(2), MAP_HUGE_SHIFT. */
enum { HUGE_SIZE_SHIFT = 26 };

/* ---- Mapping ------------------------------------------------------------------------------ */

static int protection_of(enum tm_access access)
{
  return access == TM_ACCESS_READ_WRITE ? PROT_READ | PROT_WRITE
         : access == TM_ACCESS_READ     ? PROT_READ
                                        : PROT_NONE;
}

static int map_flags(const tm_region_spec *spec)
{
  bool is_private = spec->source == TM_SOURCE_ANONYMOUS ||
                    (spec->flags & TM_REGION_COPY_ON_WRITE) != 0;
  int flags = is_private ? MAP_PRIVATE : MAP_SHARED;
  if (spec->source == TM_SOURCE_ANONYMOUS) flags |= MAP_ANONYMOUS;
  if (spec->strategy != TM_STRATEGY_FIXED) flags |= MAP_NORESERVE;
#ifdef MAP_HUGETLB
  if ((spec->flags & TM_REGION_HUGE_RESERVED) != 0) {
    /* Of this size, and not of the one that the system was told to use by default. */
    unsigned shift = (unsigned)__builtin_ctzll(tm_huge_page_size());
    flags |= MAP_HUGETLB | (int)(shift << HUGE_SIZE_SHIFT);
  }
#endif
  return flags;
}

static int map_at(const tm_region_spec *spec, void *where, int extra_flags, void **base)
{
  int protection = protection_of(spec->access);
  int flags = map_flags(spec) | extra_flags;
  int fd = spec->fd;
  uint64_t offset = spec->file_offset;
  if (spec->strategy == TM_STRATEGY_REMAP) {
    /* Only a reservation: growth.c maps the file over it, piece by piece. */
    protection = PROT_NONE;
    flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | extra_flags;
    fd = -1;
    offset = 0;
  }
  if (spec->strategy == TM_STRATEGY_TRACKED) {
    /* Memory past the end of the file; tracking.c maps the file over its beginning. */
    protection = PROT_READ;
    flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | extra_flags;
    fd = -1;
    offset = 0;
  }
  void *at = mmap(where, spec->length, protection, flags, fd, (off_t)offset);
  if (at == MAP_FAILED) return -errno;
  *base = at;
  return 0;
}

/* Maps where address and file offset agree modulo the huge page size, so that large page-cache
 * folios can be mapped whole. */
static int map_aligned(const tm_region_spec *spec, size_t alignment, void **base)
{
  size_t skew = (size_t)(spec->file_offset & (alignment - 1));
  if (spec->length > SIZE_MAX - alignment) return -ENOMEM;
  size_t room = spec->length + alignment;
  char *reserved = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return -errno;
  size_t lead = (alignment - (((uintptr_t)reserved - skew) & (alignment - 1))) & (alignment - 1);
  char *aligned = reserved + lead;
  int result = map_at(spec, aligned, MAP_FIXED, base);
  if (result != 0) {
    munmap(reserved, room);
    return result;
  }
  if (lead > 0) munmap(reserved, lead);
  if (room - lead > spec->length) munmap(aligned + spec->length, room - lead - spec->length);
  return 0;
}

static int map(const tm_region_spec *spec, void **base)
{
  if ((spec->flags & TM_REGION_FOREIGN_RANGE) != 0) {
    return map_at(spec, spec->base, MAP_FIXED, base);
  }
  int result = map_at(spec, NULL, 0, base);
  if (result == -ENOMEM) {
    tm__quarantine_drain();
    result = map_at(spec, NULL, 0, base);
  }
  size_t huge = tm_huge_page_size();
  if (result != 0 || huge == 0 || spec->length < huge) return result;
  if ((((uintptr_t)*base - (size_t)spec->file_offset) & (huge - 1)) == 0) return 0;
  void *unaligned = *base;
  if (map_aligned(spec, huge, base) == 0) {
    munmap(unaligned, spec->length);
  } else {
    /* Alignment is a matter of speed alone. */
    *base = unaligned;
  }
  return 0;
}

/* Replaces pages by a placeholder: no memory, no file, no access; the addresses stay reserved. */
static int placehold(void *address, size_t length)
{
  void *at = mmap(address, length, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  return at == MAP_FAILED ? -errno : 0;
}

/* Gives a range that is not ours back to its owner as it expects it: ordinary memory, all zero. */
static int give_back(void *address, size_t length)
{
  void *at = mmap(address, length, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  return at == MAP_FAILED ? -errno : 0;
}

static void unmap(const tm_region_spec *spec, void *base)
{
  if ((spec->flags & TM_REGION_FOREIGN_RANGE) != 0) {
    give_back(base, spec->length);
  } else {
    munmap(base, spec->length);
  }
}

static int prepare_pages(const tm_region_spec *spec, void *base)
{
  if ((spec->flags & TM_REGION_SECRET) != 0) {
    int result = tm__platform_keep_secret(base, spec->length);
    if (result != 0) return result;
  }
  /* Advice that the system may refuse: then the pages are of the normal size. */
  if ((spec->flags & TM_REGION_HUGE_ALIGNED) != 0) {
    tm_pages_advise(base, spec->length, TM_ADVICE_HUGE_PAGE);
  }
  if ((spec->flags & TM_REGION_POPULATE) != 0) {
    int result = tm__platform_populate(base, spec->length, spec->access == TM_ACCESS_READ_WRITE);
    /* Pages that cannot be had, and kernels that cannot: left to the first touch. */
    if (result != 0 && result != -ENOSYS && result != -EINVAL && result != -EFAULT) return result;
  }
  return 0;
}

/* ---- Life --------------------------------------------------------------------------------- */

static int describe(const tm_region_spec *spec, tm_region *region)
{
  region->length = spec->length;
  /* Asked here in any case: it is kept then, and the handler need not read it from the system. */
  size_t huge = tm_huge_page_size();
  bool has_huge = (spec->flags & TM_REGION_HUGE_RESERVED) != 0;
  if (has_huge && huge == 0) return -EOPNOTSUPP;
  region->page_size = has_huge ? huge : tm_page_size();
  region->file_offset = spec->file_offset;
  region->source = spec->source;
  region->strategy = spec->strategy;
  region->access = spec->access;
  region->flags = spec->flags;
  region->fd = spec->fd;
  atomic_store(&region->scratch_low, UINT64_MAX);
  if (spec->strategy == TM_STRATEGY_FIXED || spec->strategy == TM_STRATEGY_TRACKED) return 0;
  region->step_min = spec->step_min;
  region->extend_how = tm__platform_is_memory(spec->fd) ? TM__EXTEND_SPARSE : TM__EXTEND_RESERVE;
  atomic_store(&region->step_max, spec->step_max);
  uint64_t length = 0;
  int result = tm_file_length(spec->fd, &length);
  atomic_store(&region->file_end, length);
  return result;
}

int tm_region_open(const tm_region_spec *spec, tm_region **opened)
{
  int result = tm_faults_install();
  if (result != 0) return result;
  /* Without the thread all works, only slower. */
  if ((spec->flags & TM_REGION_PREFAULT) != 0) tm__prefault_start();
  tm_region *region = calloc(1, sizeof *region);
  if (region == NULL) return -ENOMEM;
  void *base = NULL;
  result = describe(spec, region);
  if (result == 0) result = map(spec, &base);
  if (result != 0) {
    free(region);
    return result;
  }
  region->base = (uintptr_t)base;
  result = tm__region_register(region);
  if (result == -EUSERS) {
    tm__quarantine_drain();
    result = tm__region_register(region);
  }
  if (result != 0) {
    unmap(spec, base);
    free(region);
    return result;
  }
  result = prepare_pages(spec, base);
  if (result == 0 && spec->strategy == TM_STRATEGY_REMAP) {
    uint64_t end = atomic_load(&region->file_end);
    uint64_t length = end > spec->file_offset ? end - spec->file_offset : 0;
    if (length > 0) {
      result = tm_region_ensure(region, length < spec->length ? length : spec->length);
    }
  }
  if (result != 0) {
    region->fd = -1; /* still the caller's */
    tm_region_close(region, NULL);
    tm_region_retire(region);
    return result;
  }
  *opened = region;
  return 0;
}

void *tm_region_base(const tm_region *region)
{
  return (void *)region->base;
}

size_t tm_region_length(const tm_region *region)
{
  return region->length;
}

size_t tm_region_page_size(const tm_region *region)
{
  return region->page_size;
}

int tm_region_fd(const tm_region *region)
{
  return region->fd;
}

int tm_region_ensure(tm_region *region, uint64_t end)
{
  uint64_t file_length;
  int result = tm_file_length(region->fd, &file_length);
  if (result != 0) return result;
  uint64_t have = file_length > region->file_offset ? file_length - region->file_offset : 0;
  bool mapped = region->strategy != TM_STRATEGY_REMAP || atomic_load(&region->mapped_end) >= end;
  if (end <= have && mapped) return 0;
  sigset_t before;
  tm__growth_block_signals(&before);
  result = tm__growth_extend(region, have < end ? have : end - 1, end, false);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return result;
}

int tm_region_protect(tm_region *region, uint64_t offset, size_t length, enum tm_access access)
{
  atomic_store(&region->rearranged, 1);
  if (region->strategy == TM_STRATEGY_REMAP) {
    /* What is not mapped yet gets the region's own access when it is. */
    uint64_t mapped = atomic_load(&region->mapped_end);
    uint64_t end = offset + length;
    if (end > mapped && access != region->access) return -EOPNOTSUPP;
    if (offset >= mapped) return 0;
    if (end > mapped) length = (size_t)(mapped - offset);
  }
  return tm_pages_protect((char *)region->base + offset, length, access);
}

/* The pages of a secret may be protected, or scratch pages of a fault: make them writable first. */
static void wipe(void *address, size_t length)
{
  if (mprotect(address, length, PROT_READ | PROT_WRITE) != 0) return;
  volatile unsigned char *bytes = address;
  for (size_t index = 0; index < length; index++) bytes[index] = 0;
}

int tm_region_release(tm_region *region, uint64_t offset, size_t length)
{
  atomic_store(&region->rearranged, 1);
  char *address = (char *)region->base + offset;
  if ((region->flags & TM_REGION_SECRET) != 0) wipe(address, length);
  return placehold(address, length);
}

int tm_region_close(tm_region *region, int *fd)
{
  if ((region->flags & TM_REGION_SECRET) != 0) wipe((void *)region->base, region->length);
  /* ORDER: a handler that enters after this store poisons; those before it are waited for, so that
   * none maps a page of the file, or uses the descriptor, after this call. */
  atomic_store(&region->state, TM__CLOSED);
  tm__region_wait(region);
  if (region->tracking != NULL) tm__tracking_end(region);
  int kept = region->fd;
  region->fd = -1;
  bool foreign = (region->flags & TM_REGION_FOREIGN_RANGE) != 0;
  void *base = (void *)region->base;
  int result = foreign ? give_back(base, region->length) : placehold(base, region->length);
  /* At the very limit of address space or map entries: out of reach, if not given back yet. */
  if (result != 0 && !foreign) mprotect(base, region->length, PROT_NONE);
  if (fd != NULL) {
    *fd = kept;
  } else if (kept >= 0) {
    tm_file_close(kept);
  }
  return result;
}
