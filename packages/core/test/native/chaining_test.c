/* chaining_test.c: what is not ours reaches the handler that was there before, as it would without
 * us. Every case in a process of its own, as handlers are installed once. */
#include "expect.h"

#include <setjmp.h>
#include <sys/mman.h>

static size_t page;
static char *foreign; /* a page of ours alone, without access: its faults are not the core's */

static void install(const struct sigaction *action)
{
  foreign = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect(foreign != MAP_FAILED);
  if (action != NULL) {
    expect_equal(sigaction(SIGSEGV, action, NULL), 0);
    expect_equal(sigaction(SIGBUS, action, NULL), 0);
  }
  expect_equal(tm_faults_install(), 0);
  expect_equal(tm_faults_installed(), 0);
}

/* Our own faults are resolved all the same. */
static void expect_mappings_to_work(void)
{
  int fd = temporary_file();
  tm_region *region = open_growing(fd, TM_STRATEGY_EXTEND_FILE, 16 * page);
  store(tm_region_base(region), 5 * page, 1);
  expect_no_fault(region);
  end_region(region);
}

/* ---- Default and ignored ------------------------------------------------------------------ */

static void default_fault(void)
{
  install(NULL);
  expect_mappings_to_work();
  store(foreign, 0, 1);
}

static void default_sent_segv(void)
{
  install(NULL);
  kill(getpid(), SIGSEGV);
}

static void default_sent_bus(void)
{
  install(NULL);
  raise(SIGBUS);
}

static void ignored_but_faulting(void)
{
  install(&(struct sigaction){.sa_handler = SIG_IGN});
  expect_mappings_to_work();
  store(foreign, 0, 1);
}

static void ignored_and_sent(void)
{
  install(&(struct sigaction){.sa_handler = SIG_IGN});
  kill(getpid(), SIGSEGV);
  raise(SIGBUS);
  expect_mappings_to_work();
}

/* ---- Handlers ----------------------------------------------------------------------------- */

static volatile int calls;
static volatile int seen_errno;
static volatile int seen_code;
static void *volatile seen_address;
static volatile int seen_value;
static sigset_t seen_mask;
static sigjmp_buf out;

static void look(void)
{
  calls++;
  seen_errno = errno;
  pthread_sigmask(SIG_BLOCK, NULL, &seen_mask);
}

static void repair(int number)
{
  (void)number;
  look();
  mprotect(foreign, page, PROT_READ | PROT_WRITE);
}

static void repair_informed(int number, siginfo_t *info, void *context)
{
  expect(context != NULL);
  seen_code = info->si_code;
  seen_address = info->si_addr;
  seen_value = info->si_value.sival_int;
  repair(number);
}

static void jump_out(int number)
{
  (void)number;
  look();
  siglongjmp(out, 1);
}

static void fault(void)
{
  mprotect(foreign, page, PROT_NONE);
  store(foreign, 3, 1);
}

static void plain_handler(void)
{
  struct sigaction action = {.sa_handler = repair};
  sigaddset(&action.sa_mask, SIGUSR1);
  install(&action);
  sigset_t before;
  sigset_t after;
  sigemptyset(&before);
  sigaddset(&before, SIGALRM);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = 4242;
  fault();
  expect_equal(seen_errno, 4242);
  expect_equal(calls, 1);
  /* What its mask says, the signal itself, and what was blocked before; nothing else. */
  expect_equal(sigismember(&seen_mask, SIGUSR1), 1);
  expect_equal(sigismember(&seen_mask, SIGSEGV), 1);
  expect_equal(sigismember(&seen_mask, SIGALRM), 1);
  expect_equal(sigismember(&seen_mask, SIGUSR2), 0);
  expect_equal(sigismember(&seen_mask, SIGBUS), 0);
  pthread_sigmask(SIG_BLOCK, NULL, &after);
  for (int number = 1; number < NSIG; number++) {
    int is_blocked = sigismember(&after, number);
    if (is_blocked >= 0) expect_equal(is_blocked, number == SIGALRM);
  }
  expect_mappings_to_work();
}

static void informed_handler(void)
{
  install(&(struct sigaction){.sa_sigaction = repair_informed, .sa_flags = SA_SIGINFO});
  fault();
  expect_equal(calls, 1);
  expect(seen_address == foreign + 3);
  expect_equal(seen_code, SEGV_ACCERR);
}

static void sent_with_a_value(void)
{
  install(&(struct sigaction){.sa_sigaction = repair_informed, .sa_flags = SA_SIGINFO});
  expect_mappings_to_work();
  expect_equal(sigqueue(getpid(), SIGSEGV, (union sigval){.sival_int = 321}), 0);
  expect_equal(calls, 1);
  expect_equal(seen_code, SI_QUEUE);
  expect_equal(seen_value, 321);
  kill(getpid(), SIGBUS);
  expect_equal(calls, 2);
  expect_equal(seen_code, SI_USER);
}

static void not_deferred(void)
{
  install(&(struct sigaction){.sa_handler = repair, .sa_flags = SA_NODEFER});
  fault();
  expect_equal(sigismember(&seen_mask, SIGSEGV), 0);
}

static void used_once(void)
{
  install(&(struct sigaction){.sa_handler = repair, .sa_flags = (int)SA_RESETHAND});
  fault();
  expect_equal(calls, 1);
  expect_mappings_to_work();
  raise(SIGBUS);
  expect_equal(calls, 2);
  fault();
}

static void jumping_out(void)
{
  install(&(struct sigaction){.sa_handler = jump_out});
  for (volatile int round = 0; round < 100; round++) {
    if (sigsetjmp(out, 1) == 0) fault();
    expect_equal(calls, round + 1);
  }
  expect_mappings_to_work();
}

/* ---- Interrupted system calls ------------------------------------------------------------- */

static struct sigaction interrupting;
static int interrupted_read[2];

static int read_while_interrupted(void)
{
  install(&interrupting);
  char byte;
  ssize_t got = read(interrupted_read[0], &byte, 1);
  return got == 1 ? 0 : errno == EINTR ? 4 : 5;
}

/* Whether a file of /proc about the process holds this text. */
static bool process_says(pid_t process, const char *name, const char *wanted)
{
  char path[64];
  char text[4096] = {0};
  snprintf(path, sizeof path, "/proc/%d/%s", (int)process, name);
  int fd = open(path, O_RDONLY);
  ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  return got > 0 && strstr(text, wanted) != NULL;
}

/* How a read ends during which a SIGSEGV is sent: 0 restarted, 4 interrupted. */
static int ending_of_interrupted_read(struct sigaction action)
{
  interrupting = action;
  expect_equal(pipe(interrupted_read), 0);
  pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(read_while_interrupted());
  }
  /* A kernel that does not tell what a process waits for says 0 of one that sleeps. */
  while (!process_says(child, "wchan", "pipe")) {
    usleep(1000);
    if (process_says(child, "wchan", "0") && process_says(child, "status", "State:\tS")) break;
  }
  kill(child, SIGSEGV);
  /* Taken: whether the read is restarted is decided now; the byte then lets it end. */
  while (!process_says(child, "status", "ShdPnd:\t0000000000000000")) usleep(1000);
  expect_equal(write(interrupted_read[1], "x", 1), 1);
  int status;
  expect_equal(waitpid(child, &status, 0), child);
  close(interrupted_read[0]);
  close(interrupted_read[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void a_read_is_restarted_as_before(void)
{
  expect_equal(ending_of_interrupted_read((struct sigaction){.sa_handler = SIG_IGN}), 0);
  expect_equal(
      ending_of_interrupted_read((struct sigaction){.sa_handler = repair, .sa_flags = SA_RESTART}),
      0);
  expect_equal(ending_of_interrupted_read((struct sigaction){.sa_handler = repair}), 4);
}

/* ---- Others on top ------------------------------------------------------------------------ */

static void replaced_and_restored(void)
{
  install(NULL);
  struct sigaction theirs = {.sa_handler = repair};
  expect_equal(sigaction(SIGSEGV, &theirs, NULL), 0);
  expect_equal(tm_faults_installed(), -EBUSY);
  expect_equal(tm_faults_reinstall(), 0);
  expect_equal(tm_faults_installed(), 0);
  expect_equal(tm_faults_reinstall(), 0);
  expect_mappings_to_work();
  fault();
  expect_equal(calls, 1);
}

static struct sigaction below;

static void pass_on(int number, siginfo_t *info, void *context)
{
  expect(++calls < 10);
  below.sa_sigaction(number, info, context);
}

static void above_us(void)
{
  struct sigaction theirs = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_NODEFER};
  expect_equal(sigaction(SIGSEGV, &theirs, &below), 0);
  expect_equal(tm_faults_reinstall(), 0);
}

/* A handler above us that passes on to us, and is then below us too. */
static void round_and_round_to_the_default(void)
{
  install(NULL);
  above_us();
  expect_mappings_to_work();
  fault();
}

static void round_and_round_to_a_handler(void)
{
  install(&(struct sigaction){.sa_handler = repair});
  above_us();
  fault();
  expect_equal(calls, 2);
  fault();
  expect_equal(calls, 4);
}

int main(void)
{
  page = tm_page_size();
  expect_equal(ending_of(default_fault), -SIGSEGV);
  expect_equal(ending_of(default_sent_segv), -SIGSEGV);
  expect_equal(ending_of(default_sent_bus), -SIGBUS);
  expect_equal(ending_of(ignored_but_faulting), -SIGSEGV);
  expect_equal(ending_of(ignored_and_sent), 0);
  expect_equal(ending_of(plain_handler), 0);
  expect_equal(ending_of(informed_handler), 0);
  expect_equal(ending_of(sent_with_a_value), 0);
  expect_equal(ending_of(not_deferred), 0);
  expect_equal(ending_of(used_once), -SIGSEGV);
  expect_equal(ending_of(jumping_out), 0);
  expect_equal(ending_of(replaced_and_restored), 0);
  expect_equal(ending_of(round_and_round_to_the_default), -SIGSEGV);
  expect_equal(ending_of(round_and_round_to_a_handler), 0);
  if (!is_emulated()) a_read_is_restarted_as_before();
  return 0;
}
