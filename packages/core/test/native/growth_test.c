/* growth_test.c: files that grow under writes in every order, under every strategy, from one and
 * many. */
#include "expect.h"

#include <pthread.h>

enum { PAGES = 2048 };

static size_t page;

/* ---- One writer, every order -------------------------------------------------------------- */

static const enum tm_strategy strategies[] = {TM_STRATEGY_EXTEND_FILE, TM_STRATEGY_REMAP,
                                              TM_STRATEGY_EXPLICIT};

enum order { FORWARD, BACKWARD, FAR_FIRST, SHUFFLED, ORDERS };

static size_t page_at(enum order order, size_t step)
{
  switch (order) {
  case BACKWARD:
    return PAGES - 1 - step;
  case FAR_FIRST:
    return (step + PAGES - 3) % PAGES;
  case SHUFFLED:
    /* An odd factor visits all of a power of two once. */
    return (step * 1229 + 577) % PAGES;
  default:
    return step;
  }
}

static unsigned char mark_of(size_t number)
{
  return (unsigned char)(number * 31 % 255 + 1);
}

static void write_in_order(enum tm_strategy strategy, enum order order)
{
  int fd = temporary_file();
  tm_region *region = open_growing(fd, strategy, PAGES * page);
  char *base = tm_region_base(region);
  for (size_t step = 0; step < PAGES; step++) {
    size_t at = page_at(order, step);
    if (strategy == TM_STRATEGY_EXPLICIT) {
      expect_equal(tm_region_ensure(region, (at + 1) * page), 0);
    }
    store(base, at * page + at % page, mark_of(at));
  }
  expect_no_fault(region);
  expect_equal(length_of(fd), PAGES * page);
  for (size_t at = 0; at < PAGES; at++) {
    expect_equal(byte_of(fd, at * page + at % page), mark_of(at));
    expect_equal(load(base, at * page + at % page), mark_of(at));
  }
  end_region(region);
}

/* ---- Limits ------------------------------------------------------------------------------- */

static void the_reservation_ends_where_it_says(enum tm_strategy strategy)
{
  int fd = temporary_file();
  tm_region *region = open_growing(fd, strategy, 64 * page);
  expect_equal(tm_region_ensure(region, 64 * page), 0);
  expect_equal(length_of(fd), 64 * page);
  store(tm_region_base(region), 64 * page - 1, 1);
  expect_equal(tm_region_ensure(region, 64 * page + 1), -EFBIG);
  expect_equal(tm_region_ensure(region, UINT64_MAX - page), -EFBIG);
  expect_no_fault(region);
  end_region(region);
}

static void ensure_never_shortens(enum tm_strategy strategy)
{
  int fd = temporary_file_of(32 * page);
  tm_region *region = open_growing(fd, strategy, 64 * page);
  expect_equal(tm_region_ensure(region, 1), 0);
  expect_equal(length_of(fd), 32 * page);
  store(tm_region_base(region), 32 * page - 1, 1);
  expect_equal(byte_of(fd, 32 * page - 1), 1);
  end_region(region);
}

/* A window of a file that starts inside it, over a file that is shorter than its start. */
static void a_region_may_start_past_the_end(enum tm_strategy strategy)
{
  int fd = temporary_file_of(page);
  tm_region_spec spec = {.source = TM_SOURCE_FILE,
                         .strategy = strategy,
                         .access = TM_ACCESS_READ_WRITE,
                         .fd = fd,
                         .length = 64 * page,
                         .file_offset = 16 * page,
                         .step_min = page,
                         .step_max = 4 * page};
  tm_region *region = open_region(&spec);
  expect_equal(length_of(fd), page);
  expect_equal(tm_region_ensure(region, 3 * page), 0);
  store(tm_region_base(region), 2 * page, 8);
  expect_equal(byte_of(fd, 18 * page), 8);
  if (strategy != TM_STRATEGY_EXPLICIT) {
    store(tm_region_base(region), 64 * page - 1, 9);
    expect_equal(byte_of(fd, 80 * page - 1), 9);
  }
  expect_no_fault(region);
  end_region(region);
}

/* Far touches leave holes: a terabyte of reservation does not fill the disk. */
static void far_touches_take_little_space(void)
{
  int fd = temporary_file();
  tm_region *region = open_growing(fd, TM_STRATEGY_EXTEND_FILE, (size_t)1 << 36);
  char *base = tm_region_base(region);
  for (uint64_t at = (uint64_t)1 << 30; at < (uint64_t)1 << 36; at *= 2) store(base, at, 1);
  expect_no_fault(region);
  struct stat status;
  expect_equal(fstat(fd, &status), 0);
  expect(status.st_size > (off_t)1 << 35);
  expect(status.st_blocks * 512 < (off_t)1 << 28);
  end_region(region);
}

static void a_size_limit_is_met_exactly(void)
{
  struct rlimit limit = {100 * page, 100 * page};
  expect_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  for (size_t index = 0; index < 2; index++) {
    int fd = temporary_file();
    tm_region *region = open_growing(fd, strategies[index], 256 * page);
    char *base = tm_region_base(region);
    for (size_t at = 0; at < 100; at++) store(base, at * page, mark_of(at));
    expect_no_fault(region);
    expect_equal(tm_region_ensure(region, 101 * page), -EFBIG);
    store(base, 100 * page, 1);
    tm_fault fault = only_fault(region);
    expect_equal(fault.kind, TM_FAULT_EXTEND_REFUSED);
    expect_equal(fault.error, EFBIG);
    for (size_t at = 0; at < 100; at++) expect_equal(byte_of(fd, at * page), mark_of(at));
    end_region(region);
  }
}

/* Protection of what is not there yet would make a reservation into memory that reaches no file. */
static void protection_leaves_a_reservation_alone(void)
{
  int fd = temporary_file();
  tm_region *region = open_growing(fd, TM_STRATEGY_REMAP, 64 * page);
  char *base = tm_region_base(region);
  store(base, 0, 1);
  expect_equal(tm_region_protect(region, 0, 64 * page, TM_ACCESS_NONE), -EOPNOTSUPP);
  expect_equal(tm_region_protect(region, 0, 64 * page, TM_ACCESS_READ_WRITE), 0);
  expect_equal(tm_region_protect(region, 60 * page, page, TM_ACCESS_READ_WRITE), 0);
  store(base, 60 * page, 2);
  expect_equal(byte_of(fd, 60 * page), 2);
  expect_equal(tm_region_protect(region, 0, 64 * page, TM_ACCESS_READ_WRITE), 0);
  expect_no_fault(region);
  end_region(region);
}

/* ---- Many at once ------------------------------------------------------------------------- */

enum { WRITERS = 4 };

static tm_region *shared_region;
static int shared_file;
static enum tm_strategy shared_strategy;

static void write_share(char *base, size_t index)
{
  for (size_t at = index; at < PAGES; at += WRITERS) store(base, at * page, mark_of(at));
}

static void expect_all_pages(int fd)
{
  expect(length_of(fd) >= PAGES * page);
  for (size_t at = 0; at < PAGES; at++) expect_equal(byte_of(fd, at * page), mark_of(at));
}

static void *write_in_thread(void *index)
{
  write_share(tm_region_base(shared_region), (size_t)(uintptr_t)index);
  return NULL;
}

static void threads_lose_nothing(enum tm_strategy strategy)
{
  int fd = temporary_file();
  shared_region = open_growing(fd, strategy, PAGES * page);
  pthread_t threads[WRITERS];
  for (uintptr_t index = 0; index < WRITERS; index++) {
    expect_equal(pthread_create(&threads[index], NULL, write_in_thread, (void *)index), 0);
  }
  for (size_t index = 0; index < WRITERS; index++) pthread_join(threads[index], NULL);
  expect_no_fault(shared_region);
  expect_all_pages(fd);
  end_region(shared_region);
}

static void write_in_process(int index)
{
  tm_region *region = open_growing(opened_again(shared_file), shared_strategy, PAGES * page);
  write_share(tm_region_base(region), (size_t)index);
  expect_no_fault(region);
  end_region(region);
}

static void processes_lose_nothing(enum tm_strategy strategy)
{
  for (int round = 0; round < 3; round++) {
    shared_file = temporary_file();
    shared_strategy = strategy;
    in_processes(WRITERS, write_in_process);
    expect_all_pages(shared_file);
    close(shared_file);
  }
}

int main(void)
{
  page = tm_page_size();
  for (size_t index = 0; index < 3; index++) {
    for (int order = 0; order < ORDERS; order++) {
      write_in_order(strategies[index], (enum order)order);
    }
    the_reservation_ends_where_it_says(strategies[index]);
    ensure_never_shortens(strategies[index]);
    a_region_may_start_past_the_end(strategies[index]);
  }
  far_touches_take_little_space();
  expect_equal(ending_of(a_size_limit_is_met_exactly), 0);
  protection_leaves_a_reservation_alone();
  for (size_t index = 0; index < 2; index++) {
    threads_lose_nothing(strategies[index]);
    processes_lose_nothing(strategies[index]);
  }
  return 0;
}
