/* copy.c: ways to send a file through a pipe or into another file that Node does not have.
 *
 *   copy METHOD SOURCE TARGET   METHOD: sendfile, splice, copy_file_range, read-write, mmap-write
 *   copy drain PIPE             reads a pipe to its end, and counts the bytes that are as they
 * should be
 *
 * Prints {"timeMs": …} or {"byteLength": …}. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, PAGE = 4096 };
static const size_t LONGEST_CALL = (size_t)1 << 30;

static void fail(const char *what)
{
  fprintf(stderr, "copy: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now_ms(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static size_t smaller(size_t a, size_t b)
{
  return a < b ? a : b;
}

static void write_all(int target, const char *bytes, size_t length)
{
  while (length > 0) {
    ssize_t count = write(target, bytes, smaller(length, LONGEST_CALL));
    if (count < 0) fail("write");
    bytes += count;
    length -= (size_t)count;
  }
}

static void copy_by_sendfile(int source, int target, size_t length)
{
  for (size_t done = 0; done < length;) {
    ssize_t count = sendfile(target, source, NULL, smaller(length - done, LONGEST_CALL));
    if (count <= 0) fail("sendfile");
    done += (size_t)count;
  }
}

/* splice(2) wants a pipe at one end: into a file it takes two steps. */
static void splice_all(int source, int target, size_t length)
{
  for (size_t done = 0; done < length;) {
    ssize_t count = splice(source, NULL, target, NULL, length - done, SPLICE_F_MOVE);
    if (count <= 0) fail("splice");
    done += (size_t)count;
  }
}

static void copy_by_splice(int source, int target, size_t length)
{
  struct stat stat;
  if (fstat(target, &stat) != 0) fail("fstat");
  if (S_ISFIFO(stat.st_mode)) {
    splice_all(source, target, length);
    return;
  }
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  (void)fcntl(ends[1], F_SETPIPE_SZ, BLOCK);
  for (size_t done = 0; done < length;) {
    ssize_t count = splice(source, NULL, ends[1], NULL, BLOCK, SPLICE_F_MOVE);
    if (count <= 0) fail("splice");
    splice_all(ends[0], target, (size_t)count);
    done += (size_t)count;
  }
}

static void copy_by_copy_file_range(int source, int target, size_t length)
{
  for (size_t done = 0; done < length;) {
    ssize_t count = copy_file_range(source, NULL, target, NULL, length - done, 0);
    if (count <= 0) fail("copy_file_range");
    done += (size_t)count;
  }
}

static void copy_by_read_and_write(int source, int target, size_t length)
{
  char *block = malloc(BLOCK);
  if (block == NULL) fail("malloc");
  for (size_t done = 0; done < length;) {
    ssize_t count = read(source, block, BLOCK);
    if (count <= 0) fail("read");
    write_all(target, block, (size_t)count);
    done += (size_t)count;
  }
  free(block);
}

static void copy_by_mmap_and_write(int source, int target, size_t length)
{
  char *bytes = mmap(NULL, length, PROT_READ, MAP_SHARED, source, 0);
  if (bytes == MAP_FAILED) fail("mmap");
  write_all(target, bytes, length);
  munmap(bytes, length);
}

/* The data is the float64 0, 1, 2, …: one number of each page is looked at. */
static void check_block(const char *block, size_t length, uint64_t position)
{
  for (uint64_t at = (position + PAGE - 1) / PAGE * PAGE; at + 8 <= position + length; at += PAGE) {
    double number;
    memcpy(&number, block + (at - position), sizeof number);
    if (number == (double)(at / 8)) continue;
    fprintf(stderr, "copy: wrong data at byte %llu\n", (unsigned long long)at);
    exit(1);
  }
}

static int drain(const char *path)
{
  int pipe = open(path, O_RDONLY | O_CLOEXEC);
  if (pipe < 0) fail(path);
  (void)fcntl(pipe, F_SETPIPE_SZ, BLOCK);
  char *block = malloc(BLOCK);
  if (block == NULL) fail("malloc");
  uint64_t position = 0;
  ssize_t count;
  while ((count = read(pipe, block, BLOCK)) > 0) {
    check_block(block, (size_t)count, position);
    position += (uint64_t)count;
  }
  if (count < 0) fail("read");
  free(block);
  printf("{\"byteLength\": %llu}\n", (unsigned long long)position);
  return 0;
}

static const struct {
  const char *name;
  void (*copy)(int source, int target, size_t length);
} methods[] = {
    {"sendfile", copy_by_sendfile},
    {"splice", copy_by_splice},
    {"copy_file_range", copy_by_copy_file_range},
    {"read-write", copy_by_read_and_write},
    {"mmap-write", copy_by_mmap_and_write},
};

int main(int count, char **arguments)
{
  if (count == 3 && strcmp(arguments[1], "drain") == 0) return drain(arguments[2]);
  for (size_t index = 0; count == 4 && index < sizeof methods / sizeof methods[0]; index++) {
    if (strcmp(arguments[1], methods[index].name) != 0) continue;
    int source = open(arguments[2], O_RDONLY | O_CLOEXEC);
    if (source < 0) fail(arguments[2]);
    int target = open(arguments[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (target < 0) fail(arguments[3]);
    struct stat stat;
    if (fstat(source, &stat) != 0) fail("fstat");
    double start = now_ms();
    methods[index].copy(source, target, (size_t)stat.st_size);
    printf("{\"timeMs\": %.6f}\n", now_ms() - start);
    return 0;
  }
  fprintf(stderr, "usage: copy METHOD SOURCE TARGET | copy drain PIPE\n");
  return 2;
}
