/* tracking.c: private memory over a file, whose written pages are known. The beginning of the
 * region shows the file, the rest is memory without a file; neither changes the file. */
#include "internal.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

/* ---- Mapping ------------------------------------------------------------------------------ */

static uint64_t whole_pages(const tm_region *region, uint64_t length)
{
  return (length + region->page_size - 1) / region->page_size * region->page_size;
}

static int protection_of(const tm_region *region)
{
  bool guarded = region->tracking->spec.detection == TM_DETECT_GUARD_PAGES;
  return guarded ? PROT_READ : PROT_READ | PROT_WRITE;
}

/* Shows the file, or memory without one (fd -1), in [from, to). What was there is gone. */
static int show(tm_region *region, int fd, uint64_t from, uint64_t to)
{
  if (from >= to) return 0;
  int flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE | (fd < 0 ? MAP_ANONYMOUS : 0);
  void *at = (void *)(region->base + from);
  if (mmap(at, (size_t)(to - from), protection_of(region), flags, fd,
           fd < 0 ? 0 : (off_t)from) == MAP_FAILED) {
    return -errno;
  }
  /* One byte written must not make two megabytes written. */
  tm_pages_advise(at, (size_t)(to - from), TM_ADVICE_NO_HUGE_PAGE);
  return 0;
}

int tm__stamp_read(int fd, tm__stamp *stamp)
{
  struct stat status;
  if (fstat(fd, &status) != 0) return -errno;
  stamp->length = (uint64_t)status.st_size;
#if defined(__APPLE__)
  stamp->seconds = status.st_mtimespec.tv_sec;
  stamp->nanoseconds = status.st_mtimespec.tv_nsec;
#else
  stamp->seconds = status.st_mtim.tv_sec;
  stamp->nanoseconds = status.st_mtim.tv_nsec;
#endif
  return 0;
}

/* Shows the file as it is now in all of the region. */
static int show_all(tm_region *region)
{
  tm__stamp stamp;
  int result = tm__stamp_read(region->fd, &stamp);
  if (result != 0) return result;
  if (stamp.length > region->tracking->spec.limit) return -EFBIG;
  uint64_t file_end = whole_pages(region, stamp.length);
  result = show(region, region->fd, 0, file_end);
  if (result == 0) result = show(region, -1, file_end, region->length);
  if (result == 0) region->tracking->stamp = stamp;
  return result;
}

/* ---- Life --------------------------------------------------------------------------------- */

int tm_tracking_kernel_detects(void)
{
  int pagemap = tm__platform_open_pagemap();
  if (pagemap < 0) return 0;
  int detects = tm__platform_scans_pages(pagemap) ? 2 : 1;
  tm_file_close(pagemap);
  return detects;
}

bool tm_tracking_is(const tm_region *region)
{
  return region->tracking != NULL;
}

static void free_tracking(tm_region *region)
{
  tm__tracking *tracking = region->tracking;
  tm__guards_end(region);
  if (tracking->pagemap >= 0) tm_file_close(tracking->pagemap);
  pthread_mutex_destroy(&tracking->mutex);
  region->tracking = NULL;
  free(tracking);
}

int tm_tracking_start(tm_region *region, const tm_tracking_spec *spec)
{
  if (region->strategy != TM_STRATEGY_TRACKED || region->tracking != NULL) return -EINVAL;
  tm__tracking *tracking = calloc(1, sizeof *tracking);
  if (tracking == NULL) return -ENOMEM;
  tracking->spec = *spec;
  if (spec->limit > region->length) tracking->spec.limit = region->length;
  tracking->pagemap = tm__platform_open_pagemap();
  pthread_mutex_init(&tracking->mutex, NULL);
  region->tracking = tracking;
  int result = 0;
  if (spec->detection == TM_DETECT_GUARD_PAGES) {
    result = tm__guards_start(region);
  } else if (tracking->pagemap < 0) {
    result = tracking->pagemap;
  }
  if (result == 0) result = show_all(region);
  if (result != 0) free_tracking(region);
  return result;
}

void tm__tracking_end(tm_region *region)
{
  tm_file_close(region->tracking->spec.directory);
  free_tracking(region);
}

/* ---- What was written --------------------------------------------------------------------- */

typedef struct collection {
  const tm_region *region;
  tm__runs *runs;
} collection;

/* Appends [from, to), addresses, or makes the last run longer by it. */
static int append(void *data, uintptr_t from, uintptr_t to)
{
  const collection *into = data;
  tm__runs *runs = into->runs;
  uint64_t offset = from - into->region->base;
  if (runs->count > 0) {
    tm_run *last = &runs->items[runs->count - 1];
    if (last->offset + last->length == offset) {
      last->length += to - from;
      return 0;
    }
  }
  if (runs->count == runs->capacity) {
    size_t capacity = runs->capacity == 0 ? 64 : 2 * runs->capacity;
    tm_run *items = realloc(runs->items, capacity * sizeof *items);
    if (items == NULL) return -ENOMEM;
    runs->items = items;
    runs->capacity = capacity;
  }
  runs->items[runs->count++] = (tm_run){.offset = offset, .length = to - from};
  return 0;
}

/* Asks the kernel about region bytes [from, to). */
static int ask(const collection *into, uint64_t from, uint64_t to)
{
  const tm_region *region = into->region;
  int pagemap = region->tracking->pagemap;
  uint64_t file_end = whole_pages(region, region->tracking->stamp.length);
  uint64_t middle = file_end < from ? from : file_end > to ? to : file_end;
  int result = 0;
  /* A page of the kernel's zeros is in a file's place only where it merged a written one with it;
   * elsewhere it is what a read found. */
  if (from < middle) {
    result = tm__platform_written_pages(pagemap, region->base + from, region->base + middle, true,
                                        append, (void *)(uintptr_t)into);
  }
  if (result == 0 && middle < to) {
    result = tm__platform_written_pages(pagemap, region->base + middle, region->base + to, false,
                                        append, (void *)(uintptr_t)into);
  }
  return result;
}

/* Without the kernel's word and with all pages open: what differs from the file, and what is not
 * zero past its end. */
static int compare(const collection *into)
{
  const tm_region *region = into->region;
  size_t size = region->page_size;
  uint8_t *page = malloc(size);
  if (page == NULL) return -ENOMEM;
  int result = 0;
  for (uint64_t offset = 0; offset < region->length && result == 0; offset += size) {
    size_t got = 0;
    if (offset < region->tracking->stamp.length) {
      result = tm__file_read(region->fd, page, size, offset, &got);
    }
    memset(page + got, 0, size - got);
    uintptr_t address = region->base + offset;
    if (result == 0 && memcmp(page, (const void *)address, size) != 0) {
      result = append((void *)(uintptr_t)into, address, address + size);
    }
  }
  free(page);
  return result;
}

static int collect(const tm_region *region, tm__runs *runs)
{
  const tm__tracking *tracking = region->tracking;
  collection into = {.region = region, .runs = runs};
  bool guarded = tracking->spec.detection == TM_DETECT_GUARD_PAGES;
  bool all_open = guarded && atomic_load(&((tm__tracking *)(uintptr_t)tracking)->all_open) != 0;
  if (!guarded || (all_open && tracking->pagemap >= 0)) return ask(&into, 0, region->length);
  if (all_open) return compare(&into);
  size_t first;
  size_t end = 0;
  int result = 0;
  while (result == 0 && tm__guards_next(tracking, end, &first, &end)) {
    uint64_t from = first * region->page_size;
    uint64_t to = end * region->page_size;
    result = tracking->pagemap >= 0
                 ? ask(&into, from, to)
                 : append(&into, region->base + from, region->base + to);
  }
  return result;
}

/* The bytes past the file's end in its last page can be written without anyone noticing: what is
 * not zero there was. */
static bool tail_is_used(const tm_region *region, const tm__runs *runs)
{
  uint64_t from = region->tracking->stamp.length;
  uint64_t to = whole_pages(region, from);
  for (size_t index = runs->count; index-- > 0 && from < to;) {
    const tm_run *run = &runs->items[index];
    if (run->offset + run->length < to) return false;
    if (run->offset >= to) continue;
    const volatile uint8_t *bytes = (const volatile uint8_t *)region->base;
    for (uint64_t at = from; at < to; at++) {
      if (bytes[at] != 0) return true;
    }
    return false;
  }
  return false;
}

uint64_t tm__tracking_length(const tm_region *region, const tm__runs *runs)
{
  uint64_t length = region->tracking->stamp.length;
  uint64_t limit = region->tracking->spec.limit;
  uint64_t end = whole_pages(region, length);
  const tm_run *last = runs->count > 0 ? &runs->items[runs->count - 1] : NULL;
  if (last != NULL && last->offset + last->length > end) {
    end = last->offset + last->length;
  } else if (!tail_is_used(region, runs)) {
    end = length;
  }
  return end < limit ? end : limit;
}

int tm_tracking_dirty(tm_region *region, tm_run **items, size_t *count, uint64_t *length)
{
  tm__runs runs = {0};
  pthread_mutex_lock(&region->tracking->mutex);
  int result = collect(region, &runs);
  if (result == 0) *length = tm__tracking_length(region, &runs);
  pthread_mutex_unlock(&region->tracking->mutex);
  if (result != 0) {
    free(runs.items);
    return result;
  }
  *items = runs.items;
  *count = runs.count;
  return 0;
}

int tm_tracking_touch(tm_region *region, uint64_t offset, uint64_t length)
{
  uint64_t size = region->page_size;
  if (length == 0) return 0;
  /* Writes what is there, in one step: nobody's store is lost. */
  for (uint64_t at = offset / size * size; at < offset + length; at += size) {
    __atomic_fetch_or((uint8_t *)(region->base + at), 0, __ATOMIC_SEQ_CST);
  }
  return 0;
}

/* ---- Keeping writers out ------------------------------------------------------------------ */

/* Up to so many runs are protected one by one, so that the cost is that of what was written; each
 * adds map entries, so more are not. */
enum { MOST_RUNS_APART = 256 };

static void protect_runs(tm_region *region, const tm__runs *runs, int protection)
{
  if (runs->count > MOST_RUNS_APART) {
    mprotect((void *)region->base, region->length, protection);
    return;
  }
  for (size_t index = 0; index < runs->count; index++) {
    const tm_run *run = &runs->items[index];
    mprotect((void *)(region->base + run->offset), (size_t)run->length, protection);
  }
}

static void protect_past_end(tm_region *region, int protection)
{
  uint64_t end = whole_pages(region, region->tracking->stamp.length);
  if (end >= region->length) return;
  mprotect((void *)(region->base + end), (size_t)(region->length - end), protection);
}

static void keep_out(tm__tracking *tracking)
{
  atomic_store(&tracking->frozen, 1);
  while (atomic_load(&tracking->openers) != 0) sched_yield();
}

int tm__tracking_freeze(tm_region *region, tm__runs *runs)
{
  tm__tracking *tracking = region->tracking;
  keep_out(tracking);
  if (tracking->spec.detection == TM_DETECT_KERNEL) {
    /* Past the end all of it, as the file may take its place. In the file's pages, what is written
     * between the two steps stays written: it is no part of this commit. */
    protect_past_end(region, PROT_READ);
    int result = collect(region, runs);
    if (result == 0) protect_runs(region, runs, PROT_READ);
    return result;
  }
  /* The kernel passes over what has this protection already. */
  if (mprotect((void *)region->base, region->length, PROT_READ) != 0) return -errno;
  return collect(region, runs);
}

void tm__tracking_thaw(tm_region *region, const tm__runs *runs, bool kept)
{
  tm__tracking *tracking = region->tracking;
  if (tracking->spec.detection == TM_DETECT_KERNEL) {
    protect_runs(region, runs, PROT_READ | PROT_WRITE);
    protect_past_end(region, PROT_READ | PROT_WRITE);
  } else if (!kept) {
    tm__guards_clear(tracking);
  }
  atomic_store(&tracking->frozen, 0);
}

void tm__tracking_clean(tm_region *region, const tm__runs *runs, const tm__stamp *stamp)
{
  uint64_t old_end = whole_pages(region, region->tracking->stamp.length);
  uint64_t new_end = whole_pages(region, stamp->length);
  uint64_t kept_end = old_end < new_end ? old_end : new_end;
  uint64_t highest = old_end;
  for (size_t index = 0; index < runs->count; index++) {
    const tm_run *run = &runs->items[index];
    uint64_t end = run->offset + run->length;
    if (end > highest) highest = end;
    if (end > kept_end) end = kept_end;
    if (end <= run->offset) continue;
    /* Should it fail, the page stays the program's own, which holds the same. */
    madvise((void *)(region->base + run->offset), (size_t)(end - run->offset), MADV_DONTNEED);
  }
  show(region, region->fd, old_end, new_end);
  show(region, -1, new_end, highest);
  region->tracking->stamp = *stamp;
}

int tm_tracking_rollback(tm_region *region)
{
  tm__tracking *tracking = region->tracking;
  pthread_mutex_lock(&tracking->mutex);
  keep_out(tracking);
  int result = show_all(region);
  if (result == 0 && tracking->pages != NULL) tm__guards_clear(tracking);
  atomic_store(&tracking->frozen, 0);
  pthread_mutex_unlock(&tracking->mutex);
  return result;
}
