/* handlers.c: the handlers of SIGBUS and SIGSEGV: installed, kept on top, and passing on to who was
 * there before what no mapping of ours resolves. */
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- The previous handler ----------------------------------------------------------------- */

enum { SIGNALS = 2 };
static const int signals[SIGNALS] = {SIGBUS, SIGSEGV};

/* Never changed once they are stored here, and never freed: handlers read them at any time. */
static _Atomic(const struct sigaction *) previous[SIGNALS];
/* What was there before us at the very first: it cannot know us. */
static _Atomic(const struct sigaction *) original[SIGNALS];
static const struct sigaction system_default = {.sa_handler = SIG_DFL};
/* The runtime's own, which serves the program's listeners: NULL while it is not known. */
static _Atomic(const struct sigaction *) runtime;
static _Atomic bool listening[SIGNALS];

static bool is_sent(const siginfo_t *info)
{
  return info->si_code <= 0;
}

/* Whether the access that caused the signal comes again when the handler returns. */
static bool is_repeated(const siginfo_t *info)
{
#ifdef BUS_MCEERR_AO
  /* Broken memory that nobody has touched yet. */
  if (info->si_signo == SIGBUS && info->si_code == BUS_MCEERR_AO) return false;
#endif
  return !is_sent(info);
}

/* What the system does without a handler: kills, at the repeated access or by the signal sent
 * again. */
static void act_as_default(int signal_number, const siginfo_t *info)
{
  sigaction(signal_number, &system_default, NULL);
  if (!is_repeated(info)) raise(signal_number);
}

/* Calls a handler with the signals blocked that the system would block for it. */
static void call_handler(const struct sigaction *action, int signal_number, siginfo_t *info,
                         void *context)
{
  sigset_t mask = *tm__platform_blocked_signals(context);
  for (int number = 1; number < NSIG; number++) {
    if (sigismember(&action->sa_mask, number) == 1) sigaddset(&mask, number);
  }
  if ((action->sa_flags & SA_NODEFER) == 0) sigaddset(&mask, signal_number);
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, &mask, &before);
  if ((action->sa_flags & SA_SIGINFO) != 0) {
    action->sa_sigaction(signal_number, info, context);
  } else {
    action->sa_handler(signal_number);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Marks what went through our hands in a field that the system leaves 0 for these signals. After a
 * reinstall, the handler that stood above us may pass to us what it got from us, round and round:
 * then the first one there was gets it. */
static bool pass_once(siginfo_t *info)
{
  static const char place;
  int mark = (int)(((uintptr_t)&place & 0x7fffffff) | 1);
  bool first = info->si_errno != mark;
  info->si_errno = first ? mark : 0;
  return first;
}

static void call_previous(int signal_number, siginfo_t *info, void *context)
{
  int index = signal_number == signals[0] ? 0 : 1;
  _Atomic(const struct sigaction *) *from = pass_once(info) ? &previous[index] : &original[index];
  const struct sigaction *action = atomic_load(from);
  const struct sigaction *listener = atomic_load(&runtime);
  if (listener != NULL && is_sent(info)) {
    if (atomic_load(&listening[index])) {
      call_handler(listener, signal_number, info, context);
      return;
    }
    /* It stood there before us, and nobody listens any more. */
    if (action->sa_handler == listener->sa_handler) action = &system_default;
  }
  bool takes_info = (action->sa_flags & SA_SIGINFO) != 0;
  if (!takes_info && action->sa_handler == SIG_IGN && is_sent(info)) return;
  /* An access that faults cannot be ignored. */
  if (!takes_info && (action->sa_handler == SIG_IGN || action->sa_handler == SIG_DFL)) {
    act_as_default(signal_number, info);
    return;
  }
  if ((action->sa_flags & (int)SA_RESETHAND) != 0 &&
      !atomic_compare_exchange_strong(from, &action, &system_default)) {
    /* Another thread has used it up. */
    act_as_default(signal_number, info);
    return;
  }
  call_handler(action, signal_number, info, context);
}

/* ---- Other copies of this library --------------------------------------------------------- */

/* A second copy passes on what is not its own, so it may stand above us. Two that each put
 * themselves on top of the other would pass a fault round for ever; so a copy first asks those
 * above whether what they pass on comes to it: a call of their handler with no signal's number, and
 * this for its context. Other versions of this library know it, too: it stays as it is. */
typedef struct search {
  void (*wanted)(int, siginfo_t *, void *);
  int index; /* of the signal, in `signals` */
  bool found;
} search;

enum { NO_SIGNAL = 0 };

static bool is_other_copy(const struct sigaction *action)
{
  static const char name[] = "tidemark.node";
  Dl_info info;
  if ((action->sa_flags & SA_SIGINFO) == 0) return false;
  if (dladdr((void *)(uintptr_t)action->sa_sigaction, &info) == 0 || info.dli_fname == NULL) {
    return false;
  }
  size_t length = strlen(info.dli_fname);
  return length >= sizeof name - 1 &&
         strcmp(info.dli_fname + length - (sizeof name - 1), name) == 0;
}

static void on_fault(int signal_number, siginfo_t *info, void *context);

static void answer_search(search *asked)
{
  const struct sigaction *below = atomic_load(&previous[asked->index]);
  if (asked->wanted == on_fault) {
    asked->found = true;
  } else if (below != NULL && is_other_copy(below)) {
    below->sa_sigaction(NO_SIGNAL, NULL, asked);
  }
}

static bool passes_on_to_us(const struct sigaction *action, int index)
{
  search asked = {.wanted = on_fault, .index = index};
  if (is_other_copy(action)) action->sa_sigaction(NO_SIGNAL, NULL, &asked);
  return asked.found;
}

static void on_fault(int signal_number, siginfo_t *info, void *context)
{
  if (signal_number == NO_SIGNAL) {
    answer_search(context);
    return;
  }
  int saved = errno;
  bool resolved = !is_sent(info) && tm__fault_resolve(signal_number, info, context);
  errno = saved;
  if (!resolved) call_previous(signal_number, info, context);
}

/* ---- Installing --------------------------------------------------------------------------- */

static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static bool installed;

static bool is_ours(const struct sigaction *action)
{
  return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == on_fault;
}

static int put_on_top(int index)
{
  struct sigaction now;
  if (sigaction(signals[index], NULL, &now) != 0) return -errno;
  if (is_ours(&now) || passes_on_to_us(&now, index)) return 0;
  struct sigaction *kept = malloc(sizeof *kept);
  if (kept == NULL) return -ENOMEM;
  *kept = now;
  const struct sigaction *none = NULL;
  atomic_compare_exchange_strong(&original[index], &none, kept);
  atomic_store(&previous[index], kept);
  /* All signals wait while it runs; a fault inside it would be our own mistake, and ends the
   * process. */
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  /* A signal sent by kill restarts the system call it interrupts when it would without us. */
  bool calls = (now.sa_flags & SA_SIGINFO) != 0 ||
               (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN);
  action.sa_flags |= calls ? now.sa_flags & SA_RESTART : SA_RESTART;
  sigfillset(&action.sa_mask);
  return sigaction(signals[index], &action, NULL) == 0 ? 0 : -errno;
}

static int (*hold_by_runtime)(int signal_number);

/* Has the runtime serve the signal for good, and takes its handler away again at once. A fault of
 * another thread that meets it in between repeats until ours stands there. */
static void hold_signal(int index)
{
  struct sigaction before;
  struct sigaction after;
  if (sigaction(signals[index], NULL, &before) != 0 || hold_by_runtime(signals[index]) != 0 ||
      sigaction(signals[index], NULL, &after) != 0 || after.sa_handler == before.sa_handler) {
    return;
  }
  if (atomic_load(&runtime) == NULL) {
    struct sigaction *kept = malloc(sizeof *kept);
    if (kept != NULL) {
      *kept = after;
      atomic_store(&runtime, kept);
    }
  }
  /* Unknown, it could be told of nothing: it stays below us as any other handler does. */
  if (atomic_load(&runtime) != NULL) sigaction(signals[index], &before, NULL);
}

void tm_faults_set_runtime(int (*hold)(int signal_number))
{
  pthread_mutex_lock(&installing);
  hold_by_runtime = hold;
  pthread_mutex_unlock(&installing);
}

void tm_faults_set_listening(int signal_number, bool listens)
{
  for (int index = 0; index < SIGNALS; index++) {
    if (signals[index] == signal_number) atomic_store(&listening[index], listens);
  }
}

static int put_all_on_top(void)
{
  int result = 0;
  for (int index = 0; index < SIGNALS && result == 0; index++) result = put_on_top(index);
  return result;
}

int tm_faults_install(void)
{
  pthread_mutex_lock(&installing);
  for (int index = 0; index < SIGNALS && !installed && hold_by_runtime != NULL; index++) {
    hold_signal(index);
  }
  int result = installed ? 0 : put_all_on_top();
  if (result == 0) installed = true;
  pthread_mutex_unlock(&installing);
  return result;
}

int tm_faults_reinstall(void)
{
  pthread_mutex_lock(&installing);
  int result = installed ? put_all_on_top() : 0;
  pthread_mutex_unlock(&installing);
  return result;
}

int tm_faults_installed(void)
{
  pthread_mutex_lock(&installing);
  int result = 0;
  for (int index = 0; index < SIGNALS && installed && result == 0; index++) {
    struct sigaction now;
    if (sigaction(signals[index], NULL, &now) != 0) {
      result = -errno;
    } else if (!is_ours(&now) && !passes_on_to_us(&now, index)) {
      result = -EBUSY;
    }
  }
  pthread_mutex_unlock(&installing);
  return result;
}
