/* guards.c: tracked memory that starts without write access. The fault of a write opens its page
 * and remembers that it did.
 *
 * Every page that is opened alone costs the kernel map entries, of which a process has 65,530, and
 * the program a signal. Where the kernel tells afterwards which pages were written, more than the
 * page may therefore be opened: as much again behind a writer that goes forward, and wider windows
 * the more scattered the writes are, until all of the region is open. */
#include "internal.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <time.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

enum { WORD_BITS = 64, MOST_AHEAD_PAGES = 512 };

/* Openings that adjoin no other one, of all regions: each adds two map entries at the most. */
static _Atomic uint32_t all_fragments;

/* ---- The pages that were opened ----------------------------------------------------------- */

static size_t words_of(size_t bits)
{
  return (bits + WORD_BITS - 1) / WORD_BITS;
}

static size_t bitmap_bytes(size_t page_count)
{
  return (words_of(page_count) + words_of(words_of(page_count))) * sizeof(uint64_t);
}

int tm__guards_start(tm_region *region)
{
  tm__tracking *tracking = region->tracking;
  tracking->page_count = region->length / region->page_size;
  /* All zero, and in memory only where it is written. */
  void *bitmap = mmap(NULL, bitmap_bytes(tracking->page_count), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bitmap == MAP_FAILED) return -errno;
  tracking->pages = bitmap;
  tracking->words = tracking->pages + words_of(tracking->page_count);
  return 0;
}

void tm__guards_end(tm_region *region)
{
  tm__tracking *tracking = region->tracking;
  if (tracking->pages == NULL) return;
  atomic_fetch_sub(&all_fragments, atomic_load(&tracking->fragments));
  munmap((void *)tracking->pages, bitmap_bytes(tracking->page_count));
}

static bool is_open(const tm__tracking *tracking, size_t page)
{
  uint64_t bits = atomic_load(&tracking->pages[page / WORD_BITS]);
  return (bits >> page % WORD_BITS & 1) != 0;
}

static void mark_open(tm__tracking *tracking, size_t first, size_t end)
{
  for (size_t page = first; page < end;) {
    size_t word = page / WORD_BITS;
    size_t word_end = (word + 1) * WORD_BITS;
    size_t count = (end < word_end ? end : word_end) - page;
    uint64_t mask = count == WORD_BITS ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    /* ORDER: a word's bits before the bit that leads to it; a commit looks when nobody is here. */
    atomic_fetch_or(&tracking->pages[word], mask << page % WORD_BITS);
    atomic_fetch_or(&tracking->words[word / WORD_BITS], UINT64_C(1) << word % WORD_BITS);
    page += count;
  }
}

/* The first set bit from `from` on, or `count`. */
static size_t next_set(const _Atomic uint64_t *words, size_t from, size_t count)
{
  for (size_t at = from; at < count; at = (at / WORD_BITS + 1) * WORD_BITS) {
    uint64_t bits = atomic_load(&words[at / WORD_BITS]) >> at % WORD_BITS;
    if (bits == 0) continue;
    size_t found = at + (size_t)__builtin_ctzll(bits);
    return found < count ? found : count;
  }
  return count;
}

static size_t next_open(const tm__tracking *tracking, size_t from)
{
  size_t count = tracking->page_count;
  size_t word_count = words_of(count);
  for (size_t at = from; at < count;) {
    size_t word = next_set(tracking->words, at / WORD_BITS, word_count);
    if (word >= word_count) return count;
    if (word * WORD_BITS > at) at = word * WORD_BITS;
    size_t word_end = (word + 1) * WORD_BITS;
    size_t limit = word_end < count ? word_end : count;
    size_t found = next_set(tracking->pages, at, limit);
    if (found < limit) return found;
    at = word_end;
  }
  return count;
}

bool tm__guards_next(const tm__tracking *tracking, size_t from, size_t *first, size_t *end)
{
  *first = next_open(tracking, from);
  if (*first >= tracking->page_count) return false;
  *end = *first + 1;
  while (*end < tracking->page_count && is_open(tracking, *end)) (*end)++;
  return true;
}

void tm__guards_clear(tm__tracking *tracking)
{
  size_t word_count = words_of(tracking->page_count);
  for (size_t word = next_set(tracking->words, 0, word_count); word < word_count;
       word = next_set(tracking->words, word + 1, word_count)) {
    atomic_store(&tracking->pages[word], 0);
  }
  size_t summary_count = words_of(word_count);
  for (size_t index = 0; index < summary_count; index++) {
    if (atomic_load(&tracking->words[index]) != 0) atomic_store(&tracking->words[index], 0);
  }
  atomic_fetch_sub(&all_fragments, atomic_exchange(&tracking->fragments, 0));
  atomic_store(&tracking->all_open, 0);
}

/* ---- How much to open: in the handler ----------------------------------------------------- */

typedef struct window {
  size_t first;
  size_t end;
  bool all;
} window;

/* Pages behind this one that are open, as far as matters. */
static size_t open_behind(const tm__tracking *tracking, size_t page)
{
  size_t count = 0;
  while (count < MOST_AHEAD_PAGES && count < page && is_open(tracking, page - count - 1)) count++;
  return count;
}

/* Pages that an opening takes when so many others adjoin nothing; 0 = all there are. */
static size_t width_of(uint32_t fragments)
{
  if (fragments < 32) return 1;
  if (fragments < 64) return 64;
  return fragments < 256 ? 8192 : 0;
}

static window choose_window(tm__tracking *tracking, size_t page)
{
  window chosen = {.first = page, .end = page + 1};
  size_t behind = open_behind(tracking, page);
  uint32_t fragments = atomic_load(&tracking->fragments);
  if (behind == 0) {
    fragments = atomic_fetch_add(&tracking->fragments, 1);
    size_t limit = tm_map_entry_limit() / 4;
    if (atomic_fetch_add(&all_fragments, 1) > limit) chosen.all = true;
  }
  /* Who cannot ask the kernel has to know each page. */
  if (tracking->pagemap < 0) return chosen;
  size_t width = width_of(fragments);
  if (width == 0) chosen.all = true;
  if (behind > 0) {
    size_t ahead = 2 * behind < MOST_AHEAD_PAGES ? 2 * behind : MOST_AHEAD_PAGES;
    chosen.end = page + ahead;
  } else if (width > 1) {
    chosen.first = page / width * width;
    chosen.end = chosen.first + width;
  }
  if (chosen.end > tracking->page_count) chosen.end = tracking->page_count;
  return chosen;
}

static bool make_writable(const tm_region *region, size_t first, size_t end)
{
  void *address = (void *)(region->base + first * region->page_size);
  return mprotect(address, (end - first) * region->page_size, PROT_READ | PROT_WRITE) == 0;
}

static bool open_all(tm_region *region)
{
  atomic_store(&region->tracking->all_open, 1);
  return make_writable(region, 0, region->tracking->page_count);
}

static bool open_window(tm_region *region, size_t page)
{
  tm__tracking *tracking = region->tracking;
  window chosen = choose_window(tracking, page);
  if (chosen.all && open_all(region)) return true;
  mark_open(tracking, chosen.first, chosen.end);
  if (make_writable(region, chosen.first, chosen.end)) return true;
  /* No map entry left, or no memory to promise for more than this page. */
  return make_writable(region, page, page + 1) || open_all(region);
}

/* ---- Opening: in the handler -------------------------------------------------------------- */

/* Waits while a commit reads the memory. It is system calls alone that keep it frozen, so waiting
 * for it cannot last for ever. */
static void enter(tm__tracking *tracking)
{
  struct timespec pause = {.tv_nsec = 100000};
  for (;;) {
    /* ORDER: sequentially consistent, as is the freezing: either this sees that it is frozen, or
     * who freezes sees this count and waits. */
    atomic_fetch_add(&tracking->openers, 1);
    if (atomic_load(&tracking->frozen) == 0) return;
    atomic_fetch_sub(&tracking->openers, 1);
    while (atomic_load(&tracking->frozen) != 0) nanosleep(&pause, NULL);
  }
}

bool tm__guards_open(tm_region *region, uint64_t offset)
{
  tm__tracking *tracking = region->tracking;
  size_t page = (size_t)(offset / region->page_size);
  enter(tracking);
  bool opened;
  if (tracking->spec.detection == TM_DETECT_KERNEL) {
    /* Left behind by a commit that could not make it writable again, or raced with one. */
    opened = make_writable(region, page, page + 1) || open_all(region);
  } else {
    bool all = atomic_load(&tracking->all_open) != 0;
    opened = (all && open_all(region)) || open_window(region, page);
  }
  atomic_fetch_sub(&tracking->openers, 1);
  return opened;
}
