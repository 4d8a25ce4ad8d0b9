/* reserve.c: what the system alone takes to reserve 1 TiB over an empty file and to give it back.
 *
 *   reserve FILE COUNT          prints {"openUs": median, "slowestUs": …, "closeUs": median} */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const size_t LENGTH = (size_t)1 << 40;

static double now_us(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argument_count, char **arguments)
{
  long count = argument_count == 3 ? atol(arguments[2]) : 0;
  int file = count > 0 ? open(arguments[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  double *opened = calloc((size_t)count, sizeof *opened);
  double *closed = calloc((size_t)count, sizeof *closed);
  if (file < 0 || opened == NULL || closed == NULL) {
    perror("reserve");
    return 1;
  }
  for (long turn = 0; turn < count; turn++) {
    double start = now_us();
    void *at = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    double between = now_us();
    if (at == MAP_FAILED || munmap(at, LENGTH) != 0) {
      perror("reserve");
      return 1;
    }
    opened[turn] = between - start;
    closed[turn] = now_us() - between;
  }
  qsort(opened, (size_t)count, sizeof *opened, compare);
  qsort(closed, (size_t)count, sizeof *closed, compare);
  printf("{\"openUs\": %.3f, \"slowestUs\": %.3f, \"closeUs\": %.3f}\n", opened[count / 2],
         opened[count - 1], closed[count / 2]);
  return 0;
}
