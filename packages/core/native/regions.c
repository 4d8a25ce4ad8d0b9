/* regions.c: the table of mappings that the fault handler searches by address, without locks.
 *
 * The table is an immutable snapshot sorted by address. Who adds or removes a region copies it
 * under a mutex and swaps the pointer; the old one is used again when no reader can still see it. A
 * reader counts itself in the current epoch, searches, counts itself as a user of the region it
 * found, and leaves the epoch: so the epoch is held for nanoseconds, and a slow handler holds up
 * only its own region. */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct entry {
  uintptr_t base;
  tm_region *region;
} entry;

typedef struct snapshot {
  size_t capacity;
  size_t count;
  entry entries[];
} snapshot;

static pthread_mutex_t writers = PTHREAD_MUTEX_INITIALIZER;
/* The one before the current, which no reader sees any more: room for the next. With `writers`
 * held. */
static snapshot *spare;
static _Atomic(snapshot *) current;
static _Atomic uint32_t epoch;
static _Atomic uint32_t readers[2];

/* ---- Reading: signal-safe ----------------------------------------------------------------- */

static uint32_t epoch_enter(void)
{
  for (;;) {
    uint32_t seen = atomic_load(&epoch) & 1;
    /* ORDER: sequentially consistent, as is the writer's swap and flip: either the writer sees this
     * count and waits, or the second look sees its flip and this reader counts itself anew. */
    atomic_fetch_add(&readers[seen], 1);
    if ((atomic_load(&epoch) & 1) == seen) return seen;
    atomic_fetch_sub(&readers[seen], 1);
  }
}

static void epoch_leave(uint32_t seen)
{
  atomic_fetch_sub(&readers[seen], 1);
}

/* Index of the first entry that starts above `address`. */
static size_t first_above(const snapshot *table, uintptr_t address)
{
  size_t low = 0;
  size_t high = table->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (table->entries[middle].base <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static tm_region *find(void *data)
{
  uintptr_t address = *(const uintptr_t *)data;
  const snapshot *table = atomic_load(&current);
  if (table == NULL) return NULL;
  size_t above = first_above(table, address);
  if (above == 0) return NULL;
  tm_region *region = table->entries[above - 1].region;
  return address - region->base < region->length ? region : NULL;
}

tm_region *tm__region_enter_by(tm_region *(*take)(void *), void *data)
{
  uint32_t seen = epoch_enter();
  tm_region *region = take(data);
  if (region != NULL) atomic_fetch_add(&region->users, 1);
  epoch_leave(seen);
  return region;
}

tm_region *tm__region_enter(uintptr_t address)
{
  return tm__region_enter_by(find, &address);
}

void tm__region_leave(tm_region *region)
{
  atomic_fetch_sub(&region->users, 1);
}

/* ---- Writing ------------------------------------------------------------------------------ */

static void wait_until_zero(_Atomic uint32_t *count)
{
  struct timespec pause = {.tv_nsec = 50000};
  for (int round = 0; atomic_load(count) != 0; round++) {
    if (round < 100) {
      sched_yield();
    } else {
      nanosleep(&pause, NULL);
    }
  }
}

void tm__region_wait(tm_region *region)
{
  wait_until_zero(&region->users);
}

/* Waits until every reader that may hold something older has left. Called with `writers` held. */
static void wait_for_readers(void)
{
  uint32_t old = atomic_fetch_add(&epoch, 1) & 1;
  wait_until_zero(&readers[old]);
}

static void publish(snapshot *table)
{
  snapshot *old = atomic_exchange(&current, table);
  wait_for_readers();
  spare = old;
}

/* Room for `count` entries: of the spare one, which with tens of thousands saves a megabyte of
 * fresh memory at each change. */
static snapshot *allocate_snapshot(size_t count)
{
  snapshot *table = spare;
  if (table == NULL || table->capacity < count) {
    size_t capacity = count < 8 ? 16 : 2 * count;
    table = malloc(sizeof *table + capacity * sizeof(entry));
    if (table == NULL) return NULL;
    table->capacity = capacity;
    free(spare);
  }
  spare = NULL;
  table->count = count;
  return table;
}

static size_t count_of(const snapshot *table)
{
  return table == NULL ? 0 : table->count;
}

/* Regions of which the engine unmapped the range without a word: a thread that ended left buffers
 * of the engine's own open, whose memory was mapped over (TM_REGION_FOREIGN_RANGE). The system
 * gives a range out again only when nothing is there, so what overlaps a new region is gone. */
static size_t first_overlapping(const snapshot *table, const tm_region *region, size_t *count)
{
  size_t first = first_above(table, region->base);
  if (first > 0) {
    const tm_region *below = table->entries[first - 1].region;
    if (region->base - below->base < below->length) first--;
  }
  *count = first_above(table, region->base + region->length - 1) - first;
  return first;
}

static int insert(tm_region *region)
{
  const snapshot *old = atomic_load(&current);
  size_t count = count_of(old);
  if (count >= tm_map_entry_limit()) return -EUSERS;
  size_t gone = 0;
  size_t at = count == 0 ? 0 : first_overlapping(old, region, &gone);
  size_t rest = count - at - gone;
  snapshot *table = allocate_snapshot(count - gone + 1);
  if (table == NULL) return -ENOMEM;
  if (at > 0) memcpy(table->entries, old->entries, at * sizeof(entry));
  table->entries[at] = (entry){.base = region->base, .region = region};
  if (rest > 0) {
    memcpy(table->entries + at + 1, old->entries + at + gone, rest * sizeof(entry));
  }
  publish(table);
  return 0;
}

static int erase(tm_region *region)
{
  const snapshot *old = atomic_load(&current);
  size_t count = count_of(old);
  size_t at = count == 0 ? 0 : first_above(old, region->base);
  if (at == 0 || old->entries[at - 1].region != region) return 0;
  snapshot *table = allocate_snapshot(count - 1);
  if (table == NULL) return -ENOMEM;
  memcpy(table->entries, old->entries, (at - 1) * sizeof(entry));
  memcpy(table->entries + at - 1, old->entries + at, (count - at) * sizeof(entry));
  publish(table);
  return 0;
}

int tm__region_register(tm_region *region)
{
  pthread_mutex_lock(&writers);
  int result = insert(region);
  pthread_mutex_unlock(&writers);
  return result;
}

int tm__region_unregister(tm_region *region)
{
  pthread_mutex_lock(&writers);
  int result = erase(region);
  pthread_mutex_unlock(&writers);
  if (result != 0) return result;
  tm__region_wait(region);
  tm__prefault_forget(region);
  /* The prefault thread may have taken it between the two: nobody can from here on. */
  pthread_mutex_lock(&writers);
  wait_for_readers();
  pthread_mutex_unlock(&writers);
  tm__region_wait(region);
  return 0;
}

size_t tm_region_count(void)
{
  pthread_mutex_lock(&writers);
  size_t count = count_of(atomic_load(&current));
  pthread_mutex_unlock(&writers);
  return count;
}

static size_t entry_limit;

static void read_entry_limit(void)
{
  size_t limit = tm__platform_map_count_limit();
  /* The rest is for the heap, the stacks and the libraries of the process: an engine that cannot
   * map memory any more ends the process. */
  entry_limit = limit - limit / 8;
}

size_t tm_map_entry_limit(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, read_entry_limit);
  return entry_limit;
}

bool tm__map_entries_scarce(void)
{
  /* Counting takes milliseconds when there are many. The eighth that regions leave free is enough
   * for what faults add in between, two entries each at the most. */
  enum { EVERY = 1024 };
  static _Atomic uint32_t asked;
  if (atomic_fetch_add(&asked, 1) % EVERY != EVERY - 1) return false;
  return tm__platform_map_count() > tm_map_entry_limit();
}
