/* file_systems_test.c: a disk that is full, and a file system that cannot allocate. Mounts small
 * ones in memory, in a mount name space of its own; needs root. */
#include "expect.h"
#include "internal.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>

static size_t page;
static char folder[64];

static void mount_in_memory(const char *type, const char *options)
{
  expect_equal(mount(type, folder, type, 0, options), 0);
}

static int new_file(void)
{
  char path[96];
  snprintf(path, sizeof path, "%s/file", folder);
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  expect(fd >= 0);
  return fd;
}

static void leave(void)
{
  expect_equal(umount2(folder, MNT_DETACH), 0);
}

/* ---- A full disk -------------------------------------------------------------------------- */

enum { ROOM_PAGES = 64 };

static void growing_fills_the_disk_and_goes_on(enum tm_strategy strategy)
{
  mount_in_memory("tmpfs", "size=256k");
  int fd = new_file();
  tm_region *region = open_growing(fd, strategy, 4 * ROOM_PAGES * page);
  char *base = tm_region_base(region);
  size_t full_at = 0;
  for (size_t at = 0; at < 2 * ROOM_PAGES; at++) {
    store(base, at * page, (unsigned char)(at + 1));
    tm_region_counts counts;
    tm_region_counts_read(region, &counts);
    if (counts.recorded == 0) full_at = at + 1;
  }
  /* The last page was used; what was written before is there; each page after it was recorded. */
  expect_equal(full_at, 262144 / page);
  tm_fault faults[TM_FAULTS_KEPT];
  uint32_t kept;
  expect_equal(tm_region_take_faults(region, faults, &kept), 2 * ROOM_PAGES - full_at);
  for (uint32_t index = 0; index < kept; index++) {
    expect(faults[index].kind == TM_FAULT_EXTEND_REFUSED ||
           faults[index].kind == TM_FAULT_NO_SPACE);
    expect_equal(faults[index].error, ENOSPC);
    expect_equal(faults[index].offset, (full_at + index) * page);
  }
  for (size_t at = 0; at < full_at; at++) expect_equal(byte_of(fd, at * page), at + 1);
  end_region(region);
  leave();
}

/* A hole inside a file that does not grow: neither its blocks nor its length can be had. */
static void a_hole_on_a_full_disk_is_recorded(void)
{
  mount_in_memory("tmpfs", "size=64k");
  int fd = new_file();
  uint64_t length = 20 * page + 1000;
  expect_equal(ftruncate(fd, (off_t)length), 0);
  tm_region *region = open_fixed(fd, TM_ACCESS_READ_WRITE, 0, 21 * page);
  char *base = tm_region_base(region);
  for (size_t at = 0; at < 16; at++) store(base, at * page, 1);
  expect_no_fault(region);
  store(base, 20 * page, 1);
  tm_fault fault = only_fault(region);
  expect_equal(fault.kind, TM_FAULT_NO_SPACE);
  expect_equal(fault.error, ENOSPC);
  expect_equal(length_of(fd), length);
  end_region(region);
  leave();
}

/* Room that comes back is used: only the pages that were refused are lost. */
static void a_disk_with_room_again_is_written(void)
{
  mount_in_memory("tmpfs", "size=64k");
  int fd = new_file();
  tm_region *region = open_growing(fd, TM_STRATEGY_EXTEND_FILE, 64 * page);
  char *base = tm_region_base(region);
  for (size_t at = 0; at < 17; at++) store(base, at * page, 1);
  expect_equal(only_fault(region).error, ENOSPC);
  expect_equal(mount("tmpfs", folder, "tmpfs", MS_REMOUNT, "size=1m"), 0);
  store(base, 20 * page, 7);
  expect_no_fault(region);
  expect_equal(byte_of(fd, 20 * page), 7);
  end_region(region);
  leave();
}

/* ---- Without fallocate -------------------------------------------------------------------- */

enum { WRITERS = 4, PAGES = 512 };

static void write_share(int index)
{
  char path[96];
  snprintf(path, sizeof path, "%s/file", folder);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  enum tm_strategy strategy = index % 2 == 0 ? TM_STRATEGY_EXTEND_FILE : TM_STRATEGY_REMAP;
  tm_region *region = open_growing(fd, strategy, PAGES * page);
  char *base = tm_region_base(region);
  for (size_t at = (size_t)index; at < PAGES; at += WRITERS) {
    store(base, at * page, (unsigned char)(at % 255 + 1));
  }
  expect_no_fault(region);
  end_region(region);
}

static void processes_lose_nothing_without_fallocate(void)
{
  mount_in_memory("ramfs", NULL);
  for (int round = 0; round < 5; round++) {
    int fd = new_file();
    expect_equal(tm__platform_allocate(fd, 0, page), -EOPNOTSUPP);
    in_processes(WRITERS, write_share);
    for (size_t at = 0; at < PAGES; at++) expect_equal(byte_of(fd, at * page), at % 255 + 1);
    close(fd);
  }
  leave();
}

int main(void)
{
  page = tm_page_size();
  if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
      mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
    fprintf(stderr, "cannot mount here: %s\n", geteuid() != 0 ? "not root" : strerror(errno));
    return SKIPPED;
  }
  snprintf(folder, sizeof folder, "/tmp/tidemark-mount-XXXXXX");
  expect(mkdtemp(folder) != NULL);
  growing_fills_the_disk_and_goes_on(TM_STRATEGY_EXTEND_FILE);
  growing_fills_the_disk_and_goes_on(TM_STRATEGY_REMAP);
  a_hole_on_a_full_disk_is_recorded();
  a_disk_with_room_again_is_written();
  processes_lose_nothing_without_fallocate();
  rmdir(folder);
  return 0;
}
