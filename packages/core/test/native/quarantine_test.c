/* quarantine_test.c: addresses of closed mappings stay reserved for a while, and then go back. */
#include "expect.h"
#include "internal.h"

#include <sys/mman.h>

enum { KEPT = 1024 };

static size_t page;

/* Whether any mapping holds this page. */
static bool is_mapped(void *address)
{
  return msync(address, page, MS_ASYNC) == 0;
}

static void a_retired_range_is_not_used_again_soon(void)
{
  tm_region *region = open_anonymous(16 * page, 0);
  char *base = tm_region_base(region);
  store(base, 0, 1);
  end_region(region);
  expect(is_mapped(base));
  for (int round = 0; round < 100; round++) {
    char *other = mmap(NULL, 16 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(other + 16 * page <= base || other >= base + 16 * page);
    munmap(other, 16 * page);
  }
  /* Work in flight that still reads and writes there does not end the process. */
  expect_equal(load(base, 0), 0);
  store(base, 5 * page, 2);
  tm__quarantine_drain();
  expect(!is_mapped(base));
  expect_equal(tm_region_count(), 0);
}

static void the_oldest_go_when_there_are_many(void)
{
  char *first = NULL;
  for (int index = 0; index <= KEPT; index++) {
    tm_region *region = open_anonymous(page, 0);
    if (index == 0) first = tm_region_base(region);
    end_region(region);
    if (index == KEPT - 1) expect(is_mapped(first));
  }
  expect_equal(tm_region_count(), KEPT);
  expect(!is_mapped(first));
  tm__quarantine_drain();
}

static void the_oldest_go_when_they_hold_much(void)
{
  int fd = temporary_file();
  for (int index = 0; index < 20; index++) {
    end_region(open_growing(opened_again(fd), TM_STRATEGY_EXTEND_FILE, (size_t)1 << 40));
  }
  /* Eight tebibytes of address space. */
  expect_equal(tm_region_count(), 8);
  tm__quarantine_drain();
  expect_equal(tm_region_count(), 0);
  close(fd);
}

static int count_of_descriptors(void)
{
  int count = 0;
  for (int fd = 0; fd < 256; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

static size_t count_of_map_entries(void)
{
  size_t lines = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  expect(maps != NULL);
  for (int byte = getc(maps); byte != EOF; byte = getc(maps)) lines += byte == '\n';
  fclose(maps);
  return lines;
}

static void many_cycles_leave_nothing(void)
{
  int fd = temporary_file_of(16 * page);
  int descriptors = count_of_descriptors();
  size_t entries = count_of_map_entries();
  int rounds = is_emulated() ? 300 : 10000;
  for (int round = 0; round < rounds; round++) {
    tm_region *region = open_growing(opened_again(fd), TM_STRATEGY_EXTEND_FILE, 64 * page);
    store(tm_region_base(region), 3 * page, 1);
    end_region(region);
  }
  tm__quarantine_drain();
  expect_equal(count_of_descriptors(), descriptors);
  expect(count_of_map_entries() <= entries + 4);
  close(fd);
}

int main(void)
{
  page = tm_page_size();
  a_retired_range_is_not_used_again_soon();
  the_oldest_go_when_there_are_many();
  /* Which keeps a table of all pages that are reserved. */
  if (!is_emulated()) the_oldest_go_when_they_hold_much();
  many_cycles_leave_nothing();
  return 0;
}
