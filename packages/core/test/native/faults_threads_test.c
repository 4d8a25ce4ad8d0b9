/* faults_threads_test.c: threads that open, fault, release, take records and close, all at once. */
#include "expect.h"
#include "internal.h"

#include <pthread.h>
#include <stdatomic.h>

static size_t page;

static void start(pthread_t *threads, size_t count, void *(*run)(void *), void *data)
{
  for (size_t index = 0; index < count; index++) {
    expect_equal(pthread_create(&threads[index], NULL, run, data), 0);
  }
}

static void join(pthread_t *threads, size_t count)
{
  for (size_t index = 0; index < count; index++) pthread_join(threads[index], NULL);
}

/* ---- The table changes while others fault ------------------------------------------------- */

enum { CHURN_ROUNDS = 150, THREADS = 4 };

static void *open_fault_close(void *unused)
{
  (void)unused;
  for (size_t round = 0; round < CHURN_ROUNDS; round++) {
    int fd = temporary_file();
    enum tm_strategy strategy = round % 2 == 0 ? TM_STRATEGY_EXTEND_FILE : TM_STRATEGY_REMAP;
    tm_region *growing = open_growing(fd, strategy, 256 * page);
    tm_region *guarded = open_anonymous(4 * page, 0);
    expect_equal(tm_region_protect(guarded, 0, 4 * page, TM_ACCESS_NONE), 0);
    store(tm_region_base(growing), 200 * page, 3);
    store(tm_region_base(growing), 3 * page, 4);
    load(tm_region_base(guarded), 2 * page);
    expect_equal(byte_of(fd, 200 * page), 3);
    expect_equal(byte_of(fd, 3 * page), 4);
    expect_no_fault(growing);
    expect_equal(only_fault(guarded).kind, TM_FAULT_NO_ACCESS);
    end_region(growing);
    end_region(guarded);
    if (round % 16 == 0) tm__quarantine_drain();
  }
  return NULL;
}

static void the_table_changes_under_faults(void)
{
  pthread_t threads[THREADS];
  start(threads, THREADS, open_fault_close, NULL);
  join(threads, THREADS);
  tm__quarantine_drain();
  expect_equal(tm_region_count(), 0);
}

/* ---- Closed while others write ------------------------------------------------------------ */

enum { CLOSE_ROUNDS = 60, WRITERS = 3, PAGES = 512 };

typedef struct shared_writing {
  tm_region *region;
  int fd;
  _Atomic int begun;
} shared_writing;

static void *write_all(void *data)
{
  shared_writing *of = data;
  char *base = tm_region_base(of->region);
  for (size_t at = 0; at < PAGES; at++) {
    /* Each thread a byte of its own in every page. */
    store(base, at * page + (size_t)(uintptr_t)pthread_self() / 64 % page, 1);
    if (at == PAGES / 8) atomic_fetch_add(&of->begun, 1);
  }
  return NULL;
}

/* Each store grew the file or was recorded as one to a closed region; none ended the process. */
static void closing_while_others_write(enum tm_strategy strategy)
{
  for (int round = 0; round < CLOSE_ROUNDS; round++) {
    shared_writing shared = {.fd = temporary_file()};
    shared.region = open_growing(shared.fd, strategy, PAGES * page);
    pthread_t threads[WRITERS];
    start(threads, WRITERS, write_all, &shared);
    while (atomic_load(&shared.begun) < 1 + round % WRITERS) sched_yield();
    int fd = -1;
    expect_equal(tm_region_close(shared.region, &fd), 0);
    uint64_t length = length_of(fd);
    join(threads, WRITERS);
    /* Nothing was done to the file after the close. */
    expect_equal(length_of(fd), length);
    tm_fault faults[TM_FAULTS_KEPT];
    uint32_t kept;
    tm_region_take_faults(shared.region, faults, &kept);
    for (uint32_t index = 0; index < kept; index++) {
      expect_equal(faults[index].kind, TM_FAULT_CLOSED);
    }
    tm_region_retire(shared.region);
    close(fd);
  }
}

/* ---- Recorded and taken at once ----------------------------------------------------------- */

enum { GUARD_PAGES = 3000 };

static _Atomic size_t next_guard;
static _Atomic uint32_t announced;

static void *touch_guards(void *data)
{
  tm_region *region = data;
  for (;;) {
    size_t at = atomic_fetch_add(&next_guard, 1);
    if (at >= GUARD_PAGES) return NULL;
    load(tm_region_base(region), at * page);
  }
}

static void count_notice(void *data)
{
  atomic_fetch_add((_Atomic uint32_t *)data, 1);
}

static void records_are_whole_and_all_counted(void)
{
  tm_region *region = open_anonymous(GUARD_PAGES * page, 0);
  expect_equal(tm_region_protect(region, 0, GUARD_PAGES * page, TM_ACCESS_NONE), 0);
  tm_region_notify(region, count_notice, &announced);
  pthread_t threads[THREADS];
  start(threads, THREADS, touch_guards, region);
  uint32_t counted = 0;
  tm_fault faults[TM_FAULTS_KEPT];
  uint32_t kept;
  while (counted < GUARD_PAGES) {
    counted += tm_region_take_faults(region, faults, &kept);
    for (uint32_t index = 0; index < kept; index++) {
      expect_equal(faults[index].kind, TM_FAULT_NO_ACCESS);
      expect_equal(faults[index].offset % page, 0);
      expect(faults[index].offset < GUARD_PAGES * page);
    }
  }
  join(threads, THREADS);
  expect_equal(counted, GUARD_PAGES);
  tm_region_notify(region, NULL, NULL);
  expect_equal(atomic_load(&announced), GUARD_PAGES);
  end_region(region);
}

/* ---- One page, many threads --------------------------------------------------------------- */

enum { SAME_PAGES = 200 };

static OF_MAPPED_MEMORY void count_up(void *base, size_t offset)
{
  __atomic_fetch_add((unsigned char *)base + offset, 1, __ATOMIC_RELAXED);
}

static void *touch_same_pages(void *data)
{
  tm_region *region = data;
  for (size_t at = 0; at < SAME_PAGES; at++) count_up(tm_region_base(region), at * page);
  return NULL;
}

/* None of them puts a scratch page where another has just made the access possible. */
static void the_same_page_at_once_loses_nothing(enum tm_strategy strategy)
{
  int fd = temporary_file();
  tm_region_spec spec = {.source = TM_SOURCE_FILE,
                         .strategy = strategy,
                         .access = TM_ACCESS_READ_WRITE,
                         .fd = fd,
                         .length = SAME_PAGES * page,
                         .step_min = page,
                         .step_max = page};
  tm_region *region = open_region(&spec);
  pthread_t threads[THREADS];
  start(threads, THREADS, touch_same_pages, region);
  join(threads, THREADS);
  expect_no_fault(region);
  for (size_t at = 0; at < SAME_PAGES; at++) expect_equal(byte_of(fd, at * page), THREADS);
  end_region(region);
}

int main(void)
{
  page = tm_page_size();
  the_table_changes_under_faults();
  closing_while_others_write(TM_STRATEGY_EXTEND_FILE);
  closing_while_others_write(TM_STRATEGY_REMAP);
  records_are_whole_and_all_counted();
  the_same_page_at_once_loses_nothing(TM_STRATEGY_EXTEND_FILE);
  the_same_page_at_once_loses_nothing(TM_STRATEGY_REMAP);
  return 0;
}
