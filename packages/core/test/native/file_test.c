/* file_test.c: opening, lengths, holes, marks and locks of files; where their data ends. */
#include "expect.h"
#include "internal.h"

#include <sys/mman.h>

/* ---- Where data ends ---------------------------------------------------------------------- */

/* What tm_file_data_end must say, found by looking at every byte. */
static uint64_t naive_data_end(int fd, uint64_t floor)
{
  uint64_t length = length_of(fd);
  if (length <= floor) return length;
  unsigned char *bytes = malloc(length);
  expect(bytes != NULL);
  expect_equal(pread(fd, bytes, length, 0), (long long)length);
  uint64_t end = length;
  while (end > floor && bytes[end - 1] == 0) end--;
  free(bytes);
  if (end == floor) return floor;
  uint64_t page = tm_page_size();
  uint64_t page_end = (end + page - 1) / page * page;
  return page_end < length ? page_end : length;
}

/* Holes, zeros written, blocks without data, and data, in random runs. */
static void lay_out(int fd, uint64_t *seed)
{
  static const unsigned char zeros[70000];
  uint64_t at = 0;
  uint64_t runs = random_next(seed) % 12;
  for (uint64_t run = 0; run < runs; run++) {
    uint64_t length = 1 + random_next(seed) % (random_next(seed) % 3 == 0 ? 1500000 : 70000);
    uint64_t kind = random_next(seed) % 4;
    if (kind == 0) {
      size_t part = length < sizeof zeros ? (size_t)length : sizeof zeros;
      expect_equal(pwrite(fd, zeros, part, (off_t)at), (long long)part);
    } else if (kind == 1) {
      tm__platform_allocate(fd, at, at + length);
    } else if (kind == 2) {
      unsigned char byte = (unsigned char)(1 + random_next(seed) % 255);
      expect_equal(pwrite(fd, &byte, 1, (off_t)(at + random_next(seed) % length)), 1);
    }
    at += length;
  }
  if (random_next(seed) % 2 == 0) expect_equal(ftruncate(fd, (off_t)at), 0);
}

static void data_ends_where_a_look_at_every_byte_says(void)
{
  uint64_t first = (uint64_t)getpid();
  for (uint64_t round = 0; round < 150; round++) {
    uint64_t seed = first + round;
    int fd = temporary_file();
    lay_out(fd, &seed);
    uint64_t length = length_of(fd);
    uint64_t floors[] = {0, length, length / 2, random_next(&seed) % (length + 2)};
    for (size_t index = 0; index < 4; index++) {
      uint64_t wanted = naive_data_end(fd, floors[index]);
      uint64_t found = 0;
      expect_equal(tm_file_data_end(fd, floors[index], &found), 0);
      if (found != wanted) fprintf(stderr, "seed %llu\n", (unsigned long long)(first + round));
      expect_equal(found, wanted);
    }
    close(fd);
  }
}

/* What was stored through a mapping, and is not on the disk yet, is data too. */
static void data_stored_in_memory_is_found(void)
{
  size_t page = tm_page_size();
  uint64_t length = 4096 * page;
  int fd = temporary_file();
  expect_equal(tm_file_truncate(fd, length), 0);
  tm__platform_allocate(fd, 0, length);
  char *base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  expect(base != MAP_FAILED);
  uint64_t end = 1;
  expect_equal(tm_file_data_end(fd, 0, &end), 0);
  expect_equal(end, 0);
  for (size_t at = 1; at < 4096; at *= 3) {
    store(base, at * page + 17, 1);
    expect_equal(tm_file_data_end(fd, 0, &end), 0);
    expect_equal(end, (at + 1) * page);
  }
  munmap(base, length);
  close(fd);
}

static void a_terabyte_of_hole_is_quick(void)
{
  int fd = temporary_file();
  if (ftruncate(fd, (off_t)1 << 40) == 0) {
    expect_equal(pwrite(fd, "x", 1, 12345678), 1);
    uint64_t end = 0;
    expect_equal(tm_file_data_end(fd, 0, &end), 0);
    expect_equal(end, (12345678 / tm_page_size() + 1) * tm_page_size());
  }
  close(fd);
}

/* ---- Presence ----------------------------------------------------------------------------- */

static int contested;

static void another_sees_a_shared_lock(void)
{
  int fd = opened_again(contested);
  expect_equal(tm_file_presence(fd, TM_PRESENCE_ALONE, false), -EAGAIN);
  expect_equal(tm_file_presence(fd, TM_PRESENCE_SHARED, false), 0);
}

static void another_sees_an_exclusive_lock(void)
{
  int fd = opened_again(contested);
  expect_equal(tm_file_presence(fd, TM_PRESENCE_SHARED, false), -EAGAIN);
  expect_equal(tm_file_presence(fd, TM_PRESENCE_ALONE, false), -EAGAIN);
}

static void another_is_alone(void)
{
  int fd = opened_again(contested);
  expect_equal(tm_file_presence(fd, TM_PRESENCE_ALONE, false), 0);
}

static void presence_is_seen_by_other_processes(void)
{
  contested = temporary_file();
  expect_equal(tm_file_presence(contested, TM_PRESENCE_SHARED, false), 0);
  expect_equal(ending_of(another_sees_a_shared_lock), 0);
  /* Closing another descriptor of the file does not drop it, as a lock of the process would. */
  close(opened_again(contested));
  expect_equal(ending_of(another_sees_a_shared_lock), 0);
  expect_equal(tm_file_presence(contested, TM_PRESENCE_ALONE, false), 0);
  expect_equal(ending_of(another_sees_an_exclusive_lock), 0);
  expect_equal(tm_file_presence(contested, TM_PRESENCE_NONE, false), 0);
  expect_equal(ending_of(another_is_alone), 0);
  expect_equal(tm_file_presence(contested, TM_PRESENCE_ALONE, false), 0);
  close(contested);
}

/* Who waits gets the lock when the holder's process ends, however it ends. */
static void a_killed_holder_lets_go(void)
{
  contested = temporary_file();
  int ready[2];
  expect_equal(pipe(ready), 0);
  pid_t holder = fork();
  if (holder == 0) {
    int fd = opened_again(contested);
    expect_equal(tm_file_presence(fd, TM_PRESENCE_ALONE, false), 0);
    expect_equal(write(ready[1], "r", 1), 1);
    for (;;) pause();
  }
  char byte;
  expect_equal(read(ready[0], &byte, 1), 1);
  expect_equal(tm_file_presence(contested, TM_PRESENCE_SHARED, false), -EAGAIN);
  kill(holder, SIGKILL);
  expect_equal(tm_file_presence(contested, TM_PRESENCE_SHARED, true), 0);
  expect_equal(waitpid(holder, NULL, 0), holder);
  close(ready[0]);
  close(ready[1]);
  close(contested);
}

/* ---- Growing and the rest ----------------------------------------------------------------- */

enum { EXTENDERS = 4, EXTENSIONS = 300 };

static void extend_by_truncate(int index)
{
  int fd = opened_again(contested);
  for (uint64_t step = 1; step <= EXTENSIONS; step++) {
    uint64_t end = (step * EXTENDERS + (uint64_t)index) * 512;
    expect_equal(tm__file_extend_by_truncate(fd, end), 0);
    expect(length_of(fd) >= end);
    unsigned char mark = (unsigned char)(index + 1);
    expect_equal(pwrite(fd, &mark, 1, (off_t)end - 1), 1);
  }
}

static void extending_by_truncate_never_shrinks(void)
{
  contested = temporary_file();
  in_processes(EXTENDERS, extend_by_truncate);
  for (uint64_t step = 1; step <= EXTENSIONS; step++) {
    for (uint64_t index = 0; index < EXTENDERS; index++) {
      expect_equal(byte_of(contested, (step * EXTENDERS + index) * 512 - 1), index + 1);
    }
  }
  close(contested);
}

static void a_size_limit_is_an_error_and_no_signal(void)
{
  struct rlimit limit = {8192, 8192};
  expect_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  int fd = temporary_file();
  expect_equal(tm_file_truncate(fd, 8193), -EFBIG);
  expect_equal(tm__file_extend_by_truncate(fd, 8193), -EFBIG);
  expect_equal(tm_file_truncate(fd, 8192), 0);
  expect_equal(tm_file_truncate(fd, 100), 0);
}

static void marks_are_kept_with_the_file(void)
{
  int fd = temporary_file();
  uint64_t floor = 0;
  int result = tm_file_mark(fd, UINT64_C(0x1122334455));
  if (result == -ENOTSUP) {
    expect(tm_file_marked(fd, &floor) <= 0);
  } else {
    expect_equal(result, 0);
    int again = opened_again(fd);
    expect_equal(tm_file_marked(again, &floor), 1);
    expect_equal(floor, UINT64_C(0x1122334455));
    expect_equal(tm_file_unmark(again), 0);
    expect_equal(tm_file_marked(fd, &floor), 0);
    expect_equal(tm_file_unmark(fd), 0);
    close(again);
  }
  close(fd);
}

static void what_cannot_be_opened_is_an_error(void)
{
  expect_equal(tm_file_open("/nonexistent/file", 0, 0600), -ENOENT);
  expect_equal(tm_file_open("/tmp", TM_OPEN_WRITE, 0600), -EISDIR);
  expect_equal(tm_file_duplicate(-1), -EBADF);
  expect_equal(tm_file_close(-1), -EBADF);
  uint64_t length;
  expect_equal(tm_file_length(-1, &length), -EBADF);
  expect_equal(tm_file_data_end(-1, 0, &length), -EBADF);
  expect_equal(tm_file_presence(-1, TM_PRESENCE_SHARED, true), -EBADF);
  expect_equal(tm_file_punch_hole(-1, 0, 4096), -EBADF);
  expect_equal(tm_file_sync(-1, true), -EBADF);
  int copy = tm_file_duplicate(2);
  expect(copy >= 3);
  expect_equal(fcntl(copy, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  expect_equal(tm_file_close(copy), 0);
}

static void memory_files_have_their_length_and_keep_it(void)
{
  int fd = tm_file_memory(8192);
  expect(fd >= 0);
  expect_equal(length_of(fd), 8192);
  expect_equal(tm_file_truncate(fd, 4096), -EPERM);
  expect_equal(byte_of(fd, 8191), 0);
  close(fd);
}

static void holes_read_as_zeros(void)
{
  int fd = temporary_file();
  char bytes[12288];
  memset(bytes, 'a', sizeof bytes);
  expect_equal(pwrite(fd, bytes, sizeof bytes, 0), (long long)sizeof bytes);
  expect_equal(tm_file_punch_hole(fd, 4096, 4096), 0);
  expect_equal(length_of(fd), sizeof bytes);
  expect_equal(byte_of(fd, 4095), 'a');
  expect_equal(byte_of(fd, 4096), 0);
  expect_equal(byte_of(fd, 8191), 0);
  expect_equal(byte_of(fd, 8192), 'a');
  close(fd);
}

int main(void)
{
  data_ends_where_a_look_at_every_byte_says();
  data_stored_in_memory_is_found();
  a_terabyte_of_hole_is_quick();
  presence_is_seen_by_other_processes();
  a_killed_holder_lets_go();
  extending_by_truncate_never_shrinks();
  expect_equal(ending_of(a_size_limit_is_an_error_and_no_signal), 0);
  marks_are_kept_with_the_file();
  what_cannot_be_opened_is_an_error();
  memory_files_have_their_length_and_keep_it();
  holes_read_as_zeros();
  return 0;
}
