/* faults_test.c: what becomes of each kind of fault, and what is recorded of it. */
#include "expect.h"

#include <setjmp.h>
#include <sys/mman.h>

static size_t page;

/* ---- Growing ------------------------------------------------------------------------------ */

static void a_touch_past_the_end_extends(void)
{
  static const enum tm_strategy strategies[] = {TM_STRATEGY_EXTEND_FILE, TM_STRATEGY_REMAP};
  for (size_t index = 0; index < 2; index++) {
    int fd = temporary_file();
    tm_region *region = open_growing(fd, strategies[index], 4096 * page);
    char *base = tm_region_base(region);
    errno = 12345;
    store(base, 100, 7);
    expect_equal(errno, 12345);
    expect(length_of(fd) >= page);
    expect_equal(length_of(fd) % page, 0);
    expect_equal(byte_of(fd, 100), 7);
    expect_equal(load(base, 50 * page), 0);
    expect(length_of(fd) >= 51 * page);
    expect_no_fault(region);
    tm_region_counts counts;
    tm_region_counts_read(region, &counts);
    expect_equal(counts.file_end, length_of(fd));
    expect_equal(counts.recorded, 0);
    end_region(region);
  }
}

static void a_refusal_is_recorded_and_the_rest_stays(void)
{
  struct rlimit limit = {4 * page, 4 * page};
  expect_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  int fd = temporary_file();
  tm_region *region = open_growing(fd, TM_STRATEGY_EXTEND_FILE, 64 * page);
  char *base = tm_region_base(region);
  /* Retried with one page: the file is filled to the limit exactly. */
  for (size_t at = 0; at < 4; at++) store(base, at * page, (unsigned char)(at + 1));
  expect_no_fault(region);
  expect_equal(length_of(fd), 4 * page);
  store(base, 9 * page + 5, 77);
  /* Until the fault is taken, the scratch page keeps what is written. */
  expect_equal(load(base, 9 * page + 5), 77);
  tm_fault fault = only_fault(region);
  expect_equal(fault.kind, TM_FAULT_EXTEND_REFUSED);
  expect_equal(fault.error, EFBIG);
  expect_equal(fault.offset, 9 * page + 5);
  /* From then on it is the file's page again: a store there is refused again, and told again. */
  store(base, 9 * page + 6, 78);
  expect_equal(load(base, 9 * page + 5), 0);
  expect_equal(only_fault(region).offset, 9 * page + 6);
  for (size_t at = 0; at < 4; at++) expect_equal(byte_of(fd, at * page), at + 1);
  expect_equal(length_of(fd), 4 * page);
  end_region(region);
}

static void a_growing_file_that_was_truncated_is_extended_again(void)
{
  int fd = temporary_file();
  tm_region *region = open_growing(fd, TM_STRATEGY_EXTEND_FILE, 64 * page);
  char *base = tm_region_base(region);
  store(base, 8 * page, 1);
  expect_equal(ftruncate(fd, (off_t)page), 0);
  store(base, 8 * page, 2);
  tm_fault fault = only_fault(region);
  expect_equal(fault.kind, TM_FAULT_TRUNCATED);
  expect_equal(fault.offset, 8 * page);
  expect_equal(byte_of(fd, 8 * page), 2);
  end_region(region);
}

/* ---- Not growing -------------------------------------------------------------------------- */

static void a_file_that_ends_early_reads_as_zeros(void)
{
  static const unsigned flags[] = {0, TM_REGION_COPY_ON_WRITE};
  for (size_t index = 0; index < 2; index++) {
    int fd = temporary_file_of(4 * page);
    tm_region *region = open_fixed(fd, TM_ACCESS_READ_WRITE, flags[index], 8 * page);
    char *base = tm_region_base(region);
    store(base, 0, 1);
    expect_equal(load(base, 5 * page), 0);
    tm_fault fault = only_fault(region);
    expect_equal(fault.kind, TM_FAULT_PAST_END);
    expect_equal(fault.offset, 5 * page);
    expect_equal(fault.write, false);
    expect_equal(ftruncate(fd, 0), 0);
    store(base, 2 * page, 3);
    expect_equal(load(base, 2 * page), 3);
    expect_equal(only_fault(region).kind, TM_FAULT_PAST_END);
    expect_equal(length_of(fd), 0);
    end_region(region);
  }
}

static void a_write_to_read_only_memory_keeps_what_is_read(void)
{
  int fd = temporary_file();
  expect_equal(write(fd, "tide", 4), 4);
  expect_equal(ftruncate(fd, (off_t)(2 * page)), 0);
  tm_region *region = open_fixed(fd, TM_ACCESS_READ, 0, 2 * page);
  char *base = tm_region_base(region);
  store(base, 1, 'o');
  tm_fault fault = only_fault(region);
  expect_equal(fault.kind, TM_FAULT_READ_ONLY);
  expect_equal(fault.offset, 1);
  expect_equal(fault.write, true);
  expect_equal(memcmp(base, "tode", 4), 0);
  expect_equal(byte_of(fd, 1), 'i');
  store(base, 2, 'n');
  expect_no_fault(region);
  end_region(region);
}

static void released_and_guarded_pages_are_recorded(void)
{
  tm_region *region = open_anonymous(8 * page, 0);
  char *base = tm_region_base(region);
  for (size_t at = 0; at < 8; at++) store(base, at * page, (unsigned char)(at + 1));
  expect_equal(tm_region_release(region, 3 * page, 2 * page), 0);
  expect_equal(tm_region_protect(region, 6 * page, page, TM_ACCESS_NONE), 0);
  expect_equal(load(base, 3 * page + 9), 0);
  tm_fault fault = only_fault(region);
  expect_equal(fault.kind, TM_FAULT_NO_ACCESS);
  expect_equal(fault.offset, 3 * page + 9);
  store(base, 6 * page, 1);
  expect_equal(only_fault(region).kind, TM_FAULT_NO_ACCESS);
  for (size_t at = 0; at < 8; at++) {
    if (at != 3 && at != 4 && at != 6) expect_equal(load(base, at * page), at + 1);
  }
  end_region(region);
}

static void memory_of_a_closed_region_reads_as_zeros(void)
{
  int fd = temporary_file_of(2 * page);
  tm_region *region = open_fixed(fd, TM_ACCESS_READ_WRITE, 0, 2 * page);
  char *base = tm_region_base(region);
  store(base, 0, 1);
  int kept = -1;
  expect_equal(tm_region_close(region, &kept), 0);
  expect_equal(kept, fd);
  expect_equal(load(base, 0), 0);
  expect_equal(only_fault(region).kind, TM_FAULT_CLOSED);
  store(base, page, 2);
  expect_equal(only_fault(region).kind, TM_FAULT_CLOSED);
  expect_equal(byte_of(fd, 0), 1);
  expect_equal(byte_of(fd, page), 0);
  tm_region_retire(region);
  close(fd);
}

static void a_foreign_range_is_given_back_as_ordinary_memory(void)
{
  char *range = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect(range != MAP_FAILED);
  tm_region_spec spec = {.source = TM_SOURCE_FILE,
                         .access = TM_ACCESS_READ_WRITE,
                         .flags = TM_REGION_FOREIGN_RANGE,
                         .fd = temporary_file_of(2 * page),
                         .base = range,
                         .length = 4 * page};
  tm_region *region = open_region(&spec);
  expect(tm_region_base(region) == range);
  store(range, 0, 1);
  load(range, 3 * page);
  expect_equal(only_fault(region).kind, TM_FAULT_PAST_END);
  end_region(region);
  store(range, 0, 5);
  expect_equal(load(range, 0), 5);
  expect_equal(load(range, 3 * page), 0);
  munmap(range, 4 * page);
}

/* ---- Recording ---------------------------------------------------------------------------- */

static void the_first_faults_are_kept_and_all_are_counted(void)
{
  tm_region *region = open_anonymous(64 * page, 0);
  expect_equal(tm_region_protect(region, 0, 64 * page, TM_ACCESS_NONE), 0);
  char *base = tm_region_base(region);
  for (size_t round = 0; round < 3; round++) {
    for (size_t at = 0; at < 20; at++) load(base, (round * 20 + at) * page);
    tm_fault faults[TM_FAULTS_KEPT];
    uint32_t kept = 0;
    expect_equal(tm_region_take_faults(region, faults, &kept), 20);
    expect_equal(kept, TM_FAULTS_KEPT);
    for (uint32_t at = 0; at < kept; at++)
      expect_equal(faults[at].offset, (round * 20 + at) * page);
  }
  expect_no_fault(region);
  end_region(region);
}

/* Poisoned pages keep what was written, but not more of them than memory is spared for. */
static void old_scratch_pages_are_emptied(void)
{
  tm_region *region = open_fixed(temporary_file(), TM_ACCESS_READ_WRITE, 0, 200 * page);
  char *base = tm_region_base(region);
  for (size_t at = 0; at < 200; at++) store(base, at * page, 9);
  int full = 0;
  for (size_t at = 0; at < 200; at++) full += load(base, at * page) == 9;
  expect_equal(full, 32);
  expect_equal(load(base, 199 * page), 9);
  tm_region_counts counts;
  tm_region_counts_read(region, &counts);
  expect_equal(counts.recorded, 200);
  end_region(region);
}

static volatile int notified;

static void count_notice(void *data)
{
  ++*(volatile int *)data;
}

static void a_record_is_announced_until_told_not_to(void)
{
  tm_region *region = open_anonymous(4 * page, 0);
  char *base = tm_region_base(region);
  expect_equal(tm_region_protect(region, 0, 4 * page, TM_ACCESS_NONE), 0);
  load(base, 0);
  tm_region_notify(region, count_notice, (void *)(uintptr_t)&notified);
  load(base, page);
  expect_equal(notified, 1);
  tm_region_notify(region, NULL, NULL);
  load(base, 2 * page);
  expect_equal(notified, 1);
  end_region(region);
}

/* ---- Not ours ----------------------------------------------------------------------------- */

static void jump_into_a_mapping(void)
{
  tm_region *region = open_anonymous(page, 0);
  void (*code)(void);
  void *base = tm_region_base(region);
  memset(base, 0xc3, 16);
  memcpy(&code, &base, sizeof code);
  code();
}

/* The last byte of the reservation is ours, the next one is not. */
static void touch_one_past_the_reservation(void)
{
  char *range = mmap(NULL, 9 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  tm_region_spec spec = {.source = TM_SOURCE_FILE,
                         .strategy = TM_STRATEGY_EXTEND_FILE,
                         .access = TM_ACCESS_READ_WRITE,
                         .flags = TM_REGION_FOREIGN_RANGE,
                         .fd = temporary_file(),
                         .base = range,
                         .length = 8 * page,
                         .step_min = page,
                         .step_max = page};
  tm_region *region = open_region(&spec);
  store(range, 8 * page - 1, 1);
  expect_no_fault(region);
  expect_equal(length_of(tm_region_fd(region)), 8 * page);
  store(range, 8 * page, 1);
}

static void touch_address_zero(void)
{
  tm_region *region = open_anonymous(page, 0);
  store(tm_region_base(region), 0, 1);
  volatile uintptr_t nowhere = 16;
  store((void *)nowhere, 0, 1);
}

int main(void)
{
  page = tm_page_size();
  a_touch_past_the_end_extends();
  expect_equal(ending_of(a_refusal_is_recorded_and_the_rest_stays), 0);
  a_growing_file_that_was_truncated_is_extended_again();
  a_file_that_ends_early_reads_as_zeros();
  a_write_to_read_only_memory_keeps_what_is_read();
  released_and_guarded_pages_are_recorded();
  memory_of_a_closed_region_reads_as_zeros();
  a_foreign_range_is_given_back_as_ordinary_memory();
  the_first_faults_are_kept_and_all_are_counted();
  old_scratch_pages_are_emptied();
  a_record_is_announced_until_told_not_to();
  expect_equal(ending_of(jump_into_a_mapping), -SIGSEGV);
  expect_equal(ending_of(touch_one_past_the_reservation), -SIGSEGV);
  expect_equal(ending_of(touch_address_zero), -SIGSEGV);
  return 0;
}
