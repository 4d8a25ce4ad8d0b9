/* quarantine.c: the addresses of closed mappings, kept reserved for a while.
 *
 * Work that was given a view of the memory before the close (a compression in the thread pool, a
 * read that the kernel is doing) may still touch it. As long as the addresses stay a registered
 * placeholder, that is a recorded fault; were they given back at once, it would end the process or,
 * worse, change whatever was mapped there next. The oldest go when there are many, or when they
 * hold much. */
#include "internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { KEPT_REGIONS = 1024 };
static const uint64_t KEPT_BYTES = UINT64_C(1) << 43; /* 8 TiB of address space, of 128 */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static tm_region *oldest;
static tm_region *newest;
static size_t kept_regions;
static uint64_t kept_bytes;

static void push(tm_region *region)
{
  region->next_retired = NULL;
  if (newest == NULL) {
    oldest = region;
  } else {
    newest->next_retired = region;
  }
  newest = region;
  kept_regions++;
  kept_bytes += region->length;
}

static tm_region *pop(void)
{
  tm_region *region = oldest;
  oldest = region->next_retired;
  if (oldest == NULL) newest = NULL;
  kept_regions--;
  kept_bytes -= region->length;
  return region;
}

/* Ends the oldest; false when there is no memory to take it out of the table. */
static bool end_oldest(void)
{
  tm_region *region = pop();
  if (tm__region_unregister(region) != 0) {
    push(region);
    return false;
  }
  munmap((void *)region->base, region->length);
  free(region);
  return true;
}

void tm_region_retire(tm_region *region)
{
  if ((region->flags & TM_REGION_FOREIGN_RANGE) != 0) {
    if (tm__region_unregister(region) == 0) free(region);
    return;
  }
  pthread_mutex_lock(&mutex);
  push(region);
  while (kept_regions > KEPT_REGIONS || kept_bytes > KEPT_BYTES) {
    if (!end_oldest()) break;
  }
  pthread_mutex_unlock(&mutex);
}

void tm__quarantine_drain(void)
{
  pthread_mutex_lock(&mutex);
  while (oldest != NULL && end_oldest()) {}
  pthread_mutex_unlock(&mutex);
}
