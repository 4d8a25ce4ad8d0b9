/* threads.c: threads of our own. */
#include "internal.h"

#include <pthread.h>
#include <signal.h>

int tm__thread_start(void *(*run)(void *), void *data)
{
  /* All signals but those of faults: a blocked SIGBUS would end the process at a fault. */
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  sigdelset(&blocked, SIGBUS);
  sigdelset(&blocked, SIGSEGV);
  pthread_attr_t attributes;
  int result = pthread_attr_init(&attributes);
  if (result != 0) return -result;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  pthread_t thread;
  result = pthread_create(&thread, &attributes, run, data);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return -result;
}
