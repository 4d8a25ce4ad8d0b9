/* prefault.c: a thread that makes pages ready ahead of a writer that goes forward through a growing
 * file.
 *
 * After each extension the handler names the new range; the thread populates it piece by piece, in
 * order, a little ahead of the writer. Without it every page costs the writer a fault. */
#include "internal.h"

#include <errno.h>
#include <pthread.h>

/* Regions that are filled at the same time; more than this take turns, and lose speed only. */
enum { SLOTS = 8 };
static const uint64_t PIECE = UINT64_C(4) << 20;

static _Atomic(tm_region *) slots[SLOTS];
static _Atomic uint32_t requests;

void tm__prefault_request(tm_region *region, uint64_t at, uint64_t end)
{
  /* ORDER: the end is stored last; a thread that reads it before the start populates a range that
   * is populated already, which costs time alone. */
  atomic_store(&region->prefault_at, at);
  atomic_store(&region->prefault_end, end);
  atomic_store(&slots[(region->base >> 21) % SLOTS], region);
  atomic_fetch_add(&requests, 1);
  tm__platform_wake(&requests);
}

void tm__prefault_forget(tm_region *region)
{
  for (size_t index = 0; index < SLOTS; index++) {
    tm_region *expected = region;
    atomic_compare_exchange_strong(&slots[index], &expected, NULL);
  }
}

static tm_region *take(void *slot)
{
  return atomic_exchange((_Atomic(tm_region *) *)slot, NULL);
}

/* Populates one piece; true when the region wants more. */
static bool populate_piece(tm_region *region)
{
  uint64_t at = atomic_load(&region->prefault_at);
  uint64_t end = atomic_load(&region->prefault_end);
  if (at >= end || atomic_load(&region->state) != TM__OPEN) return false;
  uint64_t first = at / region->page_size * region->page_size;
  uint64_t next = first + PIECE < end ? first + PIECE : end;
  /* Any refusal (the disk is full, the range was protected or released) is left to the handler. */
  int result = tm__platform_populate((void *)(region->base + first), (size_t)(next - first), true);
  if (result != 0) return false;
  /* When a new request came meanwhile, its start stands. */
  atomic_compare_exchange_strong(&region->prefault_at, &at, next);
  return true;
}

static void *run(void *unused)
{
  (void)unused;
  for (;;) {
    uint32_t seen = atomic_load(&requests);
    bool worked = false;
    for (size_t index = 0; index < SLOTS; index++) {
      tm_region *region = tm__region_enter_by(take, &slots[index]);
      if (region == NULL) continue;
      if (populate_piece(region)) {
        tm_region *empty = NULL;
        atomic_compare_exchange_strong(&slots[index], &empty, region);
        worked = true;
      }
      tm__region_leave(region);
    }
    if (!worked) tm__platform_wait(&requests, seen);
  }
  return NULL;
}

int tm__prefault_start(void)
{
  static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;
  static bool started;
  pthread_mutex_lock(&starting);
  int result = started ? 0 : tm__thread_start(run, NULL);
  /* What failed for want of memory or threads may work for the next mapping. */
  if (result == 0) started = true;
  pthread_mutex_unlock(&starting);
  return result;
}
