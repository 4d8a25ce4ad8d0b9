/* prefault_threads_test.c: the thread that makes pages ready ahead, against writers and closes. */
#include "expect.h"
#include "internal.h"

#include <pthread.h>

enum { PAGES = 2048, ROUNDS = 12, WRITERS = 3 };

static size_t page;

static tm_region *open_prefaulting(int fd)
{
  tm_region_spec spec = {.source = TM_SOURCE_FILE,
                         .strategy = TM_STRATEGY_EXTEND_FILE,
                         .access = TM_ACCESS_READ_WRITE,
                         .flags = TM_REGION_PREFAULT,
                         .fd = fd,
                         .length = PAGES * page,
                         .step_min = 256 * page,
                         .step_max = 256 * page};
  return open_region(&spec);
}

/* Fills a file, and closes it while the thread may still be ahead. */
static void fill_and_close(size_t pages)
{
  int fd = temporary_file();
  int again = opened_again(fd);
  tm_region *region = open_prefaulting(fd);
  char *base = tm_region_base(region);
  for (size_t at = 0; at < pages; at++) store(base, at * page, (unsigned char)(at % 255 + 1));
  expect_no_fault(region);
  end_region(region);
  for (size_t at = 0; at < pages; at++) expect_equal(byte_of(again, at * page), at % 255 + 1);
  close(again);
}

static void *open_fill_close(void *unused)
{
  (void)unused;
  /* From one page, closed at once, to all of them. */
  for (size_t round = 0; round < ROUNDS; round++) fill_and_close(1 + round * PAGES / ROUNDS);
  return NULL;
}

/* The thread comes to pages that no one has touched. */
static void pages_come_before_they_are_touched(void)
{
  int fd = temporary_file();
  tm_region *region = open_prefaulting(fd);
  if (tm__platform_is_memory(fd) ||
      tm_pages_populate(tm_region_base(region), page, false) == -ENOSYS) {
    end_region(region);
    return;
  }
  store(tm_region_base(region), 0, 1);
  uint8_t bitmap[32];
  do {
    memset(bitmap, 0, sizeof bitmap);
  } while (tm_pages_residency(tm_region_base(region), 256 * page, bitmap) < 256);
  expect_no_fault(region);
  end_region(region);
}

int main(void)
{
  page = tm_page_size();
  pages_come_before_they_are_touched();
  pthread_t threads[WRITERS];
  for (size_t index = 0; index < WRITERS; index++) {
    expect_equal(pthread_create(&threads[index], NULL, open_fill_close, NULL), 0);
  }
  for (size_t index = 0; index < WRITERS; index++) pthread_join(threads[index], NULL);
  tm__quarantine_drain();
  expect_equal(tm_region_count(), 0);
  return 0;
}
