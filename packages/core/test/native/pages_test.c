/* pages_test.c: protection, advice, locking, residency, populating and flushing of pages. */
#include "expect.h"

#include <sys/mman.h>

static const size_t PAGES = 64;

static void protection_holds(void)
{
  size_t page = tm_page_size();
  tm_region *region = open_anonymous(PAGES * page, 0);
  char *base = tm_region_base(region);
  expect_equal(tm_region_protect(region, page, page, TM_ACCESS_READ), 0);
  store(base, 0, 1);
  expect_equal(load(base, page), 0);
  expect_no_fault(region);
  store(base, page, 1);
  expect_equal(only_fault(region).kind, TM_FAULT_READ_ONLY);
  expect_equal(tm_region_protect(region, 2 * page, page, TM_ACCESS_NONE), 0);
  load(base, 2 * page);
  expect_equal(only_fault(region).kind, TM_FAULT_NO_ACCESS);
  end_region(region);
}

static void every_advice_is_taken_or_refused(void)
{
  size_t length = PAGES * tm_page_size();
  tm_region *region = open_anonymous(length, 0);
  for (int advice = 0; advice < TM_ADVICE_COUNT; advice++) {
    int result = tm_pages_advise(tm_region_base(region), length, (enum tm_advice)advice);
    if (result != 0) fprintf(stderr, "advice %d: %s\n", advice, strerror(-result));
    expect(result == 0 || result == -EOPNOTSUPP || result == -EINVAL);
  }
  end_region(region);
}

static void dont_need_empties_anonymous_memory(void)
{
  size_t page = tm_page_size();
  tm_region *region = open_anonymous(page, 0);
  char *base = tm_region_base(region);
  store(base, 7, 9);
  expect_equal(tm_pages_advise(base, page, TM_ADVICE_DONT_NEED), 0);
  expect_equal(load(base, 7), 0);
  end_region(region);
}

/* The bitmap says which pages were touched, each alone, also past the first chunk of the call. */
static void residency_is_exact(void)
{
  size_t page = tm_page_size();
  size_t pages = 5000;
  tm_region *region = open_anonymous(pages * page, 0);
  char *base = tm_region_base(region);
  expect_equal(tm_pages_advise(base, pages * page, TM_ADVICE_NO_HUGE_PAGE), 0);
  static const size_t touched[] = {0, 3, 8, 4095, 4096, 4999};
  for (size_t index = 0; index < 6; index++) store(base, touched[index] * page, 1);
  uint8_t bitmap[625] = {0};
  expect_equal(tm_pages_residency(base, pages * page, bitmap), 6);
  int bits = 0;
  for (size_t at = 0; at < pages; at++) bits += (bitmap[at / 8] >> (at % 8)) & 1;
  expect_equal(bits, 6);
  for (size_t index = 0; index < 6; index++) {
    expect_equal((bitmap[touched[index] / 8] >> (touched[index] % 8)) & 1, 1);
  }
  end_region(region);
}

static void populating_brings_pages_in(void)
{
  size_t length = PAGES * tm_page_size();
  tm_region *region = open_anonymous(length, 0);
  int result = tm_pages_populate(tm_region_base(region), length, true);
  if (result == -ENOSYS) {
    end_region(region);
    return;
  }
  expect_equal(result, 0);
  uint8_t bitmap[8] = {0};
  expect_equal(tm_pages_residency(tm_region_base(region), length, bitmap), (int64_t)PAGES);
  end_region(region);
}

static void populating_past_the_end_is_an_error_and_no_signal(void)
{
  size_t page = tm_page_size();
  tm_region *region = open_fixed(temporary_file_of(page), TM_ACCESS_READ_WRITE, 0, 4 * page);
  int result = tm_pages_populate(tm_region_base(region), 4 * page, true);
  expect(result == -EFAULT || result == -ENOSYS);
  expect_no_fault(region);
  end_region(region);
}

static void locking_respects_the_limit(void)
{
#ifdef __SANITIZE_ADDRESS__
  /* Its mlock does nothing. */
  return;
#endif
  struct rlimit none = {0, 0};
  size_t length = PAGES * tm_page_size();
  tm_region *region = open_anonymous(length, 0);
  expect_equal(tm_pages_lock(tm_region_base(region), length), 0);
  expect_equal(tm_pages_unlock(tm_region_base(region), length), 0);
  if (geteuid() == 0) {
    expect_equal(setgid(65534), 0);
    expect_equal(setuid(65534), 0);
  }
  setrlimit(RLIMIT_MEMLOCK, &none);
  int result = tm_pages_lock(tm_region_base(region), length);
  expect(result == -ENOMEM || result == -EPERM || result == -EAGAIN);
}

static void flushing_takes_every_flag(void)
{
  size_t length = PAGES * tm_page_size();
  int fd = temporary_file_of(length);
  tm_region *region = open_fixed(fd, TM_ACCESS_READ_WRITE, 0, length);
  char *base = tm_region_base(region);
  store(base, 100, 5);
  expect_equal(tm_pages_flush(base, length, 0), 0);
  expect_equal(tm_pages_flush(base, length, TM_FLUSH_ASYNC), 0);
  expect_equal(tm_pages_flush(base, length, TM_FLUSH_INVALIDATE), 0);
  expect_equal(byte_of(fd, 100), 5);
  /* A locked page is not to be invalidated (msync(2), EBUSY). */
  expect_equal(tm_pages_lock(base, length), 0);
  int result = tm_pages_flush(base, length, TM_FLUSH_INVALIDATE);
  expect(result == -EBUSY || result == 0);
  end_region(region);
}

int main(void)
{
  size_t page = tm_page_size();
  expect(page >= 4096 && (page & (page - 1)) == 0);
  expect(tm_huge_page_size() % page == 0);
  protection_holds();
  every_advice_is_taken_or_refused();
  dont_need_empties_anonymous_memory();
  residency_is_exact();
  if (!is_emulated()) populating_brings_pages_in();
  if (!is_emulated()) populating_past_the_end_is_an_error_and_no_signal();
  flushing_takes_every_flag();
  expect_equal(ending_of(locking_respects_the_limit), 0);
  return 0;
}
