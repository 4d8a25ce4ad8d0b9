/* secret_test.c: secret memory is locked, not forked, and overwritten before it is let go.
 *
 * Pages that were let go cannot be looked at any more. So the test maps a memory object over the
 * region, and keeps a second view of the object's pages: what the close writes is seen there. */
#include "expect.h"

#include <sys/mman.h>

static size_t page;

/* A secret region whose pages are those of `fd`. */
static tm_region *secret_over(int fd, size_t length)
{
  tm_region *region = open_anonymous(length, TM_REGION_SECRET);
  void *base = tm_region_base(region);
  void *at = mmap(base, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
  expect(at == base);
  return region;
}

static void the_close_overwrites_every_byte(void)
{
  size_t length = 4 * page;
  int fd = tm_file_memory(length);
  unsigned char *view = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
  tm_region *region = secret_over(fd, length);
  memset(tm_region_base(region), 0x5a, length);
  expect_equal(view[length - 1], 0x5a);
  /* Not writable at the moment of the close: wiped all the same. */
  expect_equal(tm_region_protect(region, page, page, TM_ACCESS_READ), 0);
  expect_equal(tm_region_protect(region, 2 * page, page, TM_ACCESS_NONE), 0);
  end_region(region);
  for (size_t at = 0; at < length; at++) expect_equal(view[at], 0);
  munmap(view, length);
  close(fd);
}

static void a_released_part_is_overwritten(void)
{
  size_t length = 4 * page;
  int fd = tm_file_memory(length);
  unsigned char *view = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
  tm_region *region = secret_over(fd, length);
  memset(tm_region_base(region), 0x5a, length);
  expect_equal(tm_region_release(region, page, page), 0);
  for (size_t at = 0; at < length; at++) {
    expect_equal(view[at], at / page == 1 ? 0 : 0x5a);
  }
  end_region(region);
  for (size_t at = 0; at < length; at++) expect_equal(view[at], 0);
  munmap(view, length);
  close(fd);
}

#ifndef __SANITIZE_ADDRESS__ /* Whose mlock does nothing. */

/* The flags that /proc/self/smaps gives for the mapping at `address`. */
static void flags_at(const void *address, char *flags, size_t size)
{
  char start[32];
  char line[512];
  snprintf(start, sizeof start, "%lx-", (unsigned long)(uintptr_t)address);
  FILE *maps = fopen("/proc/self/smaps", "r");
  expect(maps != NULL);
  bool inside = false;
  flags[0] = '\0';
  while (fgets(line, sizeof line, maps) != NULL) {
    if (strncmp(line, start, strlen(start)) == 0) inside = true;
    if (inside && strncmp(line, "VmFlags:", 8) == 0) {
      snprintf(flags, size, "%s", line);
      break;
    }
  }
  fclose(maps);
}

static void it_is_locked_and_kept_out_of_dumps_and_children(void)
{
  tm_region *region = open_anonymous(2 * page, TM_REGION_SECRET);
  char flags[512];
  flags_at(tm_region_base(region), flags, sizeof flags);
  /* An emulator may show none. */
  if (flags[0] != '\0') {
    expect(strstr(flags, " lo") != NULL);
    expect(strstr(flags, " dd") != NULL);
    expect(strstr(flags, " dc") != NULL);
  }
  end_region(region);
}

static void what_cannot_be_locked_is_refused(void)
{
  struct rlimit none = {0, 0};
  if (geteuid() == 0) {
    expect_equal(setgid(65534), 0);
    expect_equal(setuid(65534), 0);
  }
  setrlimit(RLIMIT_MEMLOCK, &none);
  tm_region_spec spec = {.source = TM_SOURCE_ANONYMOUS,
                         .access = TM_ACCESS_READ_WRITE,
                         .flags = TM_REGION_SECRET,
                         .fd = -1,
                         .length = page};
  tm_region *region = NULL;
  int result = tm_region_open(&spec, &region);
  expect(result == -ENOMEM || result == -EPERM || result == -EAGAIN);
  expect(region == NULL);
}

#endif

static tm_region *inherited;

static void look_at_the_parents_secret(void)
{
  /* Not there: a fault of ours, recorded, and read as zero. */
  expect_equal(load(tm_region_base(inherited), 10), 0);
  expect_equal(only_fault(inherited).kind, TM_FAULT_NO_ACCESS);
}

static void a_child_does_not_see_it(void)
{
  inherited = open_anonymous(page, TM_REGION_SECRET);
  store(tm_region_base(inherited), 10, 99);
  expect_equal(ending_of(look_at_the_parents_secret), 0);
  expect_equal(load(tm_region_base(inherited), 10), 99);
  end_region(inherited);
}

int main(void)
{
  page = tm_page_size();
  the_close_overwrites_every_byte();
  a_released_part_is_overwritten();
  if (!is_emulated()) a_child_does_not_see_it();
#ifndef __SANITIZE_ADDRESS__
  if (!is_emulated()) it_is_locked_and_kept_out_of_dumps_and_children();
  expect_equal(ending_of(what_cannot_be_locked_is_refused), 0);
#endif
  return 0;
}
