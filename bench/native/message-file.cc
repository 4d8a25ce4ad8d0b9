// message-file.cc: people built by Cap'n Proto's C++ library in a mapped file that was made long
// enough beforehand.
//
//   message-file FILE COUNT BYTES truncate|allocate
//
// prints {"openMs": …, "fillMs": …, "closeMs": …}. BYTES is the length of the message, table and
// all.
#include <capnp/message.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "people.h"

static double now_ms()
{
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

int main(int argument_count, char **arguments)
{
  if (argument_count != 5) return 2;
  const char *path = arguments[1];
  uint64_t count = strtoull(arguments[2], nullptr, 10);
  size_t length = strtoull(arguments[3], nullptr, 10);
  bool allocates = strcmp(arguments[4], "allocate") == 0;
  double start = now_ms();
  int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  int grown = allocates ? posix_fallocate(file, 0, static_cast<off_t>(length))
                        : ftruncate(file, static_cast<off_t>(length));
  void *memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file < 0 || grown != 0 || memory == MAP_FAILED) {
    perror("message-file");
    return 1;
  }
  auto words = reinterpret_cast<capnp::word *>(memory);
  double opened = now_ms();
  {
    capnp::FlatMessageBuilder message(kj::arrayPtr(words + 1, length / 8 - 1));
    auto people = message.initRoot<People>().initPeople(static_cast<unsigned>(count));
    for (uint64_t index = 0; index < count; index++) {
      fill_person(people[static_cast<unsigned>(index)], index);
    }
    message.requireFilled();
    auto table = reinterpret_cast<uint32_t *>(memory);
    table[0] = 0;
    table[1] = static_cast<uint32_t>(length / 8 - 1);
  }
  double filled = now_ms();
  munmap(memory, length);
  close(file);
  double closed = now_ms();
  printf("{\"openMs\": %f, \"fillMs\": %f, \"closeMs\": %f}\n", opened - start, filled - opened,
         closed - filled);
  return 0;
}
