/* foreign-fault.c: faults that are not ours, made when the library is loaded.
 * TIDEMARK_FOREIGN_FAULT says which. Loaded with process.dlopen(), so that it needs nothing of
 * Node-API. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void leave(int signal_number, siginfo_t *info, void *context)
{
  (void)info, (void)context;
  _exit(signal_number == SIGBUS ? 41 : 42);
}

static void return_at_once(int signal_number, siginfo_t *info, void *context)
{
  (void)signal_number, (void)info, (void)context;
}

static void write_past_end(void)
{
  FILE *file = tmpfile();
  if (file == NULL) return;
  volatile char *memory = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
  memory[4096] = 1;
}

static void install(void (*handler)(int, siginfo_t *, void *))
{
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGBUS, &action, NULL);
  sigaction(SIGSEGV, &action, NULL);
}

__attribute__((constructor)) static void fault(void)
{
  const char *wanted = getenv("TIDEMARK_FOREIGN_FAULT");
  volatile char *nowhere = getenv("TIDEMARK_NO_SUCH_VARIABLE");
  if (wanted == NULL) return;
  if (strcmp(wanted, "null") == 0) *nowhere = 1;
  if (strcmp(wanted, "past-end") == 0) write_past_end();
  if (strcmp(wanted, "install") == 0) install(leave);
  if (strcmp(wanted, "install, return") == 0) install(return_at_once);
  if (strcmp(wanted, "install, null") == 0) {
    install(leave);
    *nowhere = 1;
  }
}
