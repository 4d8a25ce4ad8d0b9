/* growth.c: how far a growing file is extended when it is touched past its end. Runs in the fault
 * handler. */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

static uint64_t round_down(uint64_t value, uint64_t unit)
{
  return value / unit * unit;
}

static uint64_t round_up(uint64_t value, uint64_t unit)
{
  return round_down(value + unit - 1, unit);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

static void raise_to(_Atomic uint64_t *value, uint64_t at_least)
{
  uint64_t seen = atomic_load(value);
  while (seen < at_least && !atomic_compare_exchange_weak(value, &seen, at_least)) {}
}

void tm__growth_block_signals(sigset_t *before)
{
  sigset_t all;
  sigfillset(&all);
  sigdelset(&all, SIGBUS);
  sigdelset(&all, SIGSEGV);
  pthread_sigmask(SIG_BLOCK, &all, before);
}

/* One thread at a time. Who holds the claim only makes system calls, with signals blocked, so it
 * cannot fault, and waiting for it cannot last. */
static void claim(tm_region *region)
{
  while (atomic_exchange(&region->claimed, 1) != 0) sched_yield();
}

static void release_claim(tm_region *region)
{
  atomic_store(&region->claimed, 0);
}

/* On a file system in memory, pages are made ready as far as the file is extended: not too far. */
static const uint64_t MEMORY_STEP = UINT64_C(4) << 20;

static bool in_memory(const tm_region *region)
{
  return region->extend_how == TM__EXTEND_SPARSE;
}

/* How far to go from the file's end at `length`: as far again as it is long, within bounds. */
static uint64_t step_of(const tm_region *region, uint64_t length)
{
  uint64_t most = atomic_load(&region->step_max);
  if (in_memory(region)) most = smaller(most, MEMORY_STEP);
  uint64_t step = length < region->step_min ? region->step_min : length;
  return round_up(smaller(step, most), region->page_size);
}

static int extend_by_truncate(tm_region *region, uint64_t end)
{
  claim(region);
  int result = tm__file_extend_by_truncate(region->fd, end);
  release_claim(region);
  return result;
}

/* A refused allocation keeps what blocks it got, and blocks are smaller than pages on some disks:
 * the file may end inside a page. Stores past the end in there would be lost without a fault. */
static void complete_last_page(tm_region *region)
{
  uint64_t length = 0;
  if (tm_file_length(region->fd, &length) != 0 || length % region->page_size == 0) return;
  extend_by_truncate(region, round_up(length, region->page_size));
}

static int extend_by(tm_region *region, uint64_t from, uint64_t end)
{
  if (tm__file_exceeds_limit(end)) return -EFBIG;
  /* The last page alone makes the file long enough; the others come as huge pages, or when they are
   * touched. */
  bool sparse = in_memory(region) && atomic_load(&region->no_huge_pages) == 0;
  if (sparse && end - from > region->page_size) from = end - region->page_size;
  int result = tm__platform_allocate(region->fd, from, end);
  if (result == -EOPNOTSUPP) {
    atomic_store(&region->no_blocks_ahead, 1);
    return extend_by_truncate(region, end);
  }
  if (result != 0) complete_last_page(region);
  return result;
}

/* Extends to `wanted`, or, where the file system refuses, to what is needed; lowers the step then,
 * so that a disk that is nearly full is filled to the last page without a long refusal at each. */
static int extend_with_retry(tm_region *region, uint64_t from, uint64_t needed, uint64_t wanted,
                             uint64_t *reached)
{
  *reached = wanted;
  int result = extend_by(region, from, wanted);
  if (result == 0 || wanted == needed) return result;
  uint64_t lower = round_up((wanted - from) / 4, region->page_size);
  atomic_store(&region->step_max, smaller(lower, atomic_load(&region->step_max)));
  *reached = needed;
  return extend_by(region, from, needed);
}

static int map_file(tm_region *region, uint64_t from, uint64_t end)
{
  int protection = region->access == TM_ACCESS_READ ? PROT_READ : PROT_READ | PROT_WRITE;
  int flags = MAP_SHARED | MAP_FIXED | MAP_NORESERVE;
  /* SAFETY: the range is inside our own, and the claim keeps everyone else from mapping over it. */
  void *at = mmap((void *)(region->base + from), (size_t)(end - from), protection, flags,
                  region->fd, (off_t)(region->file_offset + from));
  return at == MAP_FAILED ? -errno : 0;
}

/* Maps what the file has and the region has not mapped yet. */
static int map_next(tm_region *region, uint64_t file_length)
{
  uint64_t have = file_length > region->file_offset ? file_length - region->file_offset : 0;
  uint64_t end = smaller(round_up(have, region->page_size), region->length);
  int result = 0;
  claim(region);
  uint64_t mapped = atomic_load(&region->mapped_end);
  if (mapped < end) {
    result = map_file(region, mapped, end);
    if (result == 0) atomic_store(&region->mapped_end, end);
  }
  release_claim(region);
  return result;
}

void tm__growth_rearm(tm_region *region)
{
  bool shares_file = region->source == TM_SOURCE_FILE &&
                     (region->flags & TM_REGION_COPY_ON_WRITE) == 0;
  bool untouched = atomic_load(&region->rearranged) == 0;
  if (!shares_file || !untouched || atomic_load(&region->state) != TM__OPEN) return;
  claim(region);
  uint64_t high = atomic_exchange(&region->scratch_high, 0);
  uint64_t low = atomic_exchange(&region->scratch_low, UINT64_MAX);
  uint64_t mapped = region->length;
  if (region->strategy == TM_STRATEGY_REMAP) mapped = atomic_load(&region->mapped_end);
  if (low < smaller(high, mapped)) map_file(region, low, smaller(high, mapped));
  if (low < mapped) low = mapped;
  /* Past what is mapped there is the reservation alone. */
  if (low < high) {
    mmap((void *)(region->base + low), (size_t)(high - low), PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  }
  release_claim(region);
}

/* Has the new pages of a file that is written from one end to the other come in as huge pages: the
 * kernel then fills and maps two megabytes at a time. Where it does not, they come one by one. */
static void prepare_pages(tm_region *region, uint64_t from, uint64_t end)
{
  char *base = (char *)region->base;
  /* Without blocks reserved, a page made ready is a promise that a full disk may break later, when
   * it is written back: no more of them than the program touches. */
  if (atomic_load(&region->no_blocks_ahead) != 0) return;
  if (!in_memory(region)) {
    tm_pages_advise(base + from, (size_t)(end - from), TM_ADVICE_HUGE_PAGE);
    if ((region->flags & TM_REGION_PREFAULT) != 0) tm__prefault_request(region, from, end);
    return;
  }
  size_t huge = tm_huge_page_size();
  if (huge != 0 && atomic_load(&region->no_huge_pages) == 0) {
    uint64_t first = round_down(from, huge);
    uint64_t last = round_down(end, huge);
    if (first >= last) return;
    if (tm__platform_populate_huge(base + first, (size_t)(last - first), huge) == 0) return;
  }
  /* No room for a huge page now, or a kernel that cannot: no use in asking each time. */
  atomic_store(&region->no_huge_pages, 1);
  tm__platform_populate(base + from, (size_t)(end - from), true);
}

int tm__growth_extend(tm_region *region, uint64_t offset, uint64_t end, bool fault)
{
  uint64_t page = region->page_size;
  uint64_t limit = region->file_offset + region->length;
  uint64_t needed = region->file_offset + round_up(end, page);
  if (needed > limit) return -EFBIG;
  uint64_t length = 0;
  int result = tm_file_length(region->fd, &length);
  if (result != 0) return result;
  bool remaps = region->strategy == TM_STRATEGY_REMAP;
  if (length >= needed) {
    raise_to(&region->file_end, length);
    return remaps ? map_next(region, length) : 0;
  }
  uint64_t touched = region->file_offset + round_down(offset, page);
  uint64_t step = step_of(region, length);
  /* A touch far past the end leaves a hole before it: random writes do not fill the disk. */
  bool far = fault && touched > length + step;
  uint64_t from = far ? touched : round_down(length, page);
  uint64_t wanted = far ? needed + region->step_min : length + step;
  if (wanted < needed) wanted = needed;
  wanted = smaller(round_up(wanted, page), limit);
  uint64_t reached;
  result = extend_with_retry(region, from, needed, wanted, &reached);
  if (result != 0) return result;
  atomic_fetch_add(&region->extensions, 1);
  raise_to(&region->file_end, reached);
  if (remaps) result = map_next(region, reached);
  /* Written at its very end, it is likely to be written on from there. */
  bool sequential = fault && touched == from && from >= region->file_offset;
  if (result == 0 && sequential && !far) {
    prepare_pages(region, from - region->file_offset, reached - region->file_offset);
  }
  return result;
}
