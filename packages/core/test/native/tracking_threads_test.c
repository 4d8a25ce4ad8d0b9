/* tracking_threads_test.c: threads that write to tracked memory while it is committed, and what a
 * handler opens for them. */
#include "expect.h"
#include "internal.h"

#include <pthread.h>

enum { THREADS = 4, PAGES = 4096, COMMITS = 40 };

static size_t page;
static char folder[512];

static tm_region *open_tracked(enum tm_detection detection)
{
  char path[600];
  snprintf(folder, sizeof folder, "%s/tidemark-XXXXXX", temporary_folder());
  expect(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/file", folder);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  expect(fd >= 0);
  tm_region_spec spec = {.source = TM_SOURCE_FILE,
                         .strategy = TM_STRATEGY_TRACKED,
                         .access = TM_ACCESS_READ_WRITE,
                         .flags = TM_REGION_COPY_ON_WRITE,
                         .fd = fd,
                         .length = PAGES * page};
  tm_region *region = NULL;
  expect_equal(tm_region_open(&spec, &region), 0);
  tm_tracking_spec tracking = {.detection = detection,
                               .limit = PAGES * page,
                               .directory = open(folder, O_RDONLY | O_CLOEXEC),
                               .name = "file",
                               .journal = "journal"};
  expect_equal(tm_tracking_start(region, &tracking), 0);
  return region;
}

static void end(tm_region *region)
{
  char path[600];
  expect_equal(tm_region_close(region, NULL), 0);
  tm_region_retire(region);
  snprintf(path, sizeof path, "%s/file", folder);
  expect_equal(unlink(path), 0);
  /* Nothing else is left there. */
  expect_equal(rmdir(folder), 0);
}

static void commit(tm_region *region)
{
  tm_failure failure;
  tm_commit how = {.durable = false};
  expect_equal(tm_tracking_commit(region, &how, &failure), 0);
}

static size_t dirty_pages(tm_region *region)
{
  tm_run *runs = NULL;
  size_t count = 0;
  uint64_t length = 0;
  expect_equal(tm_tracking_dirty(region, &runs, &count, &length), 0);
  size_t pages = 0;
  for (size_t index = 0; index < count; index++) pages += runs[index].length / page;
  free(runs);
  return pages;
}

/* ---- What is opened ----------------------------------------------------------------------- */

static void few_pages_are_opened_one_by_one(void)
{
  tm_region *region = open_tracked(TM_DETECT_GUARD_PAGES);
  errno = 12345;
  store(tm_region_base(region), 100 * page, 1);
  expect_equal(errno, 12345);
  store(tm_region_base(region), 300 * page, 1);
  size_t first;
  size_t last;
  expect(tm__guards_next(region->tracking, 0, &first, &last));
  expect_equal(first, 100);
  expect_equal(last, 101);
  expect(tm__guards_next(region->tracking, last, &first, &last));
  expect_equal(first, 300);
  expect(!tm__guards_next(region->tracking, last, &first, &last));
  expect_equal(dirty_pages(region), 2);
  end(region);
}

static void scattered_pages_are_opened_in_wider_windows(bool kernel_tells)
{
  tm_region *region = open_tracked(TM_DETECT_GUARD_PAGES);
  if (!kernel_tells) {
    tm_file_close(region->tracking->pagemap);
    region->tracking->pagemap = -1;
  }
  for (size_t at = 0; at < PAGES; at += 2) store(tm_region_base(region), at * page, 1);
  size_t fragments = atomic_load(&region->tracking->fragments);
  if (kernel_tells) expect(fragments < 100);
  if (!kernel_tells) expect_equal(fragments, PAGES / 2);
  expect_equal(dirty_pages(region), PAGES / 2);
  commit(region);
  expect_equal(dirty_pages(region), 0);
  end(region);
}

/* ---- Threads ------------------------------------------------------------------------------ */

typedef struct writer {
  pthread_t thread;
  void *base;
  size_t number;
  _Atomic bool *stop;
  unsigned char last;
} writer;

static void *write_on(void *data)
{
  writer *self = data;
  do {
    self->last++;
    for (size_t at = self->number; at < PAGES / 4; at += THREADS) {
      store(self->base, at * page + self->number, self->last);
    }
  } while (!atomic_load(self->stop));
  return NULL;
}

static void nothing_is_lost(enum tm_detection detection)
{
  tm_region *region = open_tracked(detection);
  _Atomic bool stop = false;
  writer writers[THREADS];
  for (size_t index = 0; index < THREADS; index++) {
    writers[index] = (writer){.base = tm_region_base(region), .number = index, .stop = &stop};
    expect_equal(pthread_create(&writers[index].thread, NULL, write_on, &writers[index]), 0);
  }
  for (size_t round = 0; round < COMMITS; round++) {
    commit(region);
    dirty_pages(region);
  }
  atomic_store(&stop, true);
  for (size_t index = 0; index < THREADS; index++) pthread_join(writers[index].thread, NULL);
  commit(region);
  expect_equal(dirty_pages(region), 0);
  for (size_t at = 0; at < PAGES / 4; at++) {
    const writer *by = &writers[at % THREADS];
    uint64_t offset = at * page + by->number;
    expect_equal(load(by->base, offset), by->last);
    expect_equal(byte_of(tm_region_fd(region), offset), by->last);
  }
  end(region);
}

/* ---- Checksums ---------------------------------------------------------------------------- */

/* Known answers of the reference implementation of XXH64. */
static void checksums_are_what_others_compute(void)
{
  expect(tm__checksum("", 0, 0) == UINT64_C(0xef46db3751d8e999));
  expect(tm__checksum("a", 1, 0) == UINT64_C(0xd24ec4f1a98c6e5b));
  expect(tm__checksum("abc", 3, 0) == UINT64_C(0x44bc2cf5ad770999));
}

int main(void)
{
  page = tm_page_size();
  checksums_are_what_others_compute();
  /* qemu-user has its own view of what is in memory. */
  if (is_emulated() || tm_tracking_kernel_detects() == 0) return SKIPPED;
  few_pages_are_opened_one_by_one();
  scattered_pages_are_opened_in_wider_windows(true);
  scattered_pages_are_opened_in_wider_windows(false);
  nothing_is_lost(TM_DETECT_GUARD_PAGES);
  nothing_is_lost(TM_DETECT_KERNEL);
  return 0;
}
